import { expect, it } from 'vitest';
import type { PathRow } from './results.js';
import { breaksBound, leavesRange, waysSummary } from './ways.js';

/** A way of two points whose end is given. */
const wayTo = (image: string, end: Partial<PathRow>): PathRow[] =>
  [
    { length: 0, turned: 0, bound: 0 },
    { length: 1, ...end },
  ].map((row, point) => ({
    ...{ experiment: 'e', model: 'm', dataset: 'd', image, beta: 3, pools: false, way: 'walk' },
    ...{ point, straight: 0, lambda: 1, turned: 0.5, arc: 0, integral: 0, bound: 1, off: 0 },
    ...{ inside: true },
    ...row,
  })) as PathRow[];

it('ways are counted that break the bound, whose bound says nothing, and that leave the range', () => {
  const kept = wayTo('a', {});
  const broken = wayTo('b', { turned: 1.02 });
  const nothing = wayTo('c', { bound: 2.5 });
  const outside = wayTo('d', { inside: false, length: 3 });
  expect([kept, broken, nothing, outside].map(breaksBound)).toEqual([false, true, false, false]);
  // λ between the points may be larger
  expect(breaksBound(wayTo('e', { turned: 1.005 }))).toBe(false);
  expect([kept, outside].map(leavesRange)).toEqual([false, true]);
  const other = wayTo('a', { way: 'to attacked', length: 2 }).map((row) => ({
    ...row,
    way: 'to attacked' as const,
  }));
  const [head, walks, attacked] = waysSummary([
    ...kept,
    ...broken,
    ...nothing,
    ...outside,
    ...other,
  ]);
  expect(head!.slice(0, 4)).toEqual(['β', 'way', 'ways', 'length']);
  expect(walks).toEqual([
    '3',
    'walk',
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
