// The bootstrap interval of a mean.
import { mean, quantileSorted } from 'simple-statistics';
import { keyedRandom } from '../random.js';

const RESAMPLES = 2000;

/** A mean with its 95 % interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The mean of values and its 95 % percentile bootstrap interval.
 * @param values at least one
 * @param seed of the resamples
 */
export function estimateOf(values: readonly number[], seed: number): Estimate {
  const random = keyedRandom(seed, values.length, 'bootstrap');
  const means = Array.from({ length: RESAMPLES }, () => {
    let total = 0;
    for (let i = 0; i < values.length; i++) total += values[random.below(values.length)]!;
    return total / values.length;
  }).sort((a, b) => a - b);
  return {
    mean: mean([...values]),
    low: quantileSorted(means, 0.025),
    high: quantileSorted(means, 0.975),
  };
}
