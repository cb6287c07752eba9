import { expect, test } from 'vitest';
import { stableOrder } from './order.js';
import { draw } from './testing/golden.js';
import type { Values } from './values.js';

function sortedIndices(values: Values): number[] {
  return Array.from(values.keys()).sort((i, j) => values[i]! - values[j]! || i - j);
}

const awkward = Float64Array.of(
  0,
  -0,
  5e-324,
  -5e-324,
  1,
  -1,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1 + Number.EPSILON,
  1,
  -1 - Number.EPSILON,
  0,
  -1e300,
  1e300,
  -0,
);

test.each([
  ['signs, zeros, subnormals and infinities', awkward],
  ['the same in float32', Float32Array.from(awkward)],
  ['float64 with ties', draw(3, 3000).map((d) => ((d % 100) - 50) / 3)],
  ['float32 with ties', Float32Array.from(draw(3, 3000), (d) => ((d % 100) - 50) / 3)],
  ['a constant', new Float64Array(7).fill(0.1)],
  ['nothing', new Float64Array(0)],
])('orders like a stable comparison sort: %s', (_, values) => {
  expect(Array.from(stableOrder(values))).toEqual(sortedIndices(values));
});

test('a second order keeps the first among equal values', () => {
  const x = Float64Array.of(1, 0, 1, 0, 1);
  const y = Float32Array.of(3, 9, 1, 8, 2);
  expect(Array.from(stableOrder(x, stableOrder(y)))).toEqual([3, 1, 2, 4, 0]);
});

test('the order started from is left as it was', () => {
  const initial = Uint32Array.of(2, 1, 0);
  expect(Array.from(stableOrder(Float64Array.of(1, 2, 3), initial))).toEqual([0, 1, 2]);
  expect(Array.from(initial)).toEqual([2, 1, 0]);
});
