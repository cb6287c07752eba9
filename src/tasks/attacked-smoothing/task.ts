// The task of attacking smoothed explanations as such (Dombrowski et al. 2019, section 5, Fig. 5): an image is given the
// smoothed map of another one, beside the same attack on the explanation without smoothing.
import { MATCH_TARGET_VERSION } from '../../config/match-target.js';
import { methodVersions } from '../../config/methods.js';
import { PREPROCESSING_VERSION } from '../../data/resize.js';
import { UserError } from '../../errors.js';
import type { Network } from '../../model/index.js';
import type { Versions } from '../../record/identity.js';
import type { ManipulationCell } from '../../subject/manipulation.js';
import { partnerOf } from '../../subject/pairs.js';
import { openImages, openMethods, type Subject } from '../../subject/subject.js';
import { IMAGES } from '../../subject/used-images.js';
import { screened } from '../../task/image-task.js';
import { cellColumns, cellKey, cellsOf } from '../../task/pair-task.js';
import type { CellOfRow, Experiment, Found, Planned, Task } from '../../task/task.js';
import {
  type AttackedSmoothingConfig,
  attackedSmoothingForm,
  resolveAttackedSmoothing,
} from './config.js';
import { type AttackedRow, attackedTable } from './results.js';
import { attackedSummary } from './summary.js';

/** Raised when a change of the task's logic changes rows. */
const VERSION = 1;

function versions({ explain }: AttackedSmoothingConfig, { layers }: Network): Versions {
  return {
    'task attacked-smoothing': VERSION,
    preprocessing: PREPROCESSING_VERSION,
    'attack match-target': MATCH_TARGET_VERSION,
    ...Object.assign(
      {},
      ...explain.map((item) => methodVersions(item, { layers, softplus: true })),
    ),
  };
}

async function open(
  config: AttackedSmoothingConfig,
  subject: Subject,
): Promise<Experiment<AttackedRow, ManipulationCell, Found<AttackedRow>>> {
  const { seed, explain, attack } = config;
  const dataset = await openImages(config, subject);
  const { entries } = dataset;
  if (entries.length < 2)
    throw new UserError(`data: ${dataset.location} has one image, expected at least 2 for pairs`);
  const { patterns } = await openMethods(config, subject);
  const iterations = new Map(attack.map(({ id, iterations }) => [id, iterations]));
  const cellOf = (row: Parameters<typeof cellKey>[0]): CellOfRow => ({
    key: cellKey(row),
    steps: iterations.get(row.attack) ?? 0,
    rows: 1,
  });
  return {
    units: screened(config, dataset),
    inputs: patterns,
    cellOf,
    plan: (image, prediction) =>
      cellsOf(config, image, prediction?.label ?? 0).map(
        (cell): Planned<ManipulationCell, AttackedRow> => {
          const columns = cellColumns(config, entries, cell, prediction?.label);
          return {
            cell,
            images: [image, partnerOf(seed, entries, image)],
            ...cellOf(columns),
            group: `${cell.method} ${cell.attack}`,
            title: `${explain[cell.method]!.id} × ${attack[cell.attack]!.id}`,
            failed: () => [{ ...columns, status: 'failed' }],
          };
        },
      ),
    finish: async (rows) => attackedSummary(rows),
  };
}

export const attackedSmoothingTask: Task<
  AttackedSmoothingConfig,
  AttackedRow,
  ManipulationCell,
  Found<AttackedRow>
> = {
  name: 'attacked-smoothing',
  version: VERSION,
  form: attackedSmoothingForm,
  resolve: resolveAttackedSmoothing,
  versions,
  file: 'attacked.csv',
  table: attackedTable,
  leaves: [IMAGES, 'attacked.csv'],
  open,
};
