import { describe, expect, test } from 'vitest';
import { averageRanks } from './rank.js';
import { golden, mapsOf, titleOf } from './testing/golden.js';

describe('averageRanks', () => {
  test('ties share the mean of their places', () => {
    const { values, ranks } = golden.ranks;
    expect(Array.from(averageRanks(Float64Array.from(values)))).toEqual(ranks);
    expect(Array.from(averageRanks(Float32Array.from(values)))).toEqual(ranks);
  });

  test.each(golden.maps.map((c) => [titleOf(c), c] as const))('as SciPy on %s', (_, c) => {
    const ranks = averageRanks(mapsOf(c)[0]);
    expect(ranks.reduce((sum, rank, i) => sum + rank * i, 0)).toBe(c.rankMoment);
  });

  test('a constant, signed zeros and infinities', () => {
    expect(Array.from(averageRanks(Float64Array.of(4, 4, 4)))).toEqual([2, 2, 2]);
    expect(Array.from(averageRanks(Float64Array.of(0, -0, -1)))).toEqual([2.5, 2.5, 1]);
    const infinity = Number.POSITIVE_INFINITY;
    expect(Array.from(averageRanks(Float64Array.of(infinity, 1, -infinity)))).toEqual([3, 2, 1]);
  });

  test('NaN is refused', () => {
    expect(() => averageRanks(Float32Array.of(1, Number.NaN))).toThrow('NaN has no rank');
  });
});
