// The task of pixel-flipping (Bach et al. 2015; Dombrowski et al. 2019, Fig. 7): pixels are removed, the most salient
// ones first, and a faithful map is one after which the network soon predicts another class.
import { methodVersions } from '../../config/methods.js';
import { PREPROCESSING_VERSION } from '../../data/resize.js';
import type { Network } from '../../model/index.js';
import type { Versions } from '../../record/identity.js';
import { openImages, openMethods, type Subject } from '../../subject/subject.js';
import { IMAGES } from '../../subject/used-images.js';
import { imageColumns, screened } from '../../task/image-task.js';
import type { CellOfRow, Experiment, Found, Planned, Task } from '../../task/task.js';
import { type PixelFlippingConfig, pixelFlippingForm, resolvePixelFlipping } from './config.js';
import { type Cell, cellKey, cellsOf, methodOf } from './plan.js';
import { type FlippingRow, flippingTable } from './results.js';
import { flippingSummary } from './summary.js';

/** Raised when a change of the task's logic changes rows. */
const VERSION = 1;

function versions({ explain }: PixelFlippingConfig, { layers }: Network): Versions {
  return {
    'task pixel-flipping': VERSION,
    preprocessing: PREPROCESSING_VERSION,
    ...Object.assign(
      {},
      ...explain.map((item) =>
        methodVersions(item, { layers, softplus: item.smooth !== undefined }),
      ),
    ),
  };
}

async function open(
  config: PixelFlippingConfig,
  subject: Subject,
): Promise<Experiment<FlippingRow, Cell>> {
  const dataset = await openImages(config, subject);
  const { patterns } = await openMethods(config, subject);
  const rows = config.percents.length;
  const cellOf = (row: Parameters<typeof cellKey>[0]): CellOfRow => ({
    ...{ key: cellKey(row), steps: rows, rows },
  });
  return {
    units: screened(config, dataset),
    inputs: patterns,
    cellOf,
    plan: (image, prediction) =>
      cellsOf(config, image, prediction?.label ?? 0).map((cell): Planned<Cell, FlippingRow> => {
        const method = methodOf(config, cell);
        const columns = {
          ...{ ...imageColumns(config, dataset.entries[image]!, prediction?.label), method },
        };
        return {
          cell,
          ...cellOf(columns),
          group: method,
          title: method,
          failed: () =>
            config.percents.map((percent) => ({ ...columns, status: 'failed', percent })),
        };
      }),
    finish: async (rows) => flippingSummary(rows),
  };
}

export const pixelFlippingTask: Task<PixelFlippingConfig, FlippingRow, Cell, Found<FlippingRow>> = {
  name: 'pixel-flipping',
  version: VERSION,
  form: pixelFlippingForm,
  resolve: resolvePixelFlipping,
  versions,
  file: 'flipping.csv',
  table: flippingTable,
  leaves: [IMAGES, 'flipping.csv'],
  open,
};
