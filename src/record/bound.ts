// The bound ε of an attack in gray levels. No bound is `undefined`: absent in a config and an empty cell in a table.

/** The largest change of a pixel; undefined: no bound. */
export type Bound = number | undefined;

/** A bound where a name is needed, as in files and keys of draws: a number, or `any` for no bound. */
export const nameOfBound = (bound: Bound): number | 'any' => bound ?? 'any';

/** Orders bounds by size; no bound comes first. */
export const compareBounds = (a: Bound, b: Bound): number => (a ?? 0) - (b ?? 0);

/** The rows of the largest bound, and that bound; rows without a bound only if no row has one. */
export function ofLargestBound<R extends { readonly epsilon?: Bound }>(
  rows: readonly R[],
): { readonly rows: R[]; readonly bound: Bound } {
  const bound = rows
    .map(({ epsilon }) => epsilon)
    .reduce((most, one) => (compareBounds(most, one) < 0 ? one : most), undefined);
  return { rows: rows.filter(({ epsilon }) => epsilon === bound), bound };
}
