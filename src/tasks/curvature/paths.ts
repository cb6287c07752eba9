// What is found on paths on level sets, as a table: how far they are, how far the normal turns, and whether the bound of
// Theorem 1 holds.
import { median } from 'simple-statistics';
import { groupBy } from '../../group-by.js';
import type { PathRow } from './results.js';

/** No two normals are farther apart. */
const FARTHEST = 2;
/** By how much ‖n − n₀‖ must exceed the bound: λ is known at points of the path alone. */
const MARGIN = 1.01;

/** The points of each path. */
export const pathsOf = (paths: readonly PathRow[]): readonly (readonly PathRow[])[] => [
  ...groupBy(paths, ({ image, beta, path }) => JSON.stringify([image, beta, path])).values(),
];

/** Whether the normal turns by more than the bound allows, somewhere on a path. */
export const breaksBound = (path: readonly PathRow[]): boolean =>
  path.some(({ turned, bound }) => turned > MARGIN * bound);

/** Whether a point of a path is no image. */
export const leavesRange = (path: readonly PathRow[]): boolean =>
  path.some(({ inside }) => !inside);

/** Medians at the ends of paths. */
const columns: Readonly<Record<string, (end: PathRow) => number>> = {
  length: ({ length }) => length,
  straight: ({ straight }) => straight,
  '‖n − n₀‖': ({ turned }) => turned,
  arc: ({ arc }) => arc,
  '∫|λ|ds': ({ integral }) => integral,
  'max|λ| · length': ({ bound }) => bound,
};

/** A head, and a line for each β and kind of path. */
export const pathsSummary = (paths: readonly PathRow[]): string[][] => [
  [
    'β',
    'path',
    'paths',
    ...Object.keys(columns),
    'bound broken',
    'bound above 2',
    'leave the range',
  ],
  ...[...groupBy(pathsOf(paths), ([first]) => `${first!.beta} ${first!.path}`).values()].map(
    (of) => {
      const ends = of.map((path) => path.at(-1)!);
      const { beta, path } = ends[0]!;
      const counts = [
        breaksBound,
        (one: readonly PathRow[]) => one.at(-1)!.bound > FARTHEST,
        leavesRange,
      ];
      return [
        ...[String(beta), path, String(of.length)],
        ...Object.values(columns).map((value) => median(ends.map(value)).toPrecision(3)),
        ...counts.map((count) => String(of.filter(count).length)),
      ];
    },
  ),
];
