// Kendall's tau-b: the share of pairs of pixels two maps put in the same order, less the share they
// put in opposite orders, corrected for ties. The discordant pairs are the inversions of b when both
// are sorted by a, so a merge sort counts them in O(n log n) (Knight 1966).

import { stableOrder } from './order.js';
import { isCorrelatable, requireSameLength, type Values } from './values.js';

/**
 * Kendall's tau-b of two arrays of n values, in [-1, 1], as `scipy.stats.kendalltau`:
 * (C - D) / sqrt((P - T_a)(P - T_b)) with C concordant and D discordant pairs, P = n(n-1)/2 and T the
 * pairs tied in one array. Undefined where either is constant or holds a value that is not finite.
 */
export function kendall(a: Values, b: Values): number | undefined {
  requireSameLength(a, b);
  if (!isCorrelatable(a) || !isCorrelatable(b)) return undefined;
  const n = a.length;
  const byB = stableOrder(b);
  const byAThenB = stableOrder(a, byB);
  const pairs = pairsAmong(n);
  const tiedA = tiedPairs(n, (i) => a[byAThenB[i]!] === a[byAThenB[i - 1]!]);
  const tiedB = tiedPairs(n, (i) => b[byB[i]!] === b[byB[i - 1]!]);
  const tiedBoth = tiedPairs(n, (i) => {
    const here = byAThenB[i]!;
    const before = byAThenB[i - 1]!;
    return a[here] === a[before] && b[here] === b[before];
  });
  const bByA = new Float64Array(n);
  for (let i = 0; i < n; i++) bByA[i] = b[byAThenB[i]!]!;
  const discordant = inversions(bByA);
  const concordantLessDiscordant = pairs - tiedA - tiedB + tiedBoth - 2 * discordant;
  const tau = concordantLessDiscordant / Math.sqrt(pairs - tiedA) / Math.sqrt(pairs - tiedB);
  return Math.max(-1, Math.min(1, tau));
}

function pairsAmong(count: number): number {
  return (count * (count - 1)) / 2;
}

/** Pairs inside the runs of a sorted sequence, given whether element i equals the one before it. */
function tiedPairs(n: number, equalsPrevious: (i: number) => boolean): number {
  let pairs = 0;
  let run = 1;
  for (let i = 1; i < n; i++) {
    if (equalsPrevious(i)) {
      run++;
    } else {
      pairs += pairsAmong(run);
      run = 1;
    }
  }
  return pairs + pairsAmong(run);
}

/** Pairs i < j with sequence[i] > sequence[j]; the sequence is used up as working space. */
function inversions(sequence: Float64Array): number {
  const n = sequence.length;
  let from: Float64Array = sequence;
  let to: Float64Array = new Float64Array(n);
  let count = 0;
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      let left = start;
      let right = middle;
      for (let out = start; out < end; out++) {
        if (left < middle && (right >= end || from[left]! <= from[right]!)) {
          to[out] = from[left++]!;
        } else {
          count += middle - left;
          to[out] = from[right++]!;
        }
      }
    }
    [from, to] = [to, from];
  }
  return count;
}
