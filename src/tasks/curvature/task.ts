// The task of measuring how fast the gradient of a class score turns along the level set of the score (Dombrowski et al.
// 2019, section 3, Theorem 1): the curvatures of the level set at each image, and paths on it. A cell is an image under
// all β.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { methodVersions, resolveMethod } from '../../config/methods.js';
import type { ImageEntry } from '../../data/dataset.js';
import { PREPROCESSING_VERSION } from '../../data/resize.js';
import { note } from '../../note.js';
import type { Table } from '../../record/table.js';
import { openImages, type Subject } from '../../subject/subject.js';
import { IMAGES } from '../../subject/used-images.js';
import type { ImageCell } from '../../task/image-computer.js';
import { imageColumns, screened } from '../../task/image-task.js';
import type { Experiment, Found, Task } from '../../task/task.js';
import { type CurvatureConfig, curvatureForm, resolveCurvature } from './config.js';
import { operatorNorms } from './operator-norms.js';
import { leavesRange, pathsOf } from './paths.js';
import { type CurvatureRow, curvatureTable, type PathRow, pathTable } from './results.js';
import { curvatureSummary } from './summary.js';

/** Raised when a change of the task's logic changes rows. */
const VERSION = 1;

/** The table of paths. */
export const PATHS = 'paths.csv';

/** What every row tells of its image and its network. */
export const curvatureColumns = (
  config: CurvatureConfig,
  entry: ImageEntry,
  prediction: number | undefined,
) => ({ ...imageColumns(config, entry, prediction), pools: config.pools ?? false });

/** Says how many paths leave the images. */
async function noteOutside(folder: string): Promise<void> {
  const file = path.join(folder, PATHS);
  const paths = pathsOf(pathTable.parse(await readFile(file, 'utf8'), file));
  const outside = paths.filter(leavesRange).length;
  if (outside > 0)
    note(
      `${outside} of ${paths.length} paths leave the range 0..255 of pixels: column inside of ${file}`,
    );
}

async function open(
  config: CurvatureConfig,
  subject: Subject,
): Promise<Experiment<CurvatureRow, ImageCell>> {
  const dataset = await openImages(config, subject);
  const rows = config.beta.length;
  const cellOf = ({ image }: Pick<CurvatureRow, 'image'>) => ({ key: image, steps: 1, rows });
  return {
    units: screened(config, dataset),
    inputs: [],
    cellOf,
    plan(image, prediction) {
      const columns = curvatureColumns(config, dataset.entries[image]!, prediction?.label);
      return [
        {
          cell: { image, label: prediction?.label ?? 0 },
          ...cellOf(columns),
          group: '',
          title: 'curvature',
          failed: () => config.beta.map((beta) => ({ ...columns, beta, status: 'failed' })),
        },
      ];
    },
    prepare: (crew) => operatorNorms(subject, crew),
    ...(config.paths === undefined
      ? {}
      : {
          trace: {
            file: PATHS,
            table: pathTable as Table<object>,
            key: (row: object) => (row as PathRow).image,
          },
        }),
    async finish(rows) {
      if (config.paths !== undefined) await noteOutside(config.output);
      return curvatureSummary(rows);
    },
  };
}

export const curvatureTask: Task<CurvatureConfig, CurvatureRow, ImageCell, Found<CurvatureRow>> = {
  name: 'curvature',
  version: VERSION,
  form: curvatureForm,
  resolve: resolveCurvature,
  versions: ({ attack }, { layers }) => ({
    'task curvature': VERSION,
    preprocessing: PREPROCESSING_VERSION,
    ...(attack === undefined
      ? {}
      : methodVersions(resolveMethod({ name: 'gradient' }), {
          layers,
          softplus: true,
        })),
  }),
  file: 'curvature.csv',
  table: curvatureTable,
  leaves: [IMAGES, 'curvature.csv', PATHS],
  open,
};
