// Matrix products, and convolutions that are no layers of planes.
import {
  add,
  broadcast,
  constant,
  conv2d,
  conv2dInputGrad,
  matmul,
  mul,
  reshape,
  type Shape,
  sum,
  type Tensor,
  transpose,
} from '../../graph/index.js';
import { broadcastShapes, sizeOf } from '../../graph/shape.js';
import { type Constant, floatsOf, numbers, Refusal } from '../constant.js';
import {
  type Computed,
  computedAt,
  constantAt,
  type Invocation,
  imagesOf,
  isConstant,
  numberAttribute,
  settled,
  type Value,
  valueAt,
  whole,
  wordAttribute,
} from '../value.js';
import { ofImages } from './arrangements.js';
import { elementwise } from './elementwise.js';
import { asPlanes, planes, transposedGeometry, windowOf } from './windows.js';

type Compute = (i: Invocation) => Computed;

/** A value as matrices: a vector is a row on the left and a column on the right. */
const asMatrix = (value: Value, side: 'left' | 'right'): Value => {
  if (value.shape.length !== 1) return value;
  const shape = side === 'left' ? [1, value.shape[0]!] : [value.shape[0]!, 1];
  return isConstant(value) ? { ...value, shape } : settled(value.tensor, shape);
};

/** The product of all matrices of two values, whose axes before the last two are broadcast. */
export function product(left: Value, right: Value): Computed {
  const [a, b] = [asMatrix(left, 'left'), asMatrix(right, 'right')];
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1)!;
  if (b.shape.at(-2) !== inner)
    throw new Refusal(`multiplies shapes [${left.shape}] and [${right.shape}]`);
  const computed = isConstant(a) ? (b as Computed) : a;
  const images = imagesOf(computed);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (batch === undefined) throw new Refusal(`multiplies shapes [${a.shape}] and [${b.shape}]`);
  const out = [
    ...batch,
    ...(left.shape.length === 1 ? [] : [rows]),
    ...(right.shape.length === 1 ? [] : [columns]),
  ];
  if (isConstant(b) && b.shape.length === 2) {
    // one matrix for all
    const flat = reshape((a as Computed).tensor, [images * sizeOf(a.shape.slice(0, -1)), inner]);
    return settled(matmul(flat, constant(floatsOf(b), b.shape)), out);
  }
  const matrices = (value: Value, size: readonly [number, number]): Tensor => {
    const own = value.shape.slice(0, -2);
    const wide = [...Array.from({ length: batch.length - own.length }, () => 1), ...own];
    const all = isConstant(value)
      ? broadcast(constant(floatsOf(value), [1, ...wide, ...size]), [images, ...wide, ...size])
      : reshape(value.tensor, [images, ...wide, ...size]);
    return reshape(broadcast(all, [images, ...batch, ...size]), [images * sizeOf(batch), ...size]);
  };
  return settled(matmul(matrices(a, [rows, inner]), matrices(b, [inner, columns])), out);
}

/** A matrix with its axes exchanged. */
const exchanged = (value: Value): Value => {
  const [rows, columns] = value.shape as [number, number];
  if (!isConstant(value)) {
    const turned = transpose(whole(value), [0, 2, 1]);
    return settled(turned, [columns, rows]);
  }
  return transposedMatrix(value);
};

/** A constant matrix with its axes exchanged. */
export function transposedMatrix({ data, shape }: Constant): Constant {
  const [rows, columns] = shape as [number, number];
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
  return numbers('float', [columns, rows], out);
}

const gemm: Compute = (i) => {
  const [a, b] = [valueAt(i, 0), valueAt(i, 1)];
  const turned = (value: Value, name: string) =>
    numberAttribute(i, name) === 1 ? exchanged(value) : value;
  const plain = product(turned(a, 'transA'), turned(b, 'transB'));
  const alpha = numberAttribute(i, 'alpha') ?? 1;
  const scaled = alpha === 1 ? plain : { ...plain, tensor: mul(plain.tensor, alpha) };
  const c = i.inputs[2];
  const beta = numberAttribute(i, 'beta') ?? 1;
  if (c === undefined || beta === 0) return scaled;
  return elementwise([scaled, c], (y, shift) => add(y!, beta === 1 ? shift! : mul(shift!, beta)));
};

/** The letters of one side of an equation. */
const lettersOf = (text: string) => [...text.trim()];

/** Axes by their letters. */
const axesOf = (letters: readonly string[], wanted: readonly string[]) =>
  wanted.map((letter) => letters.indexOf(letter));

/** Products and sums over letters, of one value or two. */
const einsum: Compute = (i) => {
  const equation = wordAttribute(i, 'equation') ?? '';
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const letters = left.split(',').map(lettersOf);
  if (
    right === undefined ||
    equation.includes('.') ||
    letters.length !== i.inputs.length ||
    letters.length > 2
  )
    throw new Refusal(`has the equation ${equation}`);
  if (letters.some((side) => new Set(side).size !== side.length))
    throw new Refusal(`has the equation ${equation}`);
  const out = lettersOf(right);
  const values = letters.map((_, at) => valueAt(i, at));
  const images = imagesOf(values.find((value): value is Computed => !isConstant(value))!);
  const sizes = new Map<string, number>();
  letters.forEach((side, n) => {
    side.forEach((letter, axis) => {
      sizes.set(letter, values[n]!.shape[axis]!);
    });
  });
  const shapeOf = (side: readonly string[]): Shape => side.map((letter) => sizes.get(letter)!);
  /** Without the letters that stand nowhere else, as [N, groups …]. */
  const grouped = (n: number, groups: readonly (readonly string[])[]): Tensor => {
    const side = letters[n]!;
    const kept = groups.flat();
    const alone = side.flatMap((letter, axis) => (kept.includes(letter) ? [] : [axis + 1]));
    const tensor = ofImages(values[n]!, images);
    const left = side.filter((letter) => kept.includes(letter));
    const rest =
      alone.length === 0 ? tensor : reshape(sum(tensor, alone), [images, ...shapeOf(left)]);
    const turned = transpose(rest, [0, ...axesOf(left, kept).map((axis) => axis + 1)]);
    return reshape(turned, [images, ...groups.map((group) => sizeOf(shapeOf(group)))]);
  };
  const finished = (tensor: Tensor, order: readonly string[]): Computed => {
    const apart = reshape(tensor, [images, ...shapeOf(order)]);
    return settled(
      transpose(apart, [0, ...axesOf(order, out).map((axis) => axis + 1)]),
      shapeOf(out),
    );
  };
  const [a, b] = letters as [string[], string[] | undefined];
  if (b === undefined) return finished(grouped(0, [out]), out);
  const both = out.filter((letter) => a.includes(letter) && b.includes(letter));
  const inner = a.filter((letter) => b.includes(letter) && !out.includes(letter));
  const ofA = out.filter((letter) => a.includes(letter) && !b.includes(letter));
  const ofB = out.filter((letter) => b.includes(letter) && !a.includes(letter));
  const [x, y] = [grouped(0, [both, ofA, inner]), grouped(1, [both, inner, ofB])];
  const flat = (t: Tensor) => reshape(t, [images * t.shape[1]!, t.shape[2]!, t.shape[3]!]);
  return finished(matmul(flat(x), flat(y)), [...both, ...ofA, ...ofB]);
};

/** Filters with zeros between their elements. */
export function dilated(filters: Constant, [down, across]: readonly [number, number]): Constant {
  if (down === 1 && across === 1) return filters;
  const [out, channels, rows, columns] = filters.shape as [number, number, number, number];
  const [height, width] = [(rows - 1) * down + 1, (columns - 1) * across + 1];
  const data = new Float32Array(out * channels * height * width);
  filters.data.forEach((value, n) => {
    const [plane, place] = [Math.floor(n / (rows * columns)), n % (rows * columns)];
    const [row, column] = [Math.floor(place / columns), place % columns];
    data[(plane * height + row * down) * width + column * across] = value;
  });
  return { shape: [out, channels, height, width], type: 'float', data };
}

const biasOf = (i: Invocation): Tensor | undefined => {
  if (i.inputs[2] === undefined) return undefined;
  const bias = constantAt(i, 2, 'biases');
  return constant(floatsOf(bias), bias.shape);
};

const convolution: Compute = (i) => {
  const x = computedAt(i, 0);
  const filters = asPlanes(constantAt(i, 1, 'filters'));
  const window = windowOf(i, asPlanes(x).shape.slice(2), filters.shape.slice(2));
  const full = dilated(filters, window.dilations);
  const groups = numberAttribute(i, 'group') ?? 1;
  const options = { stride: window.stride, pads: window.pads, groups };
  const y = conv2d(planes(x), constant(floatsOf(full), full.shape), biasOf(i), options);
  const [, channels, rows, columns] = y.shape as [number, number, number, number];
  const size = x.shape.length === 3 ? [columns] : [rows, columns];
  return settled(y, [x.shape[0]!, channels, ...size]);
};

const transposedConvolution: Compute = (i) => {
  const x = computedAt(i, 0);
  if (x.shape.length !== 4) throw new Refusal(`has a value of shape [${x.shape}], expected planes`);
  const filters = constantAt(i, 1, 'filters');
  const groups = numberAttribute(i, 'group') ?? 1;
  const { stride, pads, dilations, size } = transposedGeometry(i, x.shape, filters.shape);
  const full = dilated(filters, dilations);
  const channels = filters.shape[1]! * groups;
  const input = planes(x);
  const shape = [input.shape[0]!, channels, ...size];
  const weight = constant(floatsOf(full), full.shape);
  const y = conv2dInputGrad(input, weight, shape, { stride, pads, groups });
  const bias = biasOf(i);
  const shifted = bias === undefined ? y : add(y, reshape(bias, [1, channels, 1, 1]));
  return settled(shifted, [x.shape[0]!, channels, ...size]);
};

/** Operators that multiply matrices or filters, by name. */
export const products: Readonly<Record<string, Compute>> = {
  MatMul: (i) => product(valueAt(i, 0), valueAt(i, 1)),
  Gemm: gemm,
  Einsum: einsum,
  Conv: convolution,
  ConvTranspose: transposedConvolution,
};
