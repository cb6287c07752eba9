import { describe, expect, test } from 'vitest';
import { kendall } from './kendall.js';
import { draw, fastest, golden, mapsOf, titleOf } from './testing/golden.js';
import type { Values } from './values.js';

/** The definition: every pair looked at. */
function kendallByPairs(a: Values, b: Values): number {
  let score = 0;
  let untiedA = 0;
  let untiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const signA = Math.sign(a[i]! - a[j]!);
      const signB = Math.sign(b[i]! - b[j]!);
      score += signA * signB;
      untiedA += signA * signA;
      untiedB += signB * signB;
    }
  }
  return score / Math.sqrt(untiedA * untiedB);
}

describe('kendall', () => {
  test.each(golden.maps.map((c) => [titleOf(c), c] as const))('as SciPy on %s', (_, c) => {
    expect(kendall(...mapsOf(c))).toBeCloseTo(c.kendall, 13);
  });

  test('corrects for ties', () => {
    const { values, others, kendall: expected } = golden.ranks;
    expect(kendall(Float64Array.from(values), Float32Array.from(others))).toBeCloseTo(expected, 14);
  });

  test.each([2, 3, 7, 64, 129, 301])('as counting pairs, n = %i', (n) => {
    for (const levels of [2, 5, 40, 4096]) {
      for (const seed of [5, 6, 7]) {
        const a = draw(seed, n).map((d) => d % levels);
        const b = draw(seed + 100, n).map((d, i) => (d % levels) - a[i]! / 2);
        a[0] = -1;
        b[0] = -levels;
        expect(kendall(a, b)).toBeCloseTo(kendallByPairs(a, b), 13);
      }
    }
  });

  test('is 1 for the same order and -1 for the opposite one, ties included', () => {
    const a = Float64Array.of(1, 1, 2, 3, 3, 3);
    expect(kendall(a, a)).toBe(1);
    expect(
      kendall(
        a,
        a.map((value) => -value),
      ),
    ).toBe(-1);
  });

  test('is undefined for a constant or a value that is not finite', () => {
    const a = Float64Array.of(1, 2, 3);
    expect(kendall(a, new Float64Array(3).fill(0.1))).toBeUndefined();
    expect(kendall(new Float64Array(3), a)).toBeUndefined();
    expect(kendall(a, Float64Array.of(1, Number.NaN, 2))).toBeUndefined();
  });

  test('refuses arrays of different lengths', () => {
    expect(() => kendall(Float64Array.of(1, 2), Float64Array.of(1, 2, 3))).toThrow(/2 and 3/);
  });

  test('a map of 227 x 227 takes less than 0.2 s', () => {
    const [a, b] = mapsOf(golden.maps[4]!);
    expect(fastest(5, () => kendall(a, b))).toBeLessThan(200);
  });
});
