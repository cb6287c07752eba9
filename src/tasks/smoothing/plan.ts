// The plan of smoothing: a cell is a pair under a method and an attack, with a row for each smoothing.
import type { ImageEntry } from '../../data/dataset.js';
import type { ManipulationCell } from '../../subject/manipulation.js';
import { partnerOf } from '../../subject/pairs.js';
import { imageColumns } from '../../task/image-task.js';
import type { SmoothingConfig, Sweep } from './config.js';
import type { SmoothingRow } from './results.js';

export type Cell = ManipulationCell;

/** How a map is smoothed: by softplus of a β, by SmoothGrad of a noise, or not at all. */
export type Smoothing =
  | { readonly smoothing: 'beta' | 'noise'; readonly value: number }
  | { readonly smoothing: 'none' };

/** The smoothings of a config in the order of rows, none first. */
export const smoothingsOf = ({ beta, noise }: Sweep): readonly Smoothing[] => [
  { smoothing: 'none' },
  ...beta.map((value) => ({ smoothing: 'beta' as const, value })),
  ...noise.map((value) => ({ smoothing: 'noise' as const, value })),
];

/** Cells of one image: methods first, so that a process changes programs rarely. */
export const cellsOf = (
  { explain, attack }: SmoothingConfig,
  image: number,
  label: number,
): Cell[] =>
  explain.flatMap((_, method) => attack.map((_, at) => ({ image, label, method, attack: at })));

/** The key of a cell in smoothing.csv. */
export const cellKey = ({
  image,
  method,
  attack,
}: Pick<SmoothingRow, 'image' | 'method' | 'attack'>): string =>
  JSON.stringify([image, method, attack]);

/** The steps of a cell: those of the attack, and a step for each smoothing. */
export const stepsOf = ({ attack, smoothing }: SmoothingConfig, at: number): number =>
  attack[at]!.iterations + smoothingsOf(smoothing).length;

/** The columns of a cell's rows that do not depend on the smoothing. */
export const cellColumns = (
  config: SmoothingConfig,
  entries: readonly ImageEntry[],
  { image, method, attack }: Cell,
  prediction: number | undefined,
) => ({
  ...imageColumns(config, entries[image]!, prediction),
  target_image: entries[partnerOf(config.seed, entries, image)]!.id,
  method: config.explain[method]!.id,
  attack: config.attack[attack]!.id,
});
