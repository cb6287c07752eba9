// The task of undoing a manipulation by smoothing (Dombrowski et al. 2019, section 4, Fig. 4 and 6): an image is given the
// map of another one under an explanation without smoothing, and its map is then smoothed, by softplus of falling β and
// by SmoothGrad of rising noise.

import { MATCH_TARGET_VERSION } from '../../config/match-target.js';
import { methodVersions, resolveMethod } from '../../config/methods.js';
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
import type { SmoothingFound } from './computer.js';
import { resolveSmoothing, type SmoothingConfig, smoothingForm } from './config.js';
import { earlierRunOf } from './earlier-run.js';
import { smoothingsOf, stepsOf } from './plan.js';
import { type SmoothingRow, smoothingTable } from './results.js';
import { keepStrip, STRIPS } from './strips.js';
import { smoothingSummary } from './summary.js';

/** Raised when a change of the task's logic changes rows. */
const VERSION = 1;

type AnyFound = SmoothingFound | Found<SmoothingRow>;

function versions({ explain, smoothing }: SmoothingConfig, { layers }: Network): Versions {
  const use = { layers, softplus: true };
  return {
    'task smoothing': VERSION,
    preprocessing: PREPROCESSING_VERSION,
    'attack match-target': MATCH_TARGET_VERSION,
    ...Object.assign({}, ...explain.map((item) => methodVersions(item, use))),
    ...(smoothing.noise.length > 0
      ? methodVersions(resolveMethod({ name: 'smoothgrad' }), use)
      : {}),
  };
}

async function open(
  config: SmoothingConfig,
  subject: Subject,
): Promise<Experiment<SmoothingRow, ManipulationCell, AnyFound>> {
  const { seed, explain, attack, smoothing, save } = config;
  const dataset = await openImages(config, subject);
  const { entries } = dataset;
  if (entries.length < 2)
    throw new UserError(`data: ${dataset.location} has one image, expected at least 2 for pairs`);
  const { patterns } = await openMethods(config, subject);
  const earlier = await earlierRunOf(config, subject);
  const attackAt = new Map(attack.map(({ id }, i) => [id, i]));
  const smoothings = smoothingsOf(smoothing);
  const cellOf = (row: Parameters<typeof cellKey>[0]): CellOfRow => ({
    key: cellKey(row),
    steps: stepsOf(config, attackAt.get(row.attack) ?? 0),
    rows: smoothings.length,
  });
  return {
    units: screened(config, dataset),
    inputs: [...patterns, ...(earlier === undefined ? [] : [earlier.input])],
    cellOf,
    plan: (image, prediction) =>
      cellsOf(config, image, prediction?.label ?? 0).map(
        (cell): Planned<ManipulationCell, SmoothingRow> => {
          const columns = cellColumns(config, entries, cell, prediction?.label);
          return {
            cell,
            images: [image, partnerOf(seed, entries, image)],
            ...cellOf(columns),
            group: `${cell.method} ${cell.attack}`,
            title: `${explain[cell.method]!.id} × ${attack[cell.attack]!.id}`,
            failed: () => smoothings.map((one) => ({ ...columns, ...one, status: 'failed' })),
          };
        },
      ),
    async keep(found, place) {
      if ('maps' in found && place < save.images) await keepStrip(config, found);
    },
    finish: async (rows) => smoothingSummary(rows),
  };
}

export const smoothingTask: Task<SmoothingConfig, SmoothingRow, ManipulationCell, AnyFound> = {
  name: 'smoothing',
  version: VERSION,
  form: smoothingForm,
  resolve: resolveSmoothing,
  versions,
  file: 'smoothing.csv',
  table: smoothingTable,
  leaves: [IMAGES, 'smoothing.csv', STRIPS],
  open,
};
