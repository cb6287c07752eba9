// Steps that move elements about. Slicing and its adjoint are gathers and scatters of whole pieces of
// memory at fixed places, and spreading is an addition to zeros: in WebAssembly the kernels made for
// these things (StridedSlice, Slice, Tile) take ten to a hundred times as long. All shapes and axes are
// those of memory.
import * as tf from '@tensorflow/tfjs-core';
import { type Shape, sameShape, sizeOf } from '../../graph/shape.js';
import {
  movesNothing,
  type Part,
  piecesOf,
  rowMajorOrder,
  storageOrder,
  stored,
} from './layout.js';
import type { Plan, Slot } from './plan.js';

export const reshaped = (plan: Plan, x: Slot, shape: Shape): Slot =>
  sameShape(x.shape, shape) ? x : plan.step([x], shape, (t) => tf.reshape(t, [...shape]));

export function permuted(plan: Plan, x: Slot, permutation: readonly number[]): Slot {
  const shape = permutation.map((axis) => x.shape[axis]!);
  return movesNothing(x.shape, permutation)
    ? reshaped(plan, x, shape)
    : plan.step([x], shape, (t) => tf.transpose(t, [...permutation]));
}

/** Row-major numbers of a program's tensor brought into the order of memory. */
export const fromRowMajor = (plan: Plan, x: Slot): Slot =>
  permuted(plan, x, storageOrder(x.shape.length));

/** A program's tensor read as another of the program's shapes, as many ranks up or down as may be. */
export const reread = (plan: Plan, x: Slot, shape: Shape): Slot =>
  fromRowMajor(plan, reshaped(plan, permuted(plan, x, rowMajorOrder(x.shape.length)), shape));

/** A program's tensor with axes of size 1 before its own, so that it has the given rank. */
export const ofRank = (plan: Plan, x: Slot, rank: number): Slot => {
  if (x.shape.length === rank) return x;
  const shape = rowMajorOrder(x.shape.length).map((position) => x.shape[position]!);
  return reread(plan, x, [...new Array<number>(rank - shape.length).fill(1), ...shape]);
};

export const zeros = (plan: Plan, shape: Shape): Slot =>
  plan.once(`zeros ${shape}`, () => plan.constant(tf.zeros([...shape])));

/** x broadcast to a shape of the same rank. */
export const spread = (plan: Plan, x: Slot, shape: Shape): Slot =>
  sameShape(x.shape, shape) ? x : plan.step([x, zeros(plan, shape)], shape, tf.add);

/** Zeros, or another number, before and after x. */
export const padded = (
  plan: Plan,
  x: Slot,
  before: readonly number[],
  after: readonly number[],
  value = 0,
): Slot =>
  [...before, ...after].every((n) => n === 0)
    ? x
    : plan.step(
        [x],
        x.shape.map((d, i) => d + before[i]! + after[i]!),
        (t) =>
          tf.pad(
            t,
            before.map((n, i): [number, number] => [n, after[i]!]),
            value,
          ),
      );

function piecesIn(plan: Plan, shape: Shape, part: Part): { length: number; pieces: Slot } {
  const { length, pieces } = piecesOf(shape, part);
  const slot = plan.once(`pieces ${JSON.stringify([shape, part])}`, () =>
    plan.constant(tf.tensor(pieces, [pieces.length, 1], 'int32')),
  );
  return { length, pieces: slot };
}

/** A part of x. */
export function sliced(plan: Plan, x: Slot, part: Part): Slot {
  if (sameShape(x.shape, part.counts)) return x;
  const { length, pieces } = piecesIn(plan, x.shape, part);
  const rows = reshaped(plan, x, [sizeOf(x.shape) / length, length]);
  const count = sizeOf(part.counts) / length;
  const picked = plan.step([rows, pieces], [count, length], (t, at) =>
    tf.gatherND(t, at as tf.Tensor<tf.Rank.R2>),
  );
  return reshaped(plan, picked, part.counts);
}

/** Zeros of the given shape with x as a part of them. */
export function embedded(
  plan: Plan,
  x: Slot,
  shape: Shape,
  { starts, steps }: Pick<Part, 'starts' | 'steps'>,
): Slot {
  if (sameShape(x.shape, shape)) return x;
  const { length, pieces } = piecesIn(plan, shape, { starts, steps, counts: x.shape });
  const rows = reshaped(plan, x, [sizeOf(x.shape) / length, length]);
  const whole = [sizeOf(shape) / length, length] as const;
  const laid = plan.step([rows, pieces], whole, (t, at) =>
    tf.scatterND(at as tf.Tensor<tf.Rank.R2>, t, [...whole]),
  );
  return reshaped(plan, laid, shape);
}

/** The rows and columns of images [N,H,W,C] that a part of their planes takes. */
export const planePart = (
  [n, , , c]: Shape,
  starts: readonly [number, number],
  counts: readonly [number, number],
  steps: readonly [number, number] = [1, 1],
): Part => ({
  starts: stored([0, 0, ...starts]),
  counts: stored([n!, c!, ...counts]),
  steps: stored([1, 1, ...steps]),
});
