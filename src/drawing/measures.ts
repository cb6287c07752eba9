// Columns of result tables as figures and tables show them: their names, how numbers are written, and the range of an
// axis.
import { extent } from 'simple-statistics';

export interface Measure {
  /** Column of the table. */
  readonly column: string;
  readonly words: string;
  /** How a number is written, in the notation of d3-format. */
  readonly format: string;
  /** The whole range, if figures show all of it. */
  readonly range?: readonly [number, number] | undefined;
}

/**
 * The scale of an axis: the measure's whole range, wider if a correlation is below zero; without a range, from zero up.
 */
export function scaleOf({ range }: Measure, values: readonly number[]): object {
  const [low, high] = extent([...values]);
  if (range === undefined) return { domain: [Math.min(0, low), high > 0 ? high : 1], nice: true };
  return { domain: [Math.min(range[0], low), range[1]] };
}
