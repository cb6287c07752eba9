// Constants of a model: weights, and the numbers by which exporters compute shapes.
import { type Shape, sizeOf } from '../graph/shape.js';

/** What the numbers are. Floating point of any width is computed in float32; whole numbers are exact to 2⁵³. */
export type NumberType = 'float' | 'int' | 'bool';

export interface Constant {
  readonly shape: Shape;
  readonly type: NumberType;
  readonly data: Float32Array | Float64Array;
}

/** Most numbers of a constant that is computed. */
const MOST = 2 ** 28;

/** What cannot be computed, or has no derivative: the reason, without the node. */
export class Refusal extends Error {}

/** Throws a Refusal for a constant that would be too large. */
export function requireSize(shape: Shape): void {
  if (!(sizeOf(shape) <= MOST)) throw new Refusal(`makes a constant of shape [${shape}]`);
}

export const ints = (values: readonly number[], shape: Shape = [values.length]): Constant => ({
  shape,
  type: 'int',
  data: Float64Array.from(values),
});

/** A constant of a type, from numbers. */
export const numbers = (
  type: NumberType,
  shape: Shape,
  of: ArrayLike<number> | Iterable<number>,
): Constant => ({
  shape,
  type,
  data:
    type === 'float'
      ? Float32Array.from(of as Iterable<number>)
      : Float64Array.from(of as Iterable<number>),
});

/** Room for a constant of a type and shape. */
export function empty(
  type: NumberType,
  shape: Shape,
): Constant & { data: Float32Array | Float64Array } {
  requireSize(shape);
  const size = sizeOf(shape);
  return { shape, type, data: type === 'float' ? new Float32Array(size) : new Float64Array(size) };
}

/** The numbers of a constant as a list. */
export const listOf = ({ data }: Constant): number[] => [...data];

/** The only number of a constant; throws a Refusal where there are more. */
export function numberOf({ data }: Constant): number {
  if (data.length !== 1) throw new Refusal(`needs one number, not ${data.length}`);
  return data[0]!;
}

/** A constant as float32. */
export const floatsOf = ({ data }: Constant): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);
