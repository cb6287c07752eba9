// Operators over whole axes: sums, means, maxima, softmax and normalizations.
import {
  abs,
  add,
  constant,
  conv2d,
  detach,
  div,
  exp,
  log,
  maxPool,
  mean,
  mul,
  neg,
  reshape,
  sqrt,
  sub,
  sum,
  type Tensor,
} from '../../graph/index.js';
import { sizeOf } from '../../graph/shape.js';
import { Refusal } from '../constant.js';
import { reducedShape } from '../fold.js';
import {
  axesOf,
  axisOf,
  type Computed,
  computedAt,
  constantAt,
  formOf,
  type Invocation,
  imagesOf,
  numberAttribute,
  optionalConstant,
  settled,
} from '../value.js';
import { permute } from './arrangements.js';
import { elementwise } from './elementwise.js';
import { planes } from './windows.js';

type Compute = (i: Invocation) => Computed;

/** The axes that are reduced: given, or all unless the node says none. */
function reducedAxes(i: Invocation, { shape }: Computed): readonly number[] {
  const given = axesOf(i, 1, shape.length);
  if (given !== undefined && given.length > 0) return given;
  return numberAttribute(i, 'noop_with_empty_axes') === 1 ? [] : [...shape.keys()];
}

/** A value reduced over axes by a function of a tensor and the places of the axes. */
function reduced(
  x: Computed,
  axes: readonly number[],
  keep: boolean,
  f: (t: Tensor, axes: readonly number[]) => Tensor,
): Computed {
  if (axes.length === 0) return x;
  const { tensor, axis } = formOf(x, axes);
  return settled(f(tensor, axes.map(axis)), reducedShape(x.shape, axes, keep));
}

const reduction =
  (f: (t: Tensor, axes: readonly number[]) => Tensor): Compute =>
  (i) => {
    const x = computedAt(i, 0);
    return reduced(x, reducedAxes(i, x), numberAttribute(i, 'keepdims') !== 0, f);
  };

/** The largest value along axes, which stay with one element. */
export function largest(x: Computed, axes: readonly number[]): Computed {
  const kept = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
  const moved = permute(x, [...kept, ...axes]);
  const size = sizeOf(axes.map((axis) => x.shape[axis]!));
  const rows = (sizeOf(x.shape) / size) * imagesOf(x);
  const row = { kernel: [1, size], stride: [1, 1], pads: [0, 0, 0, 0] } as const;
  const tensor = maxPool(reshape(moved.tensor, [rows, 1, 1, size]), row);
  return settled(tensor, reducedShape(x.shape, axes, true));
}

const maximum =
  (sign: 1 | -1): Compute =>
  (i) => {
    const x = computedAt(i, 0);
    const axes = reducedAxes(i, x);
    const signed = (t: Tensor) => (sign === 1 ? t : neg(t));
    const { tensor } = largest({ ...x, tensor: signed(x.tensor) }, axes);
    const shape = reducedShape(x.shape, axes, numberAttribute(i, 'keepdims') !== 0);
    return settled(signed(tensor), shape);
  };

const logSumExp: Compute = (i) => {
  const x = computedAt(i, 0);
  const axes = reducedAxes(i, x);
  const shift = largest(x, axes);
  const held = { ...shift, tensor: detach(shift.tensor) };
  const powers = elementwise([x, held], (a, b) => exp(sub(a!, b!)));
  const total = reduced(powers, axes, true, sum);
  const y = add(log(total.tensor), held.tensor);
  return settled(y, reducedShape(x.shape, axes, numberAttribute(i, 'keepdims') !== 0));
};

/** x less its largest value, a constant in derivatives, and the sum of its powers. */
function powersOf(x: Computed, axes: readonly number[]) {
  const shift = largest(x, axes);
  const shifted = elementwise([x, { ...shift, tensor: detach(shift.tensor) }], (a, b) =>
    sub(a!, b!),
  );
  const powers = { ...shifted, tensor: exp(shifted.tensor) };
  return { shifted, powers, total: reduced(powers, axes, true, sum) };
}

/** The axes of a softmax: one, or before opset 13 all from it. */
function softmaxAxes(i: Invocation, { shape }: Computed): readonly number[] {
  const axis = axisOf(numberAttribute(i, 'axis') ?? (i.opset < 13 ? 1 : -1), shape.length);
  return i.opset < 13 ? shape.map((_, at) => at).slice(axis) : [axis];
}

const softmax: Compute = (i) => {
  const x = computedAt(i, 0);
  const { powers, total } = powersOf(x, softmaxAxes(i, x));
  return elementwise([powers, total], (a, b) => div(a!, b!));
};

const logSoftmax: Compute = (i) => {
  const x = computedAt(i, 0);
  const { shifted, total } = powersOf(x, softmaxAxes(i, x));
  return elementwise([shifted, { ...total, tensor: log(total.tensor) }], (a, b) => sub(a!, b!));
};

/** x less its mean, over its standard deviation along axes. */
function normalized(x: Computed, axes: readonly number[], epsilon: number): Computed {
  const { tensor, axis } = formOf(x, axes);
  const at = axes.map(axis);
  const centered = sub(tensor, mean(tensor, at));
  const variance = mean(mul(centered, centered), at);
  return settled(div(centered, sqrt(add(variance, epsilon))), x.shape);
}

const EPSILON = 1e-5;

const layerNormalization: Compute = (i) => {
  const x = computedAt(i, 0);
  const first = axisOf(numberAttribute(i, 'axis') ?? -1, x.shape.length);
  const axes = x.shape.map((_, at) => at).slice(first);
  const y = normalized(x, axes, numberAttribute(i, 'epsilon') ?? EPSILON);
  const scaled = elementwise([y, constantAt(i, 1, 'scales')], (a, b) => mul(a!, b!));
  const shift = optionalConstant(i, 2, 'shifts');
  return shift === undefined ? scaled : elementwise([scaled, shift], (a, b) => add(a!, b!));
};

/** Numbers of channels, for values [N,C,…]. */
const perChannel = (i: Invocation, at: number, { shape }: Computed) => {
  const value = constantAt(i, at, 'parameters');
  return { ...value, shape: [value.data.length, ...shape.slice(2).map(() => 1)] };
};

const instanceNormalization: Compute = (i) => {
  const x = computedAt(i, 0);
  const axes = [...x.shape.keys()].slice(2);
  const y = normalized(x, axes, numberAttribute(i, 'epsilon') ?? EPSILON);
  return elementwise([y, perChannel(i, 1, x), perChannel(i, 2, x)], (a, w, b) =>
    add(mul(a!, w!), b!),
  );
};

const groupNormalization: Compute = (i) => {
  const x = computedAt(i, 0);
  const [batch, channels, ...size] = x.shape as [number, number, ...number[]];
  const groups = numberAttribute(i, 'num_groups') ?? 1;
  const apart = settled(x.tensor, [batch, groups, (channels / groups) * sizeOf(size)]);
  const y = settled(
    normalized(apart, [2], numberAttribute(i, 'epsilon') ?? EPSILON).tensor,
    x.shape,
  );
  // before opset 21 there is one scale for each group
  const each = (at: number) => {
    const value = perChannel(i, at, x);
    const times = channels / value.data.length;
    const data = Float32Array.from(
      { length: channels },
      (_, c) => value.data[Math.floor(c / times)]!,
    );
    return { ...value, shape: [channels, ...value.shape.slice(1)], data };
  };
  return elementwise([y, each(1), each(2)], (a, w, b) => add(mul(a!, w!), b!));
};

/** The scale and shift of a batch normalization, in float64. */
export function scaleAndShift(i: Invocation): { scale: Float64Array; shift: Float64Array } {
  if (numberAttribute(i, 'training_mode') === 1)
    throw new Refusal('is in training mode: export the model with model.eval()');
  const [weight, bias, center, variance] = [1, 2, 3, 4].map(
    (at) => constantAt(i, at, 'parameters').data,
  );
  const epsilon = numberAttribute(i, 'epsilon') ?? EPSILON;
  const scale = Float64Array.from(weight!, (w, c) => w / Math.sqrt(variance![c]! + epsilon));
  const shift = Float64Array.from(bias!, (b, c) => b - center![c]! * scale[c]!);
  return { scale, shift };
}

const batchNormalization: Compute = (i) => {
  const x = computedAt(i, 0);
  const { scale, shift } = scaleAndShift(i);
  const ofChannels = (data: Float64Array) => ({
    shape: [data.length, ...x.shape.slice(2).map(() => 1)],
    type: 'float' as const,
    data: Float32Array.from(data),
  });
  return elementwise([x, ofChannels(scale), ofChannels(shift)], (a, w, b) => add(mul(a!, w!), b!));
};

/** x / (bias + α/size · Σ x² of neighboring channels)^β, the sum being a 1×1 convolution with a band of ones. */
const localResponse: Compute = (i) => {
  const x = computedAt(i, 0);
  const input = planes(x);
  const channels = input.shape[1]!;
  const size = numberAttribute(i, 'size') ?? 1;
  const band = new Float32Array(channels * channels);
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  for (let c = 0; c < channels; c++)
    for (let n = Math.max(0, c - before); n <= Math.min(channels - 1, c + after); n++)
      band[c * channels + n] = 1;
  const filters = constant(band, [channels, channels, 1, 1]);
  const squares = conv2d(mul(input, input), filters, undefined, {
    stride: [1, 1],
    pads: [0, 0, 0, 0],
  });
  const [alpha, beta] = [numberAttribute(i, 'alpha') ?? 1e-4, numberAttribute(i, 'beta') ?? 0.75];
  const base = add(mul(squares, alpha / size), numberAttribute(i, 'bias') ?? 1);
  return settled(mul(input, exp(mul(log(base), -beta))), x.shape);
};

/** x over its L1 or L2 norm along an axis. */
const lpNormalization: Compute = (i) => {
  const x = computedAt(i, 0);
  const at = axisOf(numberAttribute(i, 'axis') ?? -1, x.shape.length);
  const norm = reduced(x, [at], true, numberAttribute(i, 'p') === 1 ? l1 : l2);
  return elementwise([x, norm], (a, b) => div(a!, b!));
};

const l1 = (t: Tensor, axes: readonly number[]) => sum(abs(t), axes);
const squares = (t: Tensor, axes: readonly number[]) => sum(mul(t, t), axes);
const l2 = (t: Tensor, axes: readonly number[]) => sqrt(squares(t, axes));

/** Operators over axes, by name. */
export const reductions: Readonly<Record<string, Compute>> = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction(mean),
  ReduceL1: reduction(l1),
  ReduceL2: reduction(l2),
  ReduceSumSquare: reduction(squares),
  ReduceLogSum: reduction((t, axes) => log(sum(t, axes))),
  ReduceLogSumExp: logSumExp,
  ReduceMax: maximum(1),
  ReduceMin: maximum(-1),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  BatchNormalization: batchNormalization,
  LpNormalization: lpNormalization,
  LRN: localResponse,
};
