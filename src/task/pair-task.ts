// Shared by tasks that manipulate pairs of images: their cells, and the columns of rows that describe them.
import { aimsAt } from '../config/aims.js';
import type { ImageEntry } from '../data/dataset.js';
import type { ManipulationCell, ManipulationConfig } from '../subject/manipulation.js';
import { partnerOf } from '../subject/pairs.js';
import { imageColumns } from './image-task.js';

/** The cells of an image: explanations first, so that a process changes programs rarely. */
export const cellsOf = (
  { explain, attack }: Pick<ManipulationConfig, 'explain' | 'attack'>,
  image: number,
  label: number,
): ManipulationCell[] =>
  explain.flatMap((one, method) =>
    attack.flatMap((item, at) => (aimsAt(item, one) ? [{ image, label, method, attack: at }] : [])),
  );

/** The key of the rows of a cell. */
export const cellKey = ({
  image,
  method,
  attack,
}: {
  readonly image: string;
  readonly method: string;
  readonly attack: string;
}): string => JSON.stringify([image, method, attack]);

/** The columns of a cell's rows that are known before it is computed. */
export const cellColumns = (
  config: ManipulationConfig,
  entries: readonly ImageEntry[],
  { image, method, attack }: ManipulationCell,
  prediction: number | undefined,
) => ({
  ...imageColumns(config, entries[image]!, prediction),
  target_image: entries[partnerOf(config.seed, entries, image)]!.id,
  method: config.explain[method]!.id,
  attack: config.attack[attack]!.id,
});
