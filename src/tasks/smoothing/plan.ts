// The plan of smoothing: a cell is a pair under a method and an attack, with a row for each smoothing.
import type { SmoothingConfig, Sweep } from './config.js';

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

/** The steps of a cell: those of the attack, if it is made, and a step for each smoothing. */
export const stepsOf = ({ attack, from, smoothing }: SmoothingConfig, at: number): number =>
  (from === undefined ? attack[at]!.iterations : 0) + smoothingsOf(smoothing).length;
