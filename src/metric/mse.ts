// Mean squared error: the squared difference of two arrays, averaged over the values. Between maps
// that sum to 1 it is the explanation part of the loss of Dombrowski et al. 2019.

import { requireSameLength, type Values } from './values.js';

/** (1/n) Σ (a_i - b_i)² of two arrays of n values, in the square of their unit; NaN where one holds NaN. */
export function mse(a: Values, b: Values): number {
  requireSameLength(a, b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return sum / a.length;
}
