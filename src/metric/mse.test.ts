import { describe, expect, test } from 'vitest';
import { mse } from './mse.js';
import { golden, mapsOf, titleOf } from './testing/golden.js';

describe('mse', () => {
  test.each(golden.maps.map((c) => [titleOf(c), c] as const))('as NumPy on %s', (_, c) => {
    expect(mse(...mapsOf(c)) / c.mse).toBeCloseTo(1, 11);
  });

  test('by hand', () => {
    expect(mse(Float64Array.of(1, 2, 3, 4), Float32Array.of(1, 0, 3, 5))).toBe(5 / 4);
    expect(mse(Float64Array.of(1, 2), Float64Array.of(1, 2))).toBe(0);
    expect(mse(Float64Array.of(1, Number.NaN), Float64Array.of(1, 2))).toBeNaN();
  });

  test('refuses arrays of different lengths', () => {
    expect(() => mse(Float64Array.of(1, 2), Float64Array.of(1, 2, 3))).toThrow(/2 and 3/);
  });
});
