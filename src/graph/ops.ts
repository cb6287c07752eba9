// The functions that build symbolic tensors: one per primitive, and a few short compositions of them.
// Real operands may be plain numbers; elementwise operands broadcast as in NumPy.
import { type Shape, sameShape, type Window } from './shape.js';
import { type Conv, make, type Tensor } from './tensor.js';

/** A tensor, or a number that stands for a scalar. */
export type Operand = Tensor | number;

const lift = (x: Operand): Tensor => (typeof x === 'number' ? fill(x) : x);

/** A named input of a program. */
export const input = (name: string, shape: Shape): Tensor => make('input', [], { name, shape });
/** Given numbers, row-major. `label` names them in printed programs. */
export const constant = (data: Float32Array, shape: Shape, label?: string): Tensor =>
  make('constant', [], label === undefined ? { data, shape } : { data, shape, label });
/** One number everywhere; a scalar unless a shape is given. */
export const fill = (value: number, shape: Shape = []): Tensor =>
  make('fill', [], { value, shape });

export const neg = (x: Tensor): Tensor => make('neg', [x], {});
export const exp = (x: Tensor): Tensor => make('exp', [x], {});
export const log = (x: Tensor): Tensor => make('log', [x], {});
export const sqrt = (x: Tensor): Tensor => make('sqrt', [x], {});
/** |x|, with derivative 0 at 0. */
export const abs = (x: Tensor): Tensor => make('abs', [x], {});
/** −1, 0 or 1; its derivative is 0 everywhere. */
export const sign = (x: Tensor): Tensor => make('sign', [x], {});
/** max(x, 0), with derivative 0 at 0. */
export const relu = (x: Tensor): Tensor => make('relu', [x], {});
export const sigmoid = (x: Tensor): Tensor => make('sigmoid', [x], {});
/** The error function, 2/√π ∫₀ˣ exp(−t²) dt. */
export const erf = (x: Tensor): Tensor => make('erf', [x], {});
/** log(1 + exp(x)). */
export const softplus = (x: Tensor): Tensor => make('softplus', [x], {});
/** x itself, which derivatives take for a constant. */
export const detach = (x: Tensor): Tensor => make('detach', [x], {});

export const add = (a: Operand, b: Operand): Tensor => make('add', [lift(a), lift(b)], {});
export const sub = (a: Operand, b: Operand): Tensor => make('sub', [lift(a), lift(b)], {});
export const mul = (a: Operand, b: Operand): Tensor => make('mul', [lift(a), lift(b)], {});
export const div = (a: Operand, b: Operand): Tensor => make('div', [lift(a), lift(b)], {});
/** d·σ(u): the derivative of softplus at u applied to d, linear in d. */
export const gate = (d: Operand, u: Operand): Tensor => make('gate', [lift(d), lift(u)], {});
/** Truth of a > b. */
export const greater = (a: Operand, b: Operand): Tensor => make('greater', [lift(a), lift(b)], {});
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  make('where', [condition, lift(a), lift(b)], {});

/** Sum over axes (all by default), which stay with size 1. */
export const sum = (x: Tensor, axes: readonly number[] = x.shape.map((_, i) => i)): Tensor =>
  make('sum', [x], { axes });
/** Mean over axes (all by default), which stay with size 1. */
export const mean = (x: Tensor, axes: readonly number[] = x.shape.map((_, i) => i)): Tensor =>
  mul(sum(x, axes), 1 / axes.reduce((n, a) => n * x.shape[a]!, 1));
export const broadcast = (x: Tensor, shape: Shape): Tensor => make('broadcast', [x], { shape });
export const reshape = (x: Tensor, shape: Shape): Tensor => make('reshape', [x], { shape });
export const transpose = (x: Tensor, permutation: readonly number[]): Tensor =>
  make('transpose', [x], { permutation });
export const concat = (parts: readonly Tensor[], axis: number): Tensor =>
  make('concat', parts, { axis });
/** The part from `starts` (inclusive) to `ends` (exclusive), every `steps`-th element; one of each per axis. */
export const slice = (
  x: Tensor,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): Tensor => make('slice', [x], { starts, ends, steps });
/** Zeros of the given shape with x laid into them from `starts`, every `steps`-th element: the adjoint of `slice`. */
export const embed = (
  x: Tensor,
  starts: readonly number[],
  steps: readonly number[],
  shape: Shape,
): Tensor => make('embed', [x], { starts, steps, shape });

/** Matrix product of matrices, or of batches of them; either operand transposed in its last two axes on request. */
export const matmul = (
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false } = {},
): Tensor => make('matmul', [a, b], { transposeA, transposeB });

/** One group has no attribute, so that equal convolutions are equal nodes. */
const convolution = ({ stride, pads, groups = 1 }: Conv): Conv => ({
  ...{ stride, pads },
  ...(groups === 1 ? {} : { groups }),
});
/**
 * Cross-correlation of x [N,C,H,W] with filters w [O,C,kh,kw] and an optional bias [O]; with groups, of each of them apart
 * with filters w [O,C/groups,kh,kw].
 */
export const conv2d = (x: Tensor, w: Tensor, b: Tensor | undefined, options: Conv): Tensor =>
  make('conv2d', b === undefined ? [x, w] : [x, w, b], convolution(options));
/** The adjoint of `conv2d` in x: from g [N,O,H',W'] back to `shape` [N,C,H,W]. */
export const conv2dInputGrad = (g: Tensor, w: Tensor, shape: Shape, options: Conv): Tensor =>
  make('conv2dInputGrad', [g, w], { shape, ...convolution(options) });
/** The adjoint of `conv2d` in w: from x and g to `shape` [O,C,kh,kw], [O,C/groups,kh,kw] with groups. */
export const conv2dFilterGrad = (x: Tensor, g: Tensor, shape: Shape, options: Conv): Tensor =>
  make('conv2dFilterGrad', [x, g], { shape, ...convolution(options) });

/** Largest value under each window; padding never wins. */
export const maxPool = (x: Tensor, { kernel, stride, pads }: Window): Tensor =>
  make('maxPool', [x], { kernel, stride, pads });
/** Where in its plane (row·W + column) each window's winner stands; of equal values the first in row-major order. */
export const maxPoolIndex = (x: Tensor, { kernel, stride, pads }: Window): Tensor =>
  make('maxPoolIndex', [x], { kernel, stride, pads });
/** The values of each plane of x [N,C,H,W] at flat indices [N,C,H',W']. */
export const gatherPlane = (x: Tensor, index: Tensor): Tensor =>
  make('gatherPlane', [x, index], {});
/** Adds the values g [N,C,H',W'] into planes of zeros at flat indices: the adjoint of `gatherPlane`. */
export const scatterPlane = (g: Tensor, index: Tensor, height: number, width: number): Tensor =>
  make('scatterPlane', [g, index], { height, width });

/** The mean under each window, padding counted as zeros. */
export const averagePool = (x: Tensor, { kernel, stride, pads }: Window): Tensor =>
  make('averagePool', [x], { kernel, stride, pads });
/** Spreads every value over its window in equal parts, in planes of the given shape: the adjoint of `averagePool`. */
export const averagePoolInputGrad = (
  g: Tensor,
  shape: Shape,
  { kernel, stride, pads }: Window,
): Tensor => make('averagePoolInputGrad', [g], { shape, kernel, stride, pads });

/** Sums what broadcasting had spread, so that the result has `shape` again: the adjoint of broadcasting. */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  const axes = g.shape.flatMap((d, i) =>
    i < lead || (shape[i - lead] === 1 && d !== 1) ? [i] : [],
  );
  const summed = axes.length > 0 ? sum(g, axes) : g;
  return lead > 0 ? reshape(summed, shape) : summed;
}
