// Operators that compute each element from those at its place, after broadcasting.
import {
  abs,
  add,
  constant,
  div,
  erf,
  exp,
  greater,
  log,
  mul,
  neg,
  type Operand,
  relu,
  reshape,
  type Shape,
  sign,
  sqrt,
  sub,
  type Tensor,
  where,
} from '../../graph/index.js';
import { broadcastShapes, sizeOf } from '../../graph/shape.js';
import { type ElementFunction, elementFunction } from '../../model/index.js';
import { type Constant, floatsOf, numberOf, Refusal } from '../constant.js';
import {
  type Computed,
  computedAt,
  constantAt,
  type Invocation,
  imagesOf,
  isConstant,
  numberAttribute,
  optionalConstant,
  settled,
  type Value,
  valueAt,
} from '../value.js';

/** A constant as an operand, a single number without a shape. */
const operandOf = (value: Constant, shape: Shape): Operand =>
  value.data.length === 1 ? value.data[0]! : constant(floatsOf(value), [1, ...shape]);

/** A function of operands, broadcast to each other. */
export function elementwise(
  values: readonly Value[],
  f: (...operands: Operand[]) => Tensor,
  type: Computed['type'] = 'float',
): Computed {
  const shape = values
    .map((value) => value.shape)
    .reduce((a, b) => {
      const both = broadcastShapes(a, b);
      if (both === undefined) throw new Refusal(`has operands of shapes [${a}] and [${b}]`);
      return both;
    });
  // a batch of one needs no axis beside that of the images
  const rank = shape[0] === 1 ? shape.length - 1 : shape.length;
  const images = imagesOf(values.find((value): value is Computed => !isConstant(value))!);
  const operands = values.map((value) => {
    const own = value.shape.length > rank ? value.shape.slice(1) : value.shape;
    const wide = [...Array.from({ length: rank - own.length }, () => 1), ...own];
    return isConstant(value) ? operandOf(value, wide) : reshape(value.tensor, [images, ...wide]);
  });
  return settled(f(...operands), shape, type);
}

type Compute = (i: Invocation) => Computed;

const all = (i: Invocation): Value[] => i.inputs.map((_, at) => valueAt(i, at));

const unary =
  (f: (x: Tensor) => Tensor): Compute =>
  (i) => {
    const x = computedAt(i, 0);
    return { ...x, tensor: f(x.tensor) };
  };

const binary =
  (f: (a: Operand, b: Operand) => Tensor): Compute =>
  (i) =>
    elementwise(all(i), f as (...operands: Operand[]) => Tensor);

/** Of many operands, one after another. */
const folded =
  (f: (a: Operand, b: Operand) => Tensor): Compute =>
  (i) =>
    elementwise(all(i), (...operands) => operands.reduce(f) as Tensor);

/** Truth values are 1 and 0. */
const truth =
  (f: (a: Operand, b: Operand) => Tensor): Compute =>
  (i) =>
    elementwise(all(i), f as (...operands: Operand[]) => Tensor, 'bool');
const not = (x: Tensor): Tensor => sub(1, x);
const isGreater = (a: Operand, b: Operand): Tensor => where(greater(a, b), 1, 0);

/** x to the power of a constant: of whole numbers products, else through the logarithm. */
function power(i: Invocation): Computed {
  const exponent = numberOf(constantAt(i, 1, 'exponents'));
  const x = computedAt(i, 0);
  const to = (n: number): Tensor => {
    if (n < 0) return div(1, to(-n));
    if (n === 0.5) return sqrt(x.tensor);
    if (Number.isInteger(n) && n <= 8)
      return Array.from({ length: n - 1 }).reduce<Tensor>((y) => mul(y, x.tensor), x.tensor);
    return exp(mul(log(x.tensor), n));
  };
  if (exponent === 0) throw new Refusal('has the exponent 0');
  return { ...x, tensor: to(exponent) };
}

const larger = (a: Operand, b: Operand): Tensor => where(greater(b, a), b, a);
const smaller = (a: Operand, b: Operand): Tensor => where(greater(a, b), b, a);

function choice(i: Invocation): Computed {
  return elementwise(all(i), (condition, a, b) =>
    typeof condition === 'number'
      ? add(condition === 0 ? b! : a!, 0)
      : where(greater(condition!, 0.5), a!, b!),
  );
}

/** The bounds of Clip: inputs in newer versions, attributes in older ones. */
const boundOf = (i: Invocation, at: number, name: string, none: number): number => {
  const given = optionalConstant(i, at, 'bounds');
  return given === undefined ? (numberAttribute(i, name) ?? none) : numberOf(given);
};

/** The slopes of PRelu: one, or one for each channel. */
function slopeOf(i: Invocation): number | readonly number[] {
  const { data, shape } = constantAt(i, 1, 'slopes');
  if (data.length === 1) return data[0]!;
  const x = computedAt(i, 0);
  const channels = x.shape.length > 1 ? x.shape[1]! : 0;
  // [C,1,1], as frameworks write it
  if (data.length !== channels || sizeOf(shape.slice(1)) !== 1 || x.shape[0] !== 1)
    throw new Refusal(
      `has slopes of shape [${shape}], expected one for each of ${channels} channels`,
    );
  return [...data];
}

/** Operators that are functions of single values. */
export const elementFunctions: Readonly<Record<string, (i: Invocation) => ElementFunction>> = {
  Clip: (i) => ({
    name: 'clip',
    low: boundOf(i, 1, 'min', Number.NEGATIVE_INFINITY),
    high: boundOf(i, 2, 'max', Number.POSITIVE_INFINITY),
  }),
  LeakyRelu: (i) => ({ name: 'leaky', slope: numberAttribute(i, 'alpha') ?? 0.01 }),
  PRelu: (i) => ({ name: 'leaky', slope: slopeOf(i) }),
  Elu: (i) => ({ name: 'elu', alpha: numberAttribute(i, 'alpha') ?? 1, gamma: 1 }),
  Selu: (i) => ({
    name: 'elu',
    alpha: numberAttribute(i, 'alpha') ?? 1.6732631921768188,
    gamma: numberAttribute(i, 'gamma') ?? 1.0507010221481323,
  }),
  HardSigmoid: (i) => ({
    name: 'hardsigmoid',
    slope: numberAttribute(i, 'alpha') ?? 0.2,
    shift: numberAttribute(i, 'beta') ?? 0.5,
  }),
  HardSwish: () => ({ name: 'hardswish' }),
  Gelu: (i) => ({ name: i.attributes.get('approximate') === 'tanh' ? 'gelu-tanh' : 'gelu' }),
  Mish: () => ({ name: 'mish' }),
  Sigmoid: () => ({ name: 'sigmoid' }),
  Tanh: () => ({ name: 'tanh' }),
  Softplus: () => ({ name: 'softplus' }),
};

/** x/α of Celu is that of Elu: α·elu(x/α). */
function celu(i: Invocation): Computed {
  const x = computedAt(i, 0);
  const alpha = numberAttribute(i, 'alpha') ?? 1;
  const f = { name: 'elu', alpha: 1, gamma: alpha } as const;
  return { ...x, tensor: elementFunction(f, div(x.tensor, alpha), 'exact') };
}

function thresholded(i: Invocation): Computed {
  const x = computedAt(i, 0);
  const alpha = numberAttribute(i, 'alpha') ?? 1;
  return { ...x, tensor: where(greater(x.tensor, alpha), x.tensor, 0) };
}

/** Operators on single elements, by name. */
export const elementOperators: Readonly<Record<string, Compute>> = {
  Add: binary(add),
  Sub: binary(sub),
  Mul: binary(mul),
  Div: binary(div),
  Sum: folded(add),
  Max: folded(larger),
  Min: folded(smaller),
  Pow: power,
  Neg: unary(neg),
  Abs: unary(abs),
  Exp: unary(exp),
  Log: unary(log),
  Sqrt: unary(sqrt),
  Sign: unary(sign),
  Erf: unary(erf),
  Relu: unary(relu),
  Reciprocal: unary((x) => div(1, x)),
  Softsign: unary((x) => div(x, add(abs(x), 1))),
  Celu: celu,
  ThresholdedRelu: thresholded,
  Greater: truth(isGreater),
  Less: truth((a, b) => isGreater(b, a)),
  GreaterOrEqual: truth((a, b) => not(isGreater(b, a))),
  LessOrEqual: truth((a, b) => not(isGreater(a, b))),
  Not: (i) => ({ ...computedAt(i, 0), tensor: not(computedAt(i, 0).tensor) }),
  And: truth(mul),
  Or: truth((a, b) => sub(add(a, b), mul(a, b))),
  Where: choice,
};
