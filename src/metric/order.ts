// The permutation that sorts an array ascending and keeps equal values in their order: the ground of
// every rank metric. It is a least-significant-digit radix sort on the bit patterns of the floats,
// several times faster than a comparison sort of indices at the size of a saliency map, which
// counts where a rank correlation is taken at every iteration of an attack.

import type { Values } from './values.js';

const DIGIT_BITS = [11, 11, 10];
const HIGH_WORD = new Uint32Array(new Float64Array([1]).buffer)[0] === 0 ? 1 : 0;

/**
 * Indices of `values` in ascending order of value; -0 equals 0, and equal values keep the order they
 * have in `initial`, so that ordering by y and then by x from there sorts by x, ties by y.
 * @param values n values, none of them NaN
 * @param initial permutation to start from, not modified; default 0..n-1
 * @returns n indices
 */
export function stableOrder(values: Values, initial?: Uint32Array): Uint32Array {
  let order = initial?.slice() ?? new Uint32Array(values.length);
  if (!initial) for (let i = 0; i < order.length; i++) order[i] = i;
  let spare = new Uint32Array(values.length);
  for (const word of sortableWords(values)) {
    let shift = 0;
    for (const bits of DIGIT_BITS) {
      if (sortByDigit(word, shift, bits, order, spare)) [order, spare] = [spare, order];
      shift += bits;
    }
  }
  return order;
}

/** Unsigned words, the least significant first, that compare as the floats do. */
function sortableWords(values: Values): Uint32Array[] {
  const n = values.length;
  const copy = values.slice();
  // Adding 0 turns -0 into 0, whose bits would differ otherwise.
  for (let i = 0; i < n; i++) copy[i]! += 0;
  const bits = new Uint32Array(copy.buffer);
  const high = new Uint32Array(n);
  if (copy instanceof Float32Array) {
    for (let i = 0; i < n; i++) {
      const word = bits[i]!;
      high[i] = word >>> 31 ? ~word : word | 0x80000000;
    }
    return [high];
  }
  const low = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const h = bits[2 * i + HIGH_WORD]!;
    const l = bits[2 * i + 1 - HIGH_WORD]!;
    low[i] = h >>> 31 ? ~l : l;
    high[i] = h >>> 31 ? ~h : h | 0x80000000;
  }
  return [low, high];
}

/** Sorts `from` into `to` by one digit of the words; false, with `to` untouched, where all digits agree. */
function sortByDigit(
  words: Uint32Array,
  shift: number,
  bits: number,
  from: Uint32Array,
  to: Uint32Array,
): boolean {
  const n = words.length;
  const mask = (1 << bits) - 1;
  const next = new Uint32Array(1 << bits);
  for (let i = 0; i < n; i++) next[(words[i]! >>> shift) & mask]!++;
  let start = 0;
  for (let digit = 0; digit <= mask; digit++) {
    const count = next[digit]!;
    if (count === n) return false;
    next[digit] = start;
    start += count;
  }
  for (let i = 0; i < n; i++) {
    const index = from[i]!;
    to[next[(words[index]! >>> shift) & mask]!++] = index;
  }
  return true;
}
