// Medians of smoothing over pairs, and where the correlations with the original and with the target cross.
import { median } from 'simple-statistics';
import { groupBy } from '../../group-by.js';
import type { Correlation, SmoothingRow } from './results.js';

/** The median of a correlation; undefined where no row has it. */
export function medianOf(
  rows: readonly SmoothingRow[],
  correlation: Correlation,
): number | undefined {
  const values = rows.flatMap(({ [correlation]: value }) => value ?? []);
  return values.length === 0 ? undefined : median(values);
}

/** The rows of each value of one kind of smoothing, by value, smallest first. */
export const byValue = (
  rows: readonly SmoothingRow[],
  kind: 'beta' | 'noise',
): { readonly value: number; readonly rows: readonly SmoothingRow[] }[] =>
  [
    ...groupBy(
      rows.filter(({ smoothing, status }) => smoothing === kind && status === 'ok'),
      ({ value }) => String(value),
    ).values(),
  ]
    .map((of) => ({ value: of[0]!.value!, rows: of }))
    .sort((a, b) => a.value - b.value);

/**
 * The value of a smoothing at which two medians cross, interpolated on a log scale; undefined where they do not. Of
 * several crossings, the one of least smoothing.
 */
export function crossing(
  rows: readonly SmoothingRow[],
  kind: 'beta' | 'noise',
  [a, b]: readonly [Correlation, Correlation],
): number | undefined {
  const points = byValue(rows, kind).flatMap(({ value, rows: of }) => {
    const [first, second] = [medianOf(of, a), medianOf(of, b)];
    return first === undefined || second === undefined
      ? []
      : [{ at: Math.log(value), gap: first - second }];
  });
  // from the least smoothing on
  if (kind === 'beta') points.reverse();
  for (const [i, { at, gap }] of points.entries()) {
    const next = points[i + 1];
    if (next === undefined || gap >= 0 || next.gap < 0) continue;
    return Math.exp(at + ((next.at - at) * gap) / (gap - next.gap));
  }
  return undefined;
}

/** Correlations with the original and with the target, without smoothing of these and with it. */
const crossings: readonly (readonly [Correlation, Correlation])[] = [
  ['pcc_original', 'pcc_target'],
  ['pcc_smoothed_original', 'pcc_smoothed_target'],
];

const kinds = ['beta', 'noise'] as const;

const shown = (value: number | undefined, digits: number): string =>
  value === undefined ? '' : value.toPrecision(digits);

/**
 * A head, and a line for each method and attack: the medians without smoothing, and the β and the noise at which the
 * attacked map is as near to the original as to the target.
 */
export const smoothingSummary = (rows: readonly SmoothingRow[]): string[][] => [
  [
    ...['method', 'attack', 'pairs', 'label lost', 'pcc original', 'pcc target'],
    ...['crossing β', 'smoothed', 'crossing noise', 'smoothed'],
  ],
  ...[...groupBy(rows, ({ method, attack }) => JSON.stringify([method, attack])).values()].map(
    (of) => {
      const plain = of.filter(({ smoothing }) => smoothing === 'none');
      return [
        of[0]!.method,
        of[0]!.attack,
        String(plain.length),
        String(plain.filter(({ status }) => status === 'label-lost').length),
        medianOf(plain, 'pcc_original')?.toFixed(3) ?? '',
        medianOf(plain, 'pcc_target')?.toFixed(3) ?? '',
        ...kinds.flatMap((kind) => crossings.map((pair) => shown(crossing(of, kind, pair), 3))),
      ];
    },
  ),
];
