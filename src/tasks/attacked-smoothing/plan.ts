// The plan of attacks on smoothed explanations: a cell is a pair under an explanation and an attack on it, and a row.
import { aimsAt } from '../../config/aims.js';
import type { ImageEntry } from '../../data/dataset.js';
import type { ManipulationCell } from '../../subject/manipulation.js';
import { partnerOf } from '../../subject/pairs.js';
import { imageColumns } from '../../task/image-task.js';
import type { AttackedSmoothingConfig } from './config.js';
import type { AttackedRow } from './results.js';

export type Cell = ManipulationCell;

/** Cells of one image: explanations first, so that a process changes programs rarely. */
export const cellsOf = (
  { explain, attack }: AttackedSmoothingConfig,
  image: number,
  label: number,
): Cell[] =>
  explain.flatMap((one, method) =>
    attack.flatMap((item, at) => (aimsAt(item, one) ? [{ image, label, method, attack: at }] : [])),
  );

/** The key of a cell in attacked.csv. */
export const cellKey = ({
  image,
  method,
  attack,
}: Pick<AttackedRow, 'image' | 'method' | 'attack'>): string =>
  JSON.stringify([image, method, attack]);

/** The columns of a cell's row that are known before it is computed. */
export const cellColumns = (
  config: AttackedSmoothingConfig,
  entries: readonly ImageEntry[],
  { image, method, attack }: Cell,
  prediction: number | undefined,
) => ({
  ...imageColumns(config, entries[image]!, prediction),
  target_image: entries[partnerOf(config.seed, entries, image)]!.id,
  method: config.explain[method]!.id,
  attack: config.attack[attack]!.id,
});
