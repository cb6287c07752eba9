// The k most salient pixels of a map, and how many of them two maps share: the measure of Ghorbani et
// al. 2019 that the top-k attack drives down. Selection is by a threshold, not by sorting, because an
// attack asks at every iteration: quickselect among the values above a bound taken from a sample.
// Ties go to the lower index; NaN ranks below everything else.

import { UserError } from '../errors.js';
import type { Values } from './values.js';

const SAMPLE_STRIDE = 16;

/** The k most salient pixels of one map, kept to be compared with many others. */
export interface TopKSet {
  readonly k: number;
  /** One entry per pixel: 1 for the k members, 0 for the rest. */
  readonly members: Uint8Array;
}

/**
 * Indices of the k largest values in O(n) expected time.
 * @param map n values
 * @param k 1..n
 * @returns k indices, ascending by index
 * @throws UserError where k is not a whole number from 1 to n
 */
export function topK(map: Values, k: number): Int32Array {
  const n = map.length;
  if (!Number.isInteger(k) || k < 1 || k > n) {
    throw new UserError(`k: ${k}, expected a whole number from 1 to ${n}, the size of the map`);
  }
  let candidates = valuesFrom(sampledBound(map, k), map);
  if (candidates.length < k) candidates = valuesFrom(Number.NEGATIVE_INFINITY, map);
  const missing = Math.max(0, k - candidates.length);
  const threshold = missing > 0 ? Number.NEGATIVE_INFINITY : kthLargest(candidates, k);
  let above = 0;
  for (let i = 0; i < candidates.length; i++) if (candidates[i]! > threshold) above++;

  let ties = k - missing - above;
  let fillers = missing;
  const indices = new Int32Array(k);
  let taken = 0;
  for (let i = 0; i < n; i++) {
    const value = map[i]!;
    const chosen =
      value > threshold ||
      (value === threshold && ties-- > 0) ||
      (Number.isNaN(value) && fillers-- > 0);
    if (chosen) indices[taken++] = i;
  }
  return indices;
}

/** The k most salient pixels of `map` as a set; conditions and errors of {@link topK}. */
export function topKSet(map: Values, k: number): TopKSet {
  const members = new Uint8Array(map.length);
  for (const index of topK(map, k)) members[index] = 1;
  return { k, members };
}

/** |B ∩ B'|/k in [0, 1] of a reference set B and the k most salient pixels B' of `map`. */
export function topKIntersectionWith(reference: TopKSet, map: Values): number {
  const { k, members } = reference;
  if (members.length !== map.length) {
    throw new Error(`a set over ${members.length} pixels meets a map of ${map.length}`);
  }
  let shared = 0;
  for (const index of topK(map, k)) shared += members[index]!;
  return shared / k;
}

/** |B ∩ B'|/k in [0, 1] of the k most salient pixels of two maps of n values; errors of {@link topK}. */
export function topKIntersection(a: Values, b: Values, k: number): number {
  return topKIntersectionWith(topKSet(a, k), b);
}

/**
 * A value that probably a little more than k of the map reach, from a sample of it: -Infinity where
 * the sample is too small to tell. It only saves time, whichever value it is.
 */
function sampledBound(map: Values, k: number): number {
  const sample = new Float64Array(Math.ceil(map.length / SAMPLE_STRIDE));
  let size = 0;
  for (let i = 0; i < map.length; i += SAMPLE_STRIDE) {
    const value = map[i]!;
    if (!Number.isNaN(value)) sample[size++] = value;
  }
  const rank = Math.ceil((1.25 * k) / SAMPLE_STRIDE) + 8;
  return rank < size ? kthLargest(sample.subarray(0, size), rank) : Number.NEGATIVE_INFINITY;
}

/** The values of the map that are at least `bound`, NaN left out. */
function valuesFrom(bound: number, map: Values): Float64Array {
  const values = new Float64Array(map.length);
  let count = 0;
  for (let i = 0; i < map.length; i++) {
    const value = map[i]!;
    if (value >= bound) values[count++] = value;
  }
  return values.subarray(0, count);
}

/** The k-th largest of `values` (Hoare's FIND with random pivots), which are permuted; no NaN. */
function kthLargest(values: Float64Array, k: number): number {
  const target = values.length - k;
  let low = 0;
  let high = values.length - 1;
  let random = 1;
  while (low < high) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const pivot = values[low + (random % (high - low + 1))]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i <= j) {
        const swapped = values[i]!;
        values[i++] = values[j]!;
        values[j--] = swapped;
      }
    }
    if (target <= j) high = j;
    else if (target >= i) low = i;
    else return pivot;
  }
  return values[target]!;
}
