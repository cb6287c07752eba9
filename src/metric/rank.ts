// Fractional ranking: each value gets its place in ascending order, counted from 1, and equal values
// share the mean of the places they take up together.

import { stableOrder } from './order.js';
import type { Values } from './values.js';

/**
 * Average ranks, as `scipy.stats.rankdata` gives them.
 * @param values n values, infinities allowed
 * @returns n ranks in 1..n, whose sum is n(n+1)/2
 * @throws Error where a value is NaN, which has no place in an order
 */
export function averageRanks(values: Values): Float64Array {
  const n = values.length;
  for (let i = 0; i < n; i++) if (Number.isNaN(values[i])) throw new Error('NaN has no rank');
  const order = stableOrder(values);
  const ranks = new Float64Array(n);
  for (let start = 0; start < n; ) {
    const value = values[order[start]!]!;
    let end = start + 1;
    while (end < n && values[order[end]!] === value) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}
