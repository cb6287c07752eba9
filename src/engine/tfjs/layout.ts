// How tensors lie in memory here: axes in their own order, but images with channels last, because
// TensorFlow's convolutions want N,H,W,C where programs say N,C,H,W. Whatever a program says about the
// axes of a tensor of rank 4 is translated by the functions of this file. Filters O,C,kh,kw are of
// rank 4 too and lie as O,kh,kw,C.
import { type Shape, sizeOf, stridesOf } from '../../graph/shape.js';

/** The axes of a tensor in the order in which they lie. */
export const storageOrder = (rank: number): readonly number[] =>
  rank === 4 ? [0, 2, 3, 1] : Array.from({ length: rank }, (_, i) => i);

/** Where an axis lies. */
export const positionOf = (axis: number, rank: number): number => storageOrder(rank).indexOf(axis);

/** One number per axis, such as a shape, in the order in which the axes lie. */
export const stored = (perAxis: readonly number[]): number[] =>
  storageOrder(perAxis.length).map((axis) => perAxis[axis]!);

/** The permutation that brings what lies in storage order into the order of the axes. */
export const rowMajorOrder = (rank: number): readonly number[] =>
  storageOrder(rank).map((_, axis) => positionOf(axis, rank));

/** Whether a permutation leaves all elements where they are, moving only axes of size 1. */
export function movesNothing(shape: Shape, permutation: readonly number[]): boolean {
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || moved[i - 1]! < axis);
}

/** Part of a tensor: along each axis `counts` elements from `starts`, every `steps`-th. */
export interface Part {
  readonly starts: readonly number[];
  readonly counts: readonly number[];
  readonly steps: readonly number[];
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** A part as pieces that lie in one run of memory: the length of a piece, and which pieces of the whole they are. */
export function piecesOf(
  shape: Shape,
  { starts, counts, steps }: Part,
): { readonly length: number; readonly pieces: Int32Array } {
  const strides = stridesOf(shape);
  const cut = shape.findLastIndex((size, axis) => counts[axis] !== size);
  if (cut < 0) return { length: sizeOf(shape), pieces: Int32Array.of(0) };
  // along the last axis that is cut, neighbors are taken together as far as they come in equal groups
  const group = steps[cut] === 1 ? divisor(shape[cut]!, divisor(starts[cut]!, counts[cut]!)) : 1;
  const length = strides[cut]! * group;
  let pieces = [0];
  for (let axis = 0; axis <= cut; axis++) {
    const size = axis === cut ? group : 1;
    const places = Array.from(
      { length: counts[axis]! / size },
      (_, i) => ((starts[axis]! + i * size * steps[axis]!) * strides[axis]!) / length,
    );
    pieces = pieces.flatMap((at) => places.map((place) => at + place));
  }
  return { length, pieces: Int32Array.from(pieces) };
}
