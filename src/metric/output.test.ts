import { describe, expect, test } from 'vitest';
import { argmax, outputErrors, softmax } from './output.js';
import { golden } from './testing/golden.js';

const before = Float64Array.from(golden.output.before);
const after = Float64Array.from(golden.output.after);

describe('softmax', () => {
  test('as SciPy, without overflow', () => {
    const probabilities = softmax(before);
    for (const [i, expected] of golden.output.softmax.entries()) {
      expect(probabilities[i]! / expected).toBeCloseTo(1, 11);
    }
  });

  test('of equal scores is uniform, in float64 for float32 scores', () => {
    expect(softmax(Float32Array.of(-1e30, -1e30, -1e30))).toEqual(new Float64Array(3).fill(1 / 3));
  });
});

describe('outputErrors', () => {
  test('as NumPy', () => {
    const errors = outputErrors(before, after);
    expect(errors.outputChange).toBeCloseTo(golden.output.outputChange, 12);
    expect(errors.logitMseHalf).toBeCloseTo(golden.output.logitMseHalf, 14);
    expect(errors.softmaxMseHalf).toBeCloseTo(golden.output.softmaxMseHalf, 13);
  });

  test('a shift of all scores changes the scores only', () => {
    const errors = outputErrors(Float32Array.of(1, 2, 3), Float32Array.of(3, 4, 5));
    expect(errors).toEqual({ outputChange: 0, logitMseHalf: 2, softmaxMseHalf: 0 });
  });

  test('refuses outputs of different lengths', () => {
    expect(() => outputErrors(Float64Array.of(1, 2), Float64Array.of(1))).toThrow(/2 and 1/);
  });
});

describe('argmax', () => {
  test('ties go to the lower index', () => {
    expect(argmax(Float32Array.of(1, 5, 5, 2))).toBe(1);
    expect(argmax(Float64Array.of(0, -0))).toBe(0);
    expect(argmax(new Float64Array(3).fill(Number.NEGATIVE_INFINITY))).toBe(0);
  });

  test('NaN never wins', () => {
    expect(argmax(Float64Array.of(Number.NaN, -3, Number.NaN, -2))).toBe(3);
    expect(() => argmax(Float64Array.of(Number.NaN, Number.NaN))).toThrow('none of 2 scores');
    expect(() => argmax(new Float64Array(0))).toThrow('none of 0 scores');
  });
});
