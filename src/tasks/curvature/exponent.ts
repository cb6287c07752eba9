// How a curvature grows with β.
import { linearRegression, median } from 'simple-statistics';
import { groupBy } from '../../group-by.js';

/**
 * The exponent a of the median ~ β^a: the slope of the line through the medians at each β, both in logarithms. Of fewer
 * than two β undefined.
 */
export function exponentOf(
  points: readonly { readonly beta: number; readonly value: number }[],
): number | undefined {
  const medians = [...groupBy(points, ({ beta }) => String(beta)).values()].map((of) => [
    Math.log(of[0]!.beta),
    Math.log(median(of.map(({ value }) => value))),
  ]);
  return medians.length < 2 ? undefined : linearRegression(medians).m;
}
