// Medians over pairs of attacks on smoothed explanations, and how much of a change of the image a gain costs.
import { median } from 'simple-statistics';
import { groupBy } from '../../group-by.js';
import type { AttackedRow } from './results.js';

/** The columns with medians. */
export type Measured =
  | 'pcc_target'
  | 'pcc_clean_target'
  | 'gain'
  | 'rms'
  | 'fidelity'
  | 'pcc_cross';

/** The median of a column; undefined where no row has it. */
export function medianOf(rows: readonly AttackedRow[], column: Measured): number | undefined {
  const values = rows.flatMap(({ [column]: value }) => value ?? []);
  return values.length === 0 ? undefined : median(values);
}

/** A point of a frontier: medians over the pairs of one attack. */
export interface FrontierPoint {
  readonly attack: string;
  /** Gray levels. */
  readonly rms: number;
  readonly gain: number;
  readonly pairs: number;
}

/** The attacks on one explanation by how much they change the image. */
export const frontierOf = (rows: readonly AttackedRow[]): FrontierPoint[] =>
  [...groupBy(rows, ({ attack }) => attack)]
    .flatMap(([attack, of]) => {
      const ok = of.filter(({ status }) => status === 'ok');
      const [rms, gain] = [medianOf(ok, 'rms'), medianOf(ok, 'gain')];
      return rms === undefined || gain === undefined
        ? []
        : [{ attack, rms, gain, pairs: ok.length }];
    })
    .sort((a, b) => a.rms - b.rms);

/**
 * The change of the image in gray levels at which a frontier reaches a gain, on straight lines between its points, from
 * no gain at no change; undefined where it does not reach it, or has one point.
 */
export function rmsForGain(points: readonly FrontierPoint[], gain: number): number | undefined {
  if (points.length < 2) return undefined;
  let before = { rms: 0, gain: 0 };
  for (const point of points) {
    if (point.gain >= gain)
      return (
        before.rms + ((point.rms - before.rms) * (gain - before.gain)) / (point.gain - before.gain)
      );
    before = point;
  }
  return undefined;
}

const heads: readonly (readonly [Measured, string, number])[] = [
  ['pcc_clean_target', 'target pcc before', 3],
  ['pcc_target', 'after', 3],
  ['gain', 'gain', 3],
  ['rms', 'rms', 2],
  ['fidelity', 'fidelity', 3],
  ['pcc_cross', 'cross pcc', 3],
];

/**
 * A head, and a line of medians for each explanation and attack, with the change of the image that half of the gain
 * costs in the first line of an explanation with several attacks.
 */
export function attackedSummary(rows: readonly AttackedRow[]): string[][] {
  const lines = [...groupBy(rows, ({ method }) => method).values()].flatMap((ofMethod) => {
    const half = rmsForGain(frontierOf(ofMethod), 0.5);
    return [...groupBy(ofMethod, ({ attack }) => attack).values()].map((of, i) => [
      of[0]!.method,
      of[0]!.attack,
      String(of.length),
      String(of.filter(({ status }) => status === 'label-lost').length),
      ...heads.map(([column, , digits]) => medianOf(of, column)?.toFixed(digits) ?? ''),
      i === 0 && half !== undefined ? half.toFixed(2) : '',
    ]);
  });
  return [
    [
      ...['method', 'attack', 'pairs', 'label lost'],
      ...heads.map(([, words]) => words),
      'rms for gain ½',
    ],
    ...lines,
  ];
}
