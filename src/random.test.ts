// Published results depend on these draws: the literals below come from a separate program of SHA-256 and
// xoroshiro128+ (Blackman and Vigna, shifts 24, 16, 37) and must never change. The statistical bounds are
// those of p = 1e-4 or five standard deviations; draws are fixed, so they hold always or never.
import { describe, expect, it } from 'vitest';
import { keyedRandom, permutation, type Random } from './random.js';

const key = [1, 'cat.png', 'top-k', 8, 'perturbation'] as const;

const draws = <T>(n: number, draw: () => T): T[] => Array.from({ length: n }, draw);
const start = (...k: readonly (string | number)[]) => draws(4, keyedRandom(...k).uniform);
const mean = (x: readonly number[]) => x.reduce((sum, v) => sum + v, 0) / x.length;

/** χ² of how often each of n equally likely outcomes was drawn. */
function chiSquare(outcomes: readonly number[], n: number): number {
  const expected = outcomes.length / n;
  const counts = Array<number>(n).fill(0);
  for (const outcome of outcomes) counts[outcome]!++;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The next 32 signs as the bits of a number, the first the lowest. */
const word = (random: Random) =>
  draws(32, random.sign).reduce((sum, sign, i) => sum + (sign === 1 ? 2 ** i : 0), 0);

describe('the draws of a key', () => {
  it('are for good', () => {
    const uniform = keyedRandom(...key);
    expect([uniform.uniform(), uniform.uniform()]).toEqual([
      0.7086384299458505, 0.3420614839212016,
    ]);
    const signs = keyedRandom(...key);
    expect([word(signs), word(signs)]).toEqual([0xfed5a550, 0x3029cc83]);
    const whole = keyedRandom(...key);
    expect(draws(3, () => whole.below(1000))).toEqual([704, 347, 821]);
    expect(permutation(10, keyedRandom(...key))).toEqual([0, 2, 7, 3, 1, 9, 8, 5, 6, 4]);
  });

  it('depend on nothing else', () => {
    const [mine, other] = [keyedRandom(...key), keyedRandom('another')];
    const between = draws(4, () => {
      other.uniform();
      other.sign();
      return mine.uniform();
    });
    expect(between).toEqual(start(...key));
  });

  it.each([
    [['ab', 'c'], ['a', 'bc'], ['abc']],
    [['a', 'b'], ['a,b']],
    [['a","b'], ['a', 'b']],
    [['a\n', 'b'], ['a', '\nb'], ['a\nb']],
    [[1, 2], [12], [2, 1], [1.2], [1, 2, '']],
    [[1], ['1'], ['[1]'], ['"1"']],
    [[], [''], ['', '']],
    [['\u00e9'], ['e\u0301'], ['\u00c3\u00a9']],
    [
      ['image', 0.5],
      ['image', 0.25],
      ['image', 1],
      ['Image', 0.5],
    ],
  ])('are others for other keys: %j, %j, …', (...keys) => {
    const starts = keys.flatMap((k) => start(...k));
    expect(new Set(starts).size).toBe(starts.length);
  });
});

describe('uniform', () => {
  const n = 40_000;
  const values = draws(n, keyedRandom('uniform').uniform);

  it('lies in [0, 1), everywhere alike', () => {
    expect(values.every((v) => v >= 0 && v < 1)).toBe(true);
    const bins = values.map((v) => Math.floor(16 * v));
    expect(chiSquare(bins, 16)).toBeLessThan(44.3);
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    const square = mean(values.map((v) => (v - 1 / 2) ** 2));
    expect(Math.abs(square - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
  });

  it('does not show the last draw in the next', () => {
    const products = values.slice(1).map((v, i) => (v - 1 / 2) * (values[i]! - 1 / 2));
    expect(Math.abs(mean(products))).toBeLessThan(5 / 12 / Math.sqrt(n - 1));
  });

  it('has 53 random bits', () => {
    const ones = Array<number>(53).fill(0);
    for (const value of values)
      for (let bit = 0, rest = value; bit < 53; bit++) {
        rest *= 2;
        if (rest >= 1) ones[bit]!++;
        rest %= 1;
      }
    for (const count of ones) expect(Math.abs(count - n / 2)).toBeLessThan(5 * Math.sqrt(n / 4));
    expect(values.every((v) => Number.isInteger(v * 2 ** 53))).toBe(true);
  });
});

describe('sign', () => {
  const n = 4000;
  const random = keyedRandom('sign');
  const words = draws(n, () => draws(32, random.sign));
  const bound = 5 * Math.sqrt(n);
  const places = Array.from({ length: 32 }, (_, i) => i);

  it('is −1 or 1, as often at each of the 32 places of a word', () => {
    expect(new Set(words.flat())).toEqual(new Set([-1, 1]));
    for (const i of places)
      expect(Math.abs(words.reduce((sum, w) => sum + w[i]!, 0))).toBeLessThan(bound);
  });

  it('shows no place of a word in another, nor in the next word', () => {
    for (const i of places)
      for (const j of places) {
        if (i < j)
          expect(Math.abs(words.reduce((sum, w) => sum + w[i]! * w[j]!, 0))).toBeLessThan(bound);
        const next = words.slice(1).reduce((sum, w, at) => sum + words[at]![i]! * w[j]!, 0);
        expect(Math.abs(next)).toBeLessThan(bound);
      }
  });
});

describe('below', () => {
  it.each([
    [1, 1e-9],
    [2, 15.2],
    [7, 27.9],
    [10, 33.8],
    [1000, 1178],
  ])('gives all whole numbers from 0 to %i − 1 alike', (n, bound) => {
    const random = keyedRandom('below', n);
    const values = draws(20_000, () => random.below(n));
    expect(values.every((v) => Number.isInteger(v) && v >= 0 && v < n)).toBe(true);
    expect(chiSquare(values, n)).toBeLessThan(bound);
  });

  it('has no bias where 32 bits do not divide evenly', () => {
    const random = keyedRandom('below', 'bias');
    // the remainder of 32 bits would fall into the first third half of the time
    const thirds = draws(3000, () => Math.floor(random.below(3 * 2 ** 30) / 2 ** 30));
    expect(chiSquare(thirds, 3)).toBeLessThan(18.5);
  });
});

describe('permutation', () => {
  it.each([0, 1, 2, 1000])('of %i holds every number once', (n) => {
    const order = permutation(n, keyedRandom('permutation', n));
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  it('gives all orders of three alike', () => {
    const random = keyedRandom('permutation');
    const orders = ['012', '021', '102', '120', '201', '210'];
    const outcomes = draws(6000, () => orders.indexOf(permutation(3, random).join('')));
    expect(chiSquare(outcomes, 6)).toBeLessThan(25.8);
  });
});
