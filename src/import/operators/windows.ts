// The geometry of windows that slide over planes, as ONNX writes it, and the pools.
import {
  averagePool,
  constant,
  maxPool,
  mean,
  mul,
  reshape,
  type Shape,
  type Tensor,
} from '../../graph/index.js';
import { type Window, windowOutput } from '../../graph/shape.js';
import { Refusal } from '../constant.js';
import {
  type Computed,
  computedAt,
  type Invocation,
  imagesOf,
  listAttribute,
  numberAttribute,
  settled,
  wordAttribute,
} from '../value.js';

type Pair = readonly [number, number];

/** A list of one or two numbers for rows and columns; a value of one axis has one row. */
function pairOf(i: Invocation, name: string, none: number): Pair {
  const list = listAttribute(i, name);
  if (list === undefined) return [none, none];
  if (list.length === 1) return [none, list[0]!];
  if (list.length !== 2) throw new Refusal(`has ${name} of ${list.length} axes`);
  return [list[0]!, list[1]!];
}

/** Pads that keep ⌈size/stride⌉ windows, the odd one before or after. */
function autoPads(mode: string, size: Pair, kernel: Pair, stride: Pair): Window['pads'] {
  const total = [0, 1].map((n) =>
    Math.max(0, (Math.ceil(size[n]! / stride[n]!) - 1) * stride[n]! + kernel[n]! - size[n]!),
  );
  const small = total.map((t) => Math.floor(t / 2));
  const large = total.map((t, n) => t - small[n]!);
  const [before, after] = mode === 'SAME_LOWER' ? [large, small] : [small, large];
  return [before[0]!, before[1]!, after[0]!, after[1]!];
}

/** The window of a node over planes of [rows, columns]; `kernel` without what dilation adds. */
export function windowOf(
  i: Invocation,
  plane: Shape,
  kernel: Shape,
): Window & { readonly dilations: Pair } {
  if (plane.length !== 2) throw new Refusal(`slides over ${plane.length} axes, expected 1 or 2`);
  const size = plane as Pair;
  const stride = pairOf(i, 'strides', 1);
  const dilations = pairOf(i, 'dilations', 1);
  const full: Pair = [(kernel[0]! - 1) * dilations[0] + 1, (kernel[1]! - 1) * dilations[1] + 1];
  const mode = wordAttribute(i, 'auto_pad') ?? 'NOTSET';
  return { kernel: full, stride, dilations, pads: padsOf(i, mode, size, full, stride) };
}

function padsOf(
  i: Invocation,
  mode: string,
  size: Pair,
  kernel: Pair,
  stride: Pair,
): Window['pads'] {
  if (mode === 'VALID') return [0, 0, 0, 0];
  if (mode !== 'NOTSET') return autoPads(mode, size, kernel, stride);
  const list = listAttribute(i, 'pads') ?? [0, 0, 0, 0];
  if (list.length === 2) return [0, list[0]!, 0, list[1]!];
  if (list.length !== 4) throw new Refusal(`has pads of ${list.length / 2} axes`);
  return [list[0]!, list[1]!, list[2]!, list[3]!];
}

/** The window of a transposed convolution, and the planes it makes. */
export function transposedGeometry(i: Invocation, x: Shape, filters: Shape) {
  const stride = pairOf(i, 'strides', 1);
  const dilations = pairOf(i, 'dilations', 1);
  const more = pairOf(i, 'output_padding', 0);
  const kernel = [0, 1].map((n) => (filters[2 + n]! - 1) * dilations[n]! + 1) as [number, number];
  const whole = [0, 1].map((n) => stride[n]! * (x[2 + n]! - 1) + more[n]! + kernel[n]!);
  const mode = wordAttribute(i, 'auto_pad') ?? 'NOTSET';
  const wanted = listAttribute(i, 'output_shape')?.slice(-2);
  const goal =
    wanted ?? (mode.startsWith('SAME') ? [0, 1].map((n) => x[2 + n]! * stride[n]!) : undefined);
  if (goal === undefined) {
    const pads = padsOf(i, mode, [x[2]!, x[3]!], kernel, stride);
    const size = [whole[0]! - pads[0] - pads[2], whole[1]! - pads[1] - pads[3]];
    return { stride, dilations, pads, size };
  }
  const total = goal.map((size, n) => whole[n]! - size);
  const small = total.map((t) => Math.floor(t / 2));
  const large = total.map((t, n) => t - small[n]!);
  const [before, after] = mode === 'SAME_UPPER' ? [small, large] : [large, small];
  const pads = [before[0]!, before[1]!, after[0]!, after[1]!] as const;
  return { stride, dilations, pads, size: goal };
}

/** Padding behind a plane as far as windows reach: some exporters write more. */
function trimmed([height, width]: Pair, window: Window): Window['pads'] {
  const { kernel, stride, pads } = window;
  const [rows, columns] = windowOutput(height, width, window);
  const reached = (count: number, n: 0 | 1, size: number) =>
    Math.max(0, (count - 1) * stride[n] + kernel[n] - pads[n] - size);
  return [
    pads[0],
    pads[1],
    Math.min(pads[2], reached(rows, 0, height)),
    Math.min(pads[3], reached(columns, 1, width)),
  ];
}

/** The window of a pool, the partly filled last ones included where the model wants them. */
export function poolWindow(i: Invocation, plane: Shape): Window {
  const kernel = pairOf(i, 'kernel_shape', 1);
  const { stride, dilations, pads } = windowOf(i, plane, kernel);
  if (dilations.some((step) => step !== 1)) throw new Refusal('has dilations');
  if (numberAttribute(i, 'ceil_mode') !== 1)
    return { kernel, stride, pads: trimmed(plane as Pair, { kernel, stride, pads }) };
  const [height, width] = plane as Pair;
  // a window that starts behind the plane and the padding before it is left out
  const overhang = (size: number, before: number, after: number, n: 0 | 1) => {
    const padded = size + before + after;
    const last = Math.ceil((padded - kernel[n]) / stride[n]) * stride[n];
    return Math.max(0, (last < size + before ? last : last - stride[n]) + kernel[n] - padded);
  };
  const [top, left, bottom, right] = pads;
  return {
    kernel,
    stride,
    pads: [
      top,
      left,
      bottom + overhang(height, top, bottom, 0),
      right + overhang(width, left, right, 1),
    ],
  };
}

/** What the mean of a window, all its places counted, is multiplied by where some do not count; undefined where all do. */
export function averageFactors(
  i: Invocation,
  plane: Shape,
  { kernel, stride, pads }: Window,
): readonly [readonly number[], readonly number[]] | undefined {
  const counts = numberAttribute(i, 'count_include_pad') === 1;
  const given = windowOf(i, plane, kernel).pads;
  const sizes = windowOutput(plane[0]!, plane[1]!, { kernel, stride, pads });
  const factors = [0, 1].map((n) => {
    const size = plane[n]!;
    const [before, after] = [pads[n]!, given[n + 2]!];
    const [low, high] = counts ? [-before, size + after] : [0, size];
    return Array.from({ length: sizes[n]! }, (_, at) => {
      const start = at * stride[n]! - before;
      const seen = Math.min(start + kernel[n]!, high) - Math.max(start, low);
      return kernel[n]! / seen;
    });
  }) as unknown as readonly [number[], number[]];
  return factors.flat().every((factor) => factor === 1) ? undefined : factors;
}

/** A value or filters of one axis behind the channels as planes of one row. */
export const asPlanes = <V extends { readonly shape: Shape }>(value: V): V =>
  value.shape.length === 3
    ? { ...value, shape: [value.shape[0]!, value.shape[1]!, 1, value.shape[2]!] }
    : value;

/** The planes of a computed value, those of all its batch among the images. */
export function planes(x: Computed): Tensor {
  const wide = asPlanes(x);
  if (wide.shape.length !== 4)
    throw new Refusal(`has a value of shape [${x.shape}], expected planes`);
  const [batch, ...plane] = wide.shape as [number, number, number, number];
  return reshape(x.tensor, [imagesOf(x) * batch, ...plane]);
}

/** A pool over the planes of a value. */
const pool =
  (f: (x: Tensor, i: Invocation, plane: Shape) => Tensor) =>
  (i: Invocation): Computed => {
    const x = computedAt(i, 0);
    const input = planes(x);
    const y = f(input, i, input.shape.slice(2));
    const [, channels, rows, columns] = y.shape as [number, number, number, number];
    const size = x.shape.length === 3 ? [columns] : [rows, columns];
    return settled(y, [x.shape[0]!, channels, ...size]);
  };

/** Pools, by name. */
export const pools: Readonly<Record<string, (i: Invocation) => Computed>> = {
  MaxPool: pool((x, i, plane) => maxPool(x, poolWindow(i, plane))),
  AveragePool: pool((x, i, plane) => {
    const window = poolWindow(i, plane);
    const factors = averageFactors(i, plane, window);
    const y = averagePool(x, window);
    if (factors === undefined) return y;
    const [rows, columns] = factors;
    const plain = Float32Array.from(rows.flatMap((r) => columns.map((c) => r * c)));
    return mul(y, constant(plain, [1, 1, rows.length, columns.length]));
  }),
  GlobalAveragePool: pool((x) => mean(x, [2, 3])),
  GlobalMaxPool: pool((x, _, plane) =>
    maxPool(x, { kernel: plane as Pair, stride: [1, 1], pads: [0, 0, 0, 0] }),
  ),
};
