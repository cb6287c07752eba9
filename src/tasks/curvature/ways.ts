// What is found on ways on level sets, as a table: how far they are, how far the normal turns, and whether the bound of
// Theorem 1 holds.
import { median } from 'simple-statistics';
import { groupBy } from '../../group-by.js';
import type { PathRow } from './results.js';

/** No two normals are farther apart. */
const FARTHEST = 2;
/** By how much ‖n − n₀‖ must exceed the bound: λ is known at points of the way alone. */
const MARGIN = 1.01;

/** The points of each way. */
export const waysOf = (paths: readonly PathRow[]): readonly (readonly PathRow[])[] => [
  ...groupBy(paths, ({ image, beta, way }) => JSON.stringify([image, beta, way])).values(),
];

/** Whether the normal turns by more than the bound allows, somewhere on a way. */
export const breaksBound = (way: readonly PathRow[]): boolean =>
  way.some(({ turned, bound }) => turned > MARGIN * bound);

/** Whether a point of a way is no image. */
export const leavesRange = (way: readonly PathRow[]): boolean => way.some(({ inside }) => !inside);

/** Medians at the ends of ways. */
const columns: Readonly<Record<string, (end: PathRow) => number>> = {
  length: ({ length }) => length,
  straight: ({ straight }) => straight,
  '‖n − n₀‖': ({ turned }) => turned,
  arc: ({ arc }) => arc,
  '∫|λ|ds': ({ integral }) => integral,
  'max|λ| · length': ({ bound }) => bound,
};

/** A head, and a line for each β and kind of way. */
export const waysSummary = (paths: readonly PathRow[]): string[][] => [
  ['β', 'way', 'ways', ...Object.keys(columns), 'bound broken', 'bound above 2', 'leave the range'],
  ...[...groupBy(waysOf(paths), ([first]) => `${first!.beta} ${first!.way}`).values()].map((of) => {
    const ends = of.map((way) => way.at(-1)!);
    const { beta, way } = ends[0]!;
    const counts = [
      breaksBound,
      (one: readonly PathRow[]) => one.at(-1)!.bound > FARTHEST,
      leavesRange,
    ];
    return [
      ...[String(beta), way, String(of.length)],
      ...Object.values(columns).map((value) => median(ends.map(value)).toPrecision(3)),
      ...counts.map((count) => String(of.filter(count).length)),
    ];
  }),
];
