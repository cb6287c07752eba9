// Operators on constants: what exporters leave of the computation of shapes, positions and masks. They are computed when a
// model is imported, and nothing of them is left.
import { broadcastShapes, type Shape, sizeOf, stridesOf } from '../graph/shape.js';
import { elementsOf, permuted, reshapedTo, sliced } from './arrangement.js';
import {
  type Constant,
  empty,
  ints,
  listOf,
  type NumberType,
  numberOf,
  numbers,
  Refusal,
  requireSize,
} from './constant.js';
import { numberType } from './model-file.js';
import {
  axesOf,
  axisOf,
  commonType,
  constantAt,
  type Invocation,
  listAttribute,
  numberAttribute,
  optionalConstant,
  tensorAttribute,
} from './value.js';

type Fold = (i: Invocation) => Constant | readonly Constant[];

const input = (i: Invocation, at = 0): Constant => constantAt(i, at, 'operands');

/** Where each element of a shape is in data of another shape that is broadcast to it. */
function* places(shape: Shape, from: Shape): Generator<number> {
  const strides = stridesOf(from);
  const lead = shape.length - from.length;
  const steps = shape.map((_, axis) =>
    axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]!,
  );
  const at = shape.map(() => 0);
  const count = sizeOf(shape);
  for (let n = 0, place = 0; n < count; n++) {
    yield place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]!++;
      place += steps[axis]!;
      if (at[axis]! < shape[axis]!) break;
      place -= at[axis]! * steps[axis]!;
      at[axis] = 0;
    }
  }
}

function joint(shapes: readonly Shape[]): Shape {
  return shapes.reduce((a, b) => {
    const both = broadcastShapes(a, b);
    if (both === undefined) throw new Refusal(`has operands of shapes [${a}] and [${b}]`);
    return both;
  });
}

/** A constant broadcast to a shape. */
export function broadcastTo(constant: Constant, shape: Shape): Constant {
  const out = empty(constant.type, shape);
  let n = 0;
  for (const place of places(shape, constant.shape)) out.data[n++] = constant.data[place]!;
  return out;
}

/** A function of numbers for each element of broadcast operands. */
const each =
  (
    f: (...numbers: number[]) => number,
    typeOf: (a: NumberType, b: NumberType) => NumberType = commonType,
  ): Fold =>
  (i) => {
    const operands = i.inputs.map((_, at) => input(i, at));
    const shape = joint(operands.map((one) => one.shape));
    const type = operands.map((one) => one.type).reduce(typeOf);
    const out = empty(type, shape);
    const spread = operands.map((one) => broadcastTo(one, shape).data);
    for (let n = 0; n < out.data.length; n++) out.data[n] = f(...spread.map((data) => data[n]!));
    return out;
  };

const truth = (): NumberType => 'bool';
const compare = (f: (a: number, b: number) => boolean): Fold =>
  each((a, b) => Number(f(a!, b!)), truth);

/** The same for one operand. */
const map =
  (f: (x: number) => number, type?: NumberType): Fold =>
  (i) => {
    const x = input(i);
    return numbers(
      type ?? x.type,
      x.shape,
      x.data.map((v) => f(v)),
    );
  };

/** The quotient: of whole numbers without its fraction. */
const quotient: Fold = (i) => {
  const isWhole = i.inputs.every((_, at) => input(i, at).type === 'int');
  return each(isWhole ? (a, b) => Math.trunc(a! / b!) : (a, b) => a! / b!)(i);
};

/** What is left of axes when some are reduced. */
export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return shape.flatMap((d, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [d]));
}

const reduce =
  (
    start: number,
    f: (total: number, x: number) => number,
    end = (total: number, _: number) => total,
  ): Fold =>
  (i) => {
    const x = input(i);
    const axes = axesOf(i, 1, x.shape.length) ?? x.shape.map((_, axis) => axis);
    const kept = reducedShape(x.shape, axes, true);
    const out = empty(x.type, kept);
    out.data.fill(start);
    const strides = stridesOf(kept);
    const inner = stridesOf(x.shape);
    x.data.forEach((value, n) => {
      const place = x.shape.reduce(
        (at, d, axis) =>
          axes.includes(axis) ? at : at + (Math.floor(n / inner[axis]!) % d) * strides[axis]!,
        0,
      );
      out.data[place] = f(out.data[place]!, value);
    });
    const count = x.data.length / Math.max(1, out.data.length);
    const shape = reducedShape(x.shape, axes, numberAttribute(i, 'keepdims') !== 0);
    return numbers(
      x.type,
      shape,
      out.data.map((total) => end(total, count)),
    );
  };

/** Rearrangements: element `from[n]` of the operand, or 0 where it is negative. */
const arranged =
  (arrange: (i: Invocation, shape: Shape) => { shape: Shape; from: ArrayLike<number> }): Fold =>
  (i) => {
    const x = input(i);
    const { shape, from } = arrange(i, x.shape);
    const out = empty(x.type, shape);
    for (let n = 0; n < out.data.length; n++) out.data[n] = from[n]! < 0 ? 0 : x.data[from[n]!]!;
    return out;
  };

function cast(i: Invocation): Constant {
  const x = input(i);
  const to = numberType(numberAttribute(i, 'to') ?? 1);
  if (to === undefined) throw new Refusal('casts to numbers that are unknown');
  const convert = {
    float: (v: number) => v,
    int: Math.trunc,
    bool: (v: number) => Number(v !== 0),
  };
  return numbers(to, x.shape, x.data.map(convert[to]));
}

function constant(i: Invocation): Constant {
  const value = tensorAttribute(i, 'value');
  if (value !== undefined) return value;
  const [float, int] = [numberAttribute(i, 'value_float'), numberAttribute(i, 'value_int')];
  if (float !== undefined) return numbers('float', [], [float]);
  if (int !== undefined) return ints([int], []);
  const [floats, list] = [listAttribute(i, 'value_floats'), listAttribute(i, 'value_ints')];
  if (floats !== undefined) return numbers('float', [floats.length], floats);
  if (list !== undefined) return ints(list);
  throw new Refusal('holds no numbers');
}

function constantOfShape(i: Invocation): Constant {
  const shape = listOf(input(i));
  const value = tensorAttribute(i, 'value') ?? numbers('float', [1], [0]);
  const out = empty(value.type, shape);
  out.data.fill(value.data[0]!);
  return out;
}

function range(i: Invocation): Constant {
  const [start, limit, step] = [0, 1, 2].map((at) => numberOf(input(i, at)));
  const count = Math.max(0, Math.ceil((limit! - start!) / step!));
  requireSize([count]);
  const { type } = input(i);
  return numbers(
    type,
    [count],
    Array.from({ length: count }, (_, n) => start! + n * step!),
  );
}

function concat(i: Invocation): Constant {
  const parts = i.inputs.map((_, at) => input(i, at));
  const [first] = parts;
  const axis = axisOf(numberAttribute(i, 'axis') ?? 0, first!.shape.length);
  const shape = first!.shape.map((d, at) =>
    at === axis ? parts.reduce((n, part) => n + part.shape[axis]!, 0) : d,
  );
  const out = empty(first!.type, shape);
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  let from = 0;
  for (const part of parts) {
    const row = part.shape[axis]! * inner;
    for (let n = 0; n < outer; n++)
      out.data.set(part.data.subarray(n * row, (n + 1) * row), n * shape[axis]! * inner + from);
    from += row;
  }
  return out;
}

function gather(i: Invocation): Constant {
  const [x, indices] = [input(i), input(i, 1)];
  const axis = axisOf(numberAttribute(i, 'axis') ?? 0, x.shape.length);
  const { shape, from } = elementsOf(x.shape, axis, indices);
  return numbers(
    x.type,
    shape,
    Array.from(from, (place) => x.data[place]!),
  );
}

function scatterND(i: Invocation): Constant {
  const [x, indices, updates] = [input(i), input(i, 1), input(i, 2)];
  const out = numbers(x.type, x.shape, x.data);
  const depth = indices.shape.at(-1)!;
  const strides = stridesOf(x.shape);
  const size = sizeOf(x.shape.slice(depth));
  for (let n = 0; n < indices.data.length / depth; n++) {
    let place = 0;
    for (let axis = 0; axis < depth; axis++) {
      const index = indices.data[n * depth + axis]!;
      place += (index < 0 ? index + x.shape[axis]! : index) * strides[axis]!;
    }
    if (!(place >= 0 && place + size <= out.data.length)) throw new Refusal('has an index outside');
    out.data.set(updates.data.subarray(n * size, (n + 1) * size), place);
  }
  return out;
}

function split(i: Invocation): readonly Constant[] {
  const x = input(i);
  const axis = axisOf(numberAttribute(i, 'axis') ?? 0, x.shape.length);
  let from = 0;
  return partsOf(i, x.shape[axis]!).map((size) => {
    const starts = x.shape.map((_, at) => (at === axis ? from : 0));
    const ends = x.shape.map((d, at) => (at === axis ? from + size : d));
    from += size;
    const part = sliced(
      x.shape,
      starts,
      ends,
      x.shape.map(() => 1),
    );
    return numbers(
      x.type,
      part.shape,
      Array.from(part.from, (place) => x.data[place]!),
    );
  });
}

/** Sizes of the parts of a Split. */
export function partsOf(i: Invocation, size: number): readonly number[] {
  const given = optionalConstant(i, 1, 'sizes')?.data ?? listAttribute(i, 'split');
  if (given !== undefined) return [...given];
  const count = numberAttribute(i, 'num_outputs') ?? i.outputs;
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, n) => Math.min(part, size - n * part));
}

function matmul(i: Invocation): Constant {
  const [a, b] = [input(i), input(i, 1)];
  if (a.shape.length !== 2 || b.shape.length !== 2)
    throw new Refusal('multiplies constants of many axes');
  const [rows, inner] = a.shape as [number, number];
  const columns = b.shape[1]!;
  const out = empty('float', [rows, columns]);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      let total = 0;
      for (let n = 0; n < inner; n++) total += a.data[r * inner + n]! * b.data[n * columns + c]!;
      out.data[r * columns + c] = total;
    }
  return out;
}

/** A weight of 8 bits as the number it stands for. */
function dequantized(i: Invocation): Constant {
  const [x, scale] = [input(i), input(i, 1)];
  const zero = optionalConstant(i, 2, 'zero points');
  const axis =
    scale.data.length === 1 ? undefined : axisOf(numberAttribute(i, 'axis') ?? 1, x.shape.length);
  const inner = axis === undefined ? 1 : sizeOf(x.shape.slice(axis + 1));
  const channel = (n: number) => (axis === undefined ? 0 : Math.floor(n / inner) % x.shape[axis]!);
  return numbers(
    'float',
    x.shape,
    x.data.map((v, n) => (v - (zero?.data[channel(n)] ?? 0)) * scale.data[channel(n)]!),
  );
}

/** Operators on constants, by name. */
export const folds: Readonly<Record<string, Fold>> = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Shape: (i) => ints(dimensions(i, input(i).shape)),
  Size: (i) => ints([input(i).data.length], []),
  Identity: (i) => input(i),
  Cast: cast,
  CastLike: (i) => numbers(input(i, 1).type, input(i).shape, input(i).data),
  DequantizeLinear: dequantized,
  Add: each((a, b) => a! + b!),
  Sub: each((a, b) => a! - b!),
  Mul: each((a, b) => a! * b!),
  Div: quotient,
  // of the sign of the divisor, or with `fmod` of the dividend
  Mod: (i) =>
    each(
      numberAttribute(i, 'fmod') === 1
        ? (a, b) => a! % b!
        : (a, b) => a! - b! * Math.floor(a! / b!),
    )(i),
  Pow: each(
    (a, b) => a! ** b!,
    (a) => a,
  ),
  Max: each((...all) => Math.max(...all)),
  Min: each((...all) => Math.min(...all)),
  Equal: compare((a, b) => a === b),
  Greater: compare((a, b) => a > b),
  GreaterOrEqual: compare((a, b) => a >= b),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  And: compare((a, b) => a !== 0 && b !== 0),
  Or: compare((a, b) => a !== 0 || b !== 0),
  Xor: compare((a, b) => (a !== 0) !== (b !== 0)),
  Not: map((v) => Number(v === 0), 'bool'),
  Where: each(
    (condition, a, b) => (condition ? a! : b!),
    (a, b) => (a === 'bool' ? b : commonType(a, b)),
  ),
  Neg: map((v) => -v),
  Abs: map(Math.abs),
  Sign: map(Math.sign),
  Floor: map(Math.floor),
  Ceil: map(Math.ceil),
  Sqrt: map(Math.sqrt),
  Reciprocal: map((v) => 1 / v),
  Exp: map(Math.exp),
  Log: map(Math.log),
  Sin: map(Math.sin),
  Cos: map(Math.cos),
  Tanh: map(Math.tanh),
  Sigmoid: map((v) => 1 / (1 + Math.exp(-v))),
  Relu: map((v) => Math.max(0, v)),
  ReduceSum: reduce(0, (total, v) => total + v),
  ReduceMean: reduce(
    0,
    (total, v) => total + v,
    (total, count) => total / count,
  ),
  ReduceProd: reduce(1, (total, v) => total * v),
  ReduceMax: reduce(Number.NEGATIVE_INFINITY, Math.max),
  ReduceMin: reduce(Number.POSITIVE_INFINITY, Math.min),
  MatMul: matmul,
  Concat: concat,
  Split: split,
  Gather: gather,
  ScatterND: scatterND,
  Reshape: (i) => ({ ...input(i), shape: reshapedTo(i, input(i).shape) }),
  Flatten: (i) => ({ ...input(i), shape: reshapedTo(i, input(i).shape) }),
  Squeeze: (i) => ({ ...input(i), shape: reshapedTo(i, input(i).shape) }),
  Unsqueeze: (i) => ({ ...input(i), shape: reshapedTo(i, input(i).shape) }),
  Expand: (i) => broadcastTo(input(i), joint([input(i).shape, listOf(input(i, 1))])),
  Transpose: arranged((i, shape) =>
    permuted(shape, listAttribute(i, 'perm') ?? shape.map((_, n) => shape.length - 1 - n)),
  ),
  Slice: arranged((i, shape) => {
    const { starts, ends, steps } = rangesOf(i, shape);
    return sliced(shape, starts, ends, steps);
  }),
  Tile: arranged((i, shape) => {
    const repeats = listOf(input(i, 1));
    const whole = shape.map((d, axis) => d * repeats[axis]!);
    requireSize(whole);
    const strides = stridesOf(whole);
    const own = stridesOf(shape);
    const from = Float64Array.from({ length: sizeOf(whole) }, (_, n) =>
      shape.reduce((at, d, axis) => at + (Math.floor(n / strides[axis]!) % d) * own[axis]!, 0),
    );
    return { shape: whole, from };
  }),
};

/** The sizes that Shape gives. */
export function dimensions(i: Invocation, shape: Shape): readonly number[] {
  const rank = shape.length;
  const bound = (value: number) => Math.min(rank, Math.max(0, value < 0 ? value + rank : value));
  return shape.slice(
    bound(numberAttribute(i, 'start') ?? 0),
    bound(numberAttribute(i, 'end') ?? rank),
  );
}

/** The part that Slice takes, for each axis. */
export function rangesOf(i: Invocation, shape: Shape) {
  const list = (at: number, name: string) =>
    optionalConstant(i, at, name)?.data ?? listAttribute(i, name);
  const [from, to] = [list(1, 'starts'), list(2, 'ends')];
  if (from === undefined || to === undefined) throw new Refusal('has no starts or ends');
  const axes = [...(list(3, 'axes') ?? from.map((_, n) => n))].map((a) => axisOf(a, shape.length));
  const by = list(4, 'steps');
  const [starts, ends] = [shape.map(() => 0), [...shape]];
  const steps = shape.map(() => 1);
  axes.forEach((axis, n) => {
    const size = shape[axis]!;
    const step = by?.[n] ?? 1;
    const bound = (value: number, low: number, high: number) =>
      Math.min(high, Math.max(low, value < 0 ? value + size : value));
    steps[axis] = step;
    starts[axis] = step > 0 ? bound(from[n]!, 0, size) : bound(from[n]!, -1, size - 1);
    ends[axis] =
      step > 0 ? bound(to[n]!, 0, size) : to[n]! < -size ? -1 : bound(to[n]!, -1, size - 1);
  });
  return { starts, ends, steps };
}
