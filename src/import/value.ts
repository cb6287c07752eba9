// Values of a model while it is built from graph nodes: constants, and tensors that are computed from images. A model
// computes one image; the tensors here hold N, on an axis of their own before those of the model. So a model whose batch is
// fixed, or moves between axes as in attention, serves any number of images.
import { reshape, type Shape, type Tensor } from '../graph/index.js';
import { sizeOf } from '../graph/shape.js';
import type { Plane } from '../model/index.js';
import { type Constant, type NumberType, Refusal } from './constant.js';
import type { AttributeValue } from './model-file.js';

/** Values of N images. */
export interface Computed {
  /** [N, …plane], all values of an image in row-major order. */
  readonly tensor: Tensor;
  /** The shape that the model gives them for one image, its batch axis of one among them. */
  readonly shape: Shape;
  /** Truth values, which only choose between others, have no derivative. */
  readonly type: 'float' | 'bool';
}

export type Value = Constant | Computed;

export const isConstant = (value: Value): value is Constant => 'data' in value;

/** The plane in which the values of a shape are held: [C,1,1] or [C,H,W] behind a batch axis of one, and others alike. */
export function planeOf(shape: Shape): Plane {
  const [first, ...rest] = shape[0] === 1 ? shape.slice(1) : shape;
  if (first === undefined) return [1, 1, 1];
  const [second = 1, ...others] = rest;
  return [first, second, sizeOf(others)];
}

/** How many images a computed value holds. */
export const imagesOf = ({ tensor }: Computed): number => tensor.shape[0]!;

/** Values of images in any arrangement, held as planes. */
export const settled = (
  tensor: Tensor,
  shape: Shape,
  type: Computed['type'] = 'float',
): Computed => ({
  tensor: reshape(tensor, [tensorImages(tensor, shape), ...planeOf(shape)]),
  shape,
  type,
});
const tensorImages = (tensor: Tensor, shape: Shape): number => sizeOf(tensor.shape) / sizeOf(shape);

/** Values as a tensor with the axes that operators name. */
export interface Form {
  readonly tensor: Tensor;
  /** Where an axis of the model is in the tensor. */
  readonly axis: (axis: number) => number;
}

/**
 * A computed value as [N, …shape], or as [N, …rest] where the model's first axis is a batch of one that is left alone.
 * @param touched axes of the model that are not left alone
 */
export function formOf(value: Computed, touched: readonly number[]): Form {
  const { shape, tensor } = value;
  const images = imagesOf(value);
  return shape[0] === 1 && !touched.includes(0)
    ? { tensor: reshape(tensor, [images, ...shape.slice(1)]), axis: (axis) => axis }
    : { tensor: reshape(tensor, [images, ...shape]), axis: (axis) => axis + 1 };
}

/** A computed value as [N, …shape]. */
export const whole = (value: Computed): Tensor =>
  reshape(value.tensor, [imagesOf(value), ...value.shape]);

/** A node of a model, with the values it reads. */
export interface Invocation {
  readonly op: string;
  readonly opset: number;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** How many outputs it has. */
  readonly outputs: number;
}

/** A value that must be there. */
export function valueAt({ inputs }: Invocation, at: number): Value {
  const value = inputs[at];
  if (value === undefined) throw new Refusal(`has no input ${at + 1}`);
  return value;
}

/** A computed value that must be there. */
export function computedAt(invocation: Invocation, at: number): Computed {
  const value = valueAt(invocation, at);
  if (isConstant(value)) throw new Refusal(`has a constant as input ${at + 1}`);
  return value;
}

/** A constant that must be there, such as a shape or indices. */
export function constantAt(invocation: Invocation, at: number, what: string): Constant {
  const value = valueAt(invocation, at);
  if (!isConstant(value)) throw new Refusal(`has ${what} that are computed from the image`);
  return value;
}

/** The same where it may be absent. */
export const optionalConstant = (
  invocation: Invocation,
  at: number,
  what: string,
): Constant | undefined =>
  invocation.inputs[at] === undefined ? undefined : constantAt(invocation, at, what);

const attribute = <T extends AttributeValue>(
  { attributes }: Invocation,
  name: string,
  is: (value: AttributeValue) => value is T,
): T | undefined => {
  const value = attributes.get(name);
  if (value === undefined) return undefined;
  if (!is(value)) throw new Refusal(`has an attribute ${name} of another kind than its operator's`);
  return value;
};

const isNumber = (value: AttributeValue): value is number => typeof value === 'number';
const isWord = (value: AttributeValue): value is string => typeof value === 'string';
const isList = (value: AttributeValue): value is readonly number[] => Array.isArray(value);
const isTensor = (value: AttributeValue): value is Constant =>
  typeof value === 'object' && 'data' in value;

export const numberAttribute = (i: Invocation, name: string): number | undefined =>
  attribute(i, name, isNumber);
export const wordAttribute = (i: Invocation, name: string): string | undefined =>
  attribute(i, name, isWord);
export const listAttribute = (i: Invocation, name: string): readonly number[] | undefined =>
  attribute(i, name, isList);
export const tensorAttribute = (i: Invocation, name: string): Constant | undefined =>
  attribute(i, name, isTensor);

/** An axis from the front; throws a Refusal where there is none. */
export function axisOf(axis: number, rank: number): number {
  const from = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(from) && from >= 0 && from < rank))
    throw new Refusal(`has an axis ${axis} of a value with ${rank}`);
  return from;
}

/** Axes of an input (newer operators) or an attribute (older ones). */
export function axesOf(i: Invocation, at: number, rank: number): number[] | undefined {
  const given = optionalConstant(i, at, 'axes')?.data ?? listAttribute(i, 'axes');
  return given === undefined ? undefined : [...given].map((axis) => axisOf(axis, rank));
}

/** What the numbers of two constants are together. */
export const commonType = (a: NumberType, b: NumberType): NumberType =>
  a === 'float' || b === 'float' ? 'float' : a === 'int' || b === 'int' ? 'int' : 'bool';
