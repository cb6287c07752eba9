import { describe, expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { draw, fastest, golden, mapsOf, titleOf } from './testing/golden.js';
import { topK, topKIntersection, topKIntersectionWith, topKSet } from './topk.js';
import type { Values } from './values.js';

/** The definition: sort everything, NaN last, take k. */
function topKBySorting(map: Values, k: number): number[] {
  const descending = (i: number, j: number) => {
    const a = map[i]!;
    const b = map[j]!;
    if (Number.isNaN(a) || Number.isNaN(b)) {
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || i - j;
    }
    return a === b ? i - j : a < b ? 1 : -1;
  };
  return Array.from(map.keys())
    .sort(descending)
    .slice(0, k)
    .sort((i, j) => i - j);
}

const n = 500;
const infinity = Number.POSITIVE_INFINITY;

describe('topK', () => {
  test.each(golden.maps.map((c) => [titleOf(c), c] as const))('as NumPy on %s', (_, c) => {
    const indices = topK(mapsOf(c)[0], c.k);
    expect(indices).toHaveLength(c.k);
    expect(Array.from(indices.subarray(0, 20))).toEqual(c.topkFirst.slice(0, c.k));
    expect(indices.reduce((sum, index) => sum + index, 0)).toBe(c.topkSum);
  });

  test.each([
    ['distinct values', draw(1, n).map((d, i) => d + i / n)],
    ['ascending', Float64Array.from({ length: n }, (_, i) => i)],
    ['descending', Float64Array.from({ length: n }, (_, i) => -i)],
    ['three values', draw(2, n).map((d) => d % 3)],
    [
      'the large values where the sample is taken',
      draw(9, n).map((d, i) => (i % 16 ? d : d + 5000)),
    ],
    [
      'the small values where the sample is taken',
      draw(9, n).map((d, i) => (i % 16 ? d : d - 5000)),
    ],
    ['a constant', new Float64Array(n).fill(0.1)],
    ['zeros but for a few', draw(3, n).map((d) => Math.max(0, d - 4050))],
    ['signed zeros', draw(4, n).map((d) => (d % 2 ? 0 : -0))],
    ['NaN among ties', draw(5, n).map((d) => (d % 3 ? d % 5 : Number.NaN))],
    ['only NaN', new Float64Array(n).fill(Number.NaN)],
    ['NaN and infinities', draw(6, n).map((d) => [Number.NaN, -infinity, infinity, d, 7][d % 5]!)],
    ['float32', Float32Array.from(draw(7, n), (d) => (d % 50) / 3)],
  ])('as sorting: %s', (_, map) => {
    for (const k of [1, 2, 17, 100, 250, 333, 400, 499, 500]) {
      expect(Array.from(topK(map, k))).toEqual(topKBySorting(map, k));
    }
  });

  test('leaves the map as it was', () => {
    const map = draw(8, n);
    topK(map, 20);
    expect(map).toEqual(draw(8, n));
  });

  test.each([0, -1, 4, 1.5, Number.NaN])('refuses k = %d of three values', (k) => {
    const ask = () => topK(Float64Array.of(1, 2, 3), k);
    expect(ask).toThrow(UserError);
    expect(ask).toThrow(`k: ${k}, expected a whole number from 1 to 3`);
  });

  test.each([
    ['sparse', golden.maps[4]!],
    ['tied', golden.maps[5]!],
  ])('a %s map of 227 x 227 takes less than 2 ms', (_, c) => {
    const [map] = mapsOf(c);
    expect(fastest(30, () => topK(map, 1000))).toBeLessThan(2);
  });
});

describe('topKIntersection', () => {
  test.each(golden.maps.map((c) => [titleOf(c), c] as const))('as NumPy on %s', (_, c) => {
    const [a, b] = mapsOf(c);
    expect(topKIntersection(a, b, c.k)).toBe(c.topkIntersection);
    expect(topKIntersectionWith(topKSet(a, c.k), b)).toBe(c.topkIntersection);
  });

  test('of ties is that of the lower indices', () => {
    const a = Float64Array.of(5, 5, 5, 5, 0);
    const b = Float64Array.of(0, 5, 5, 5, 5);
    expect(topKIntersection(a, b, 2)).toBe(0.5);
    expect(topKIntersection(a, a, 3)).toBe(1);
    expect(topKIntersection(Float64Array.of(1, 0), Float64Array.of(0, 1), 1)).toBe(0);
  });

  test('the reference set holds the members', () => {
    expect(topKSet(Float64Array.of(1, 3, 2, 3), 2)).toEqual({
      k: 2,
      members: Uint8Array.of(0, 1, 0, 1),
    });
  });

  test('refuses maps of different sizes', () => {
    expect(() => topKIntersection(new Float64Array(3), new Float64Array(4), 1)).toThrow(
      'a set over 3 pixels meets a map of 4',
    );
  });
});
