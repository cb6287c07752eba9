// Linear primitives and their transposes, against each other.
import { describe, expect, it } from 'vitest';
import * as g from '../../graph/index.js';
import type { Window } from '../../graph/shape.js';
import { values } from '../../testing/cases.js';
import { expectClose } from '../../testing/float64.js';
import { evaluate } from './testing/loops.js';

const { input } = g;

describe('⟨Ax, y⟩ = ⟨x, Aᵀy⟩', () => {
  const fixed = (shape: g.Shape) => g.constant(values(shape, `fixed ${shape}`), shape);
  const window: Window = { kernel: [3, 2], stride: [2, 3], pads: [1, 0, 2, 1] };
  const image = [2, 3, 6, 7];
  const filters = [4, 3, 3, 2];
  const index = g.maxPoolIndex(fixed(image), window);
  interface Pair {
    readonly of: g.Shape;
    readonly a: (x: g.Tensor) => g.Tensor;
    readonly adjoint: (y: g.Tensor) => g.Tensor;
  }
  it.each<[string, Pair]>([
    [
      'sum, broadcast',
      { of: [2, 3, 4], a: (x) => g.sum(x, [0, 2]), adjoint: (y) => g.broadcast(y, [2, 3, 4]) },
    ],
    [
      'mean over planes, an even share for every pixel',
      {
        of: image,
        a: (x) => g.mean(x, [2, 3]),
        adjoint: (y) => g.mul(g.broadcast(y, image), 1 / 42),
      },
    ],
    [
      'broadcasting, sumTo',
      { of: [3, 1], a: (x) => g.broadcast(x, [2, 3, 4]), adjoint: (y) => g.sumTo(y, [3, 1]) },
    ],
    [
      'transpose, the inverse permutation',
      {
        of: [2, 3, 4],
        a: (x) => g.transpose(x, [1, 2, 0]),
        adjoint: (y) => g.transpose(y, [2, 0, 1]),
      },
    ],
    [
      'slice, embed',
      {
        of: [5, 7],
        a: (x) => g.slice(x, [1, 2], [5, 7], [2, 3]),
        adjoint: (y) => g.embed(y, [1, 2], [2, 3], [5, 7]),
      },
    ],
    [
      'concat, slices added',
      {
        of: [2, 3],
        a: (x) => g.concat([x, g.neg(x)], 1),
        adjoint: (y) => g.sub(g.slice(y, [0, 0], [2, 3]), g.slice(y, [0, 3], [2, 6])),
      },
    ],
    [
      'matmul in its first operand',
      {
        of: [3, 5],
        a: (x) => g.matmul(x, fixed([5, 4])),
        adjoint: (y) => g.matmul(y, fixed([5, 4]), { transposeB: true }),
      },
    ],
    [
      'matmul in its second operand',
      {
        of: [2, 5, 4],
        a: (x) => g.matmul(fixed([2, 3, 5]), x),
        adjoint: (y) => g.matmul(fixed([2, 3, 5]), y, { transposeA: true }),
      },
    ],
    [
      'conv2d, conv2dInputGrad',
      {
        of: image,
        a: (x) => g.conv2d(x, fixed(filters), undefined, window),
        adjoint: (y) => g.conv2dInputGrad(y, fixed(filters), image, window),
      },
    ],
    [
      'conv2d in its filters, conv2dFilterGrad',
      {
        of: filters,
        a: (w) => g.conv2d(fixed(image), w, undefined, window),
        adjoint: (y) => g.conv2dFilterGrad(fixed(image), y, filters, window),
      },
    ],
    [
      'gatherPlane, scatterPlane',
      {
        of: image,
        a: (x) => g.gatherPlane(x, index),
        adjoint: (y) => g.scatterPlane(y, index, 6, 7),
      },
    ],
    [
      'averagePool, averagePoolInputGrad',
      {
        of: image,
        a: (x) => g.averagePool(x, window),
        adjoint: (y) => g.averagePoolInputGrad(y, image, window),
      },
    ],
    [
      'gate in what it lets through, itself',
      {
        of: [2, 3],
        a: (x) => g.gate(x, fixed([2, 3])),
        adjoint: (y) => g.gate(y, fixed([2, 3])),
      },
    ],
  ])('%s', (_, { of, a, adjoint }) => {
    const ax = a(input('x', of));
    const aty = adjoint(input('y', ax.shape));
    const [x, y] = [values(of, 'x'), values(ax.shape, 'y')];
    const dot = (p: ArrayLike<number>, q: ArrayLike<number>) =>
      Array.from(p).reduce((s, v, i) => s + v * q[i]!, 0);
    expect(aty.shape).toEqual(of);
    expectClose([dot(evaluate(ax, { x }), y)], [dot(x, evaluate(aty, { y }))], 1e-12);
  });
});
