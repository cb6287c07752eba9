// Intervals of means.
import { describe, expect, it } from 'vitest';
import { keyedRandom, normalNumbers } from '../random.js';
import { estimateOf } from './bootstrap.js';

describe('the interval of a mean', () => {
  const normal = (n: number) => [...normalNumbers(n, 1, keyedRandom('bootstrap', n))];

  it('is that of the standard error', () => {
    const values = normal(400);
    const { mean, low, high } = estimateOf(values, 1);
    const average = values.reduce((a, b) => a + b, 0) / 400;
    const error = Math.sqrt(values.reduce((a, b) => a + (b - average) ** 2, 0)) / 400;
    expect(mean).toBeCloseTo(average, 12);
    expect((high - low) / (2 * 1.96 * error)).toBeGreaterThan(0.9);
    expect((high - low) / (2 * 1.96 * error)).toBeLessThan(1.1);
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
  });

  it('depends on the seed alone', () => {
    const values = normal(20);
    expect(estimateOf(values, 1)).toEqual(estimateOf(values, 1));
    expect(estimateOf(values, 1)).not.toEqual(estimateOf(values, 2));
  });

  it('of one value is that value', () => {
    expect(estimateOf([0.5], 1)).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
  });
});
