import { expect, it } from 'vitest';
import { breaksBound, leavesRange, pathsSummary } from './paths.js';
import type { PathRow } from './results.js';

/** A path of two points whose end is given. */
const pathTo = (image: string, end: Partial<PathRow>): PathRow[] =>
  [
    { length: 0, turned: 0, bound: 0 },
    { length: 1, ...end },
  ].map((row, point) => ({
    ...{
      experiment: 'e',
      model: 'm',
      dataset: 'd',
      image,
      beta: 3,
      pools: false,
      path: 'along curvature',
    },
    ...{ point, straight: 0, lambda: 1, turned: 0.5, arc: 0, integral: 0, bound: 1, off: 0 },
    ...{ inside: true },
    ...row,
  })) as PathRow[];

it('paths are counted that break the bound, whose bound says nothing, and that leave the range', () => {
  const kept = pathTo('a', {});
  const broken = pathTo('b', { turned: 1.02 });
  const nothing = pathTo('c', { bound: 2.5 });
  const outside = pathTo('d', { inside: false, length: 3 });
  expect([kept, broken, nothing, outside].map(breaksBound)).toEqual([false, true, false, false]);
  // λ between the points may be larger
  expect(breaksBound(pathTo('e', { turned: 1.005 }))).toBe(false);
  expect([kept, outside].map(leavesRange)).toEqual([false, true]);
  const other = pathTo('a', { path: 'to attacked', length: 2 }).map((row) => ({
    ...row,
    path: 'to attacked' as const,
  }));
  const [head, curved, attacked] = pathsSummary([
    ...kept,
    ...broken,
    ...nothing,
    ...outside,
    ...other,
  ]);
  expect(head!.slice(0, 4)).toEqual(['β', 'path', 'paths', 'length']);
  expect(curved).toEqual([
    '3',
    'along curvature',
    '4',
    '1.00',
    '0.00',
    '0.500',
    '0.00',
    '0.00',
    '1.00',
    '1',
    '1',
    '1',
  ]);
  expect(attacked!.slice(0, 4)).toEqual(['3', 'to attacked', '1', '2.00']);
});
