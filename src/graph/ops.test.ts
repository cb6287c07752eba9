// The compositions of primitives that `ops.ts` adds: numbers as operands, means, and the adjoint of
// broadcasting.
import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient } from './derivative.js';
import {
  broadcast,
  div,
  greater,
  input,
  mean,
  mul,
  reshape,
  sub,
  sum,
  sumTo,
  where,
} from './ops.js';
import { program } from './program.js';
import type { Tensor } from './tensor.js';

const run = (y: Tensor, x: readonly number[]) => [...interpret(program({ y }), { x }).y!];

it('numbers stand for scalars on either side', () => {
  const x = input('x', [2]);
  expect(run(sub(1, x), [3, 5])).toEqual([-2, -4]);
  expect(run(div(x, 2), [3, 5])).toEqual([1.5, 2.5]);
  expect(run(where(greater(x, 4), 7, x), [3, 5])).toEqual([3, 7]);
});

it('the mean of some axes, and of all', () => {
  const x = input('x', [2, 3]);
  expect(run(mean(x, [0]), [1, 2, 3, 5, 6, 7])).toEqual([3, 4, 5]);
  expect(run(mean(x), [1, 2, 3, 5, 6, 7])).toEqual([4]);
});

it('a 2×2 average pool from reshape and mean gives each pixel a quarter back', () => {
  const x = input('x', [1, 1, 4, 4]);
  const pooled = mean(reshape(x, [1, 1, 2, 2, 2, 2]), [3, 5]);
  const plane = Array.from({ length: 16 }, (_, i) => i);
  expect(run(pooled, plane)).toEqual([2.5, 4.5, 10.5, 12.5]);
  const weighted = sum(mul(reshape(pooled, [4]), input('w', [4])));
  const { d } = interpret(program({ d: gradient(weighted, [x])[0]! }), { w: [4, 8, 12, 16] });
  expect([...d!]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
});

describe('sumTo collects what broadcasting spread', () => {
  // every element of the sum counts how often its own was read
  it.each([
    [[2, 3], [2, 3], 1],
    [[3], [2, 3], 2],
    [[2, 1], [2, 3], 3],
    [[1, 3], [2, 3], 2],
    [[], [2, 3], 6],
    [[1, 1], [4, 2, 3], 24],
    [[3, 1], [4, 3, 2], 8],
    [[1], [1, 1], 1],
  ])('%j from %j', (shape, spread, times) => {
    const x = input('x', shape);
    const back = sumTo(broadcast(x, spread), shape);
    expect(back.shape).toEqual(shape);
    const at = Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => i + 1);
    expect(run(back, at)).toEqual(at.map((v) => v * times));
  });
});
