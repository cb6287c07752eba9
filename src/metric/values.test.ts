import { expect, test } from 'vitest';
import { isCorrelatable, requireSameLength, requireShape } from './values.js';

test('arrays of different lengths are refused', () => {
  expect(() => requireSameLength(new Float32Array(2), new Float64Array(3))).toThrow(/2 and 3/);
  expect(() => requireSameLength(new Float32Array(3), new Float64Array(3))).not.toThrow();
});

test('an array that does not fill the shape is refused', () => {
  expect(() => requireShape(new Float32Array(5), 2, 3)).toThrow(/5 values .* 2 x 3/);
  expect(() => requireShape(new Float32Array(6), 2, 3)).not.toThrow();
});

test('a correlation needs finite values that differ', () => {
  expect(isCorrelatable(Float64Array.of(1, 1, 2))).toBe(true);
  expect(isCorrelatable(Float64Array.of(0.1, 0.1, 0.1))).toBe(false);
  expect(isCorrelatable(Float64Array.of(1, 2, Number.NaN))).toBe(false);
  expect(isCorrelatable(Float64Array.of(1, 2, Number.POSITIVE_INFINITY))).toBe(false);
  expect(isCorrelatable(new Float64Array(0))).toBe(false);
});
