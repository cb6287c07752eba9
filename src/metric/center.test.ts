import { describe, expect, test } from 'vitest';
import { centerShift, massCenter, truncatedCenter, truncatedShift } from './center.js';
import { golden, mapsOf, titleOf } from './testing/golden.js';

describe('massCenter and centerShift', () => {
  test.each(golden.maps.map((c) => [titleOf(c), c] as const))('as SciPy on %s', (_, c) => {
    const [a, b] = mapsOf(c);
    const [row, column] = massCenter(a, c.height, c.width);
    expect(row).toBeCloseTo(c.center[0]!, 10);
    expect(column).toBeCloseTo(c.center[1]!, 10);
    expect(centerShift(a, b, c.height, c.width)).toBeCloseTo(c.centerShift, 10);
  });

  test('a single pixel is its own center, row first', () => {
    const map = new Float64Array(12);
    map[6] = 0.5;
    expect(massCenter(map, 3, 4)).toEqual([1, 2]);
    const other = new Float64Array(12);
    other[11] = 0.25;
    expect(centerShift(map, other, 3, 4)).toBe(Math.SQRT2);
  });

  test('the center of a constant map is its middle', () => {
    expect(massCenter(new Float32Array(12).fill(1), 3, 4)).toEqual([1, 1.5]);
  });

  test('a truncated center is in whole pixels, and so is what its shift is measured between', () => {
    const map = Float64Array.of(0, 0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.75);
    expect(massCenter(map, 3, 4)).toEqual([1.5, 2.5]);
    expect(truncatedCenter(map, 3, 4)).toEqual([1, 2]);
    expect(truncatedShift([1, 2], map, 3, 4)).toBe(0);
    expect(truncatedShift([4, 6], map, 3, 4)).toBe(5);
  });

  test('an empty map has no center', () => {
    expect(massCenter(new Float64Array(4), 2, 2)).toEqual([Number.NaN, Number.NaN]);
    expect(centerShift(new Float64Array(4), Float64Array.of(1, 0, 0, 0), 2, 2)).toBeNaN();
  });

  test('refuses a map of another size', () => {
    expect(() => massCenter(new Float64Array(5), 2, 3)).toThrow(/5 values .* 2 x 3/);
  });
});
