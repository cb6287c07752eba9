// Where the elements of a rearranged value come from, for constants and for values that are computed alike.
import { type Shape, sizeOf, stridesOf } from '../graph/shape.js';
import { type Constant, listOf, Refusal, requireSize } from './constant.js';
import {
  axesOf,
  axisOf,
  constantAt,
  type Invocation,
  listAttribute,
  numberAttribute,
} from './value.js';

/** A shape, and for each of its elements the place of the operand's element that stands there; −1 for zero. */
export interface Arrangement {
  readonly shape: Shape;
  readonly from: Float64Array;
}

/** Elements that are where a function of their place along each axis says. */
function arrangement(
  shape: Shape,
  own: Shape,
  along: (axis: number, at: number) => number,
): Arrangement {
  requireSize(shape);
  const strides = stridesOf(own);
  const offsets = shape.map((d, axis) =>
    Array.from({ length: d }, (_, at) => along(axis, at) * strides[axis]!),
  );
  const outer = stridesOf(shape);
  const from = Float64Array.from({ length: sizeOf(shape) }, (_, n) =>
    offsets.reduce(
      (place, list, axis) => place + list[Math.floor(n / outer[axis]!) % shape[axis]!]!,
      0,
    ),
  );
  return { shape, from };
}

/** The axes in another order. */
export function permuted(shape: Shape, permutation: readonly number[]): Arrangement {
  const strides = stridesOf(shape);
  const out = permutation.map((axis) => shape[axis]!);
  const steps = permutation.map((axis) => strides[axis]!);
  const outer = stridesOf(out);
  const from = Float64Array.from({ length: sizeOf(out) }, (_, n) =>
    steps.reduce(
      (place, step, axis) => place + (Math.floor(n / outer[axis]!) % out[axis]!) * step,
      0,
    ),
  );
  return { shape: out, from };
}

/** A part: of each axis from its start, in steps, until before its end. */
export const sliced = (
  shape: Shape,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[],
): Arrangement =>
  arrangement(
    shape.map((_, axis) => Math.max(0, Math.ceil((ends[axis]! - starts[axis]!) / steps[axis]!))),
    shape,
    (axis, at) => starts[axis]! + at * steps[axis]!,
  );

/** The parts of an axis at indices, in the place of that axis. */
export function elementsOf(shape: Shape, axis: number, indices: Constant): Arrangement {
  const size = shape[axis]!;
  const at = listOf(indices).map((index) => (index < 0 ? index + size : index));
  const odd = at.find((index) => !(Number.isInteger(index) && index >= 0 && index < size));
  if (odd !== undefined) throw new Refusal(`has an index ${odd} of an axis of ${size}`);
  const picked = arrangement(
    shape.map((d, a) => (a === axis ? at.length : d)),
    shape,
    (a, n) => (a === axis ? at[n]! : n),
  );
  return {
    ...picked,
    shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)],
  };
}

/** The shape that Reshape, Flatten, Squeeze and Unsqueeze give. */
export function reshapedTo(i: Invocation, shape: Shape): Shape {
  const rank = shape.length;
  switch (i.op) {
    case 'Flatten': {
      const axis = numberAttribute(i, 'axis') ?? 1;
      const at = axis === rank ? rank : axisOf(axis, rank);
      return [sizeOf(shape.slice(0, at)), sizeOf(shape.slice(at))];
    }
    case 'Squeeze': {
      const axes = axesOf(i, 1, rank) ?? shape.flatMap((d, axis) => (d === 1 ? [axis] : []));
      return shape.filter((_, axis) => !axes.includes(axis));
    }
    case 'Unsqueeze': {
      const given = [
        ...(i.inputs[1] ? constantAt(i, 1, 'axes').data : (listAttribute(i, 'axes') ?? [])),
      ];
      const whole = rank + given.length;
      const axes = given.map((axis) => axisOf(axis, whole));
      const rest = [...shape];
      return Array.from({ length: whole }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!));
    }
    default: {
      const given = i.inputs[1]
        ? listOf(constantAt(i, 1, 'sizes'))
        : (listAttribute(i, 'shape') ?? []);
      const zeros = numberAttribute(i, 'allowzero') === 1;
      const sizes = given.map((d, axis) => (d === 0 && !zeros ? shape[axis]! : d));
      const known = sizes.filter((d) => d !== -1).reduce((n, d) => n * d, 1);
      const out = sizes.map((d) => (d === -1 ? sizeOf(shape) / known : d));
      if (sizeOf(out) !== sizeOf(shape)) throw new Refusal(`makes [${given}] of [${shape}]`);
      return out;
    }
  }
}
