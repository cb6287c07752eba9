// Convolutions, dense layers and norms, from the operators that exporters write for them. What scales and shifts channels
// is worked into the layer before, or into the preprocessing of the input.
import { type Shape, sameShape } from '../graph/shape.js';
import type { Layer } from '../model/index.js';
import type { WeightTensor } from '../weights/safetensors.js';
import { type Constant, floatsOf } from './constant.js';
import { computedInput, constantInput, type Draft, hasChannels, isPlanes } from './draft.js';
import type { Operation } from './operations.js';
import { dilated, transposedMatrix } from './operators/products.js';
import { scaleAndShift } from './operators/reductions.js';
import { windowOf } from './operators/windows.js';
import { paddingBefore } from './padding.js';
import { type Computed, isConstant, numberAttribute, planeOf } from './value.js';

const tensorOf = ({ shape }: { readonly shape: Shape }, data: Float32Array): WeightTensor => ({
  shape: [...shape],
  data,
});

const vector = (data: Float32Array | Float64Array): WeightTensor => ({
  shape: [data.length],
  data: Float32Array.from(data),
});

/** The numbers of a constant for each of so many channels; undefined where it is not one for each, or one for all. */
function perChannel(value: Constant, { shape }: Computed): Float64Array | undefined {
  const channels = shape[1]!;
  if (value.data.length === 1) return new Float64Array(channels).fill(value.data[0]!);
  // aligned at the last axis, all axes but that of the channels are ones
  const wide = [
    ...Array.from({ length: shape.length - value.shape.length }, () => 1),
    ...value.shape,
  ];
  return wide.length === shape.length && wide.every((d, axis) => d === (axis === 1 ? channels : 1))
    ? Float64Array.from(value.data)
    : undefined;
}

export function convolution(draft: Draft, operation: Operation): string | undefined {
  const x = computedInput(operation);
  const filters = constantInput(operation, 1);
  const bias = operation.invocation.inputs[2];
  if (x === undefined || filters === undefined || !isPlanes(x) || filters.shape.length !== 4)
    return undefined;
  if (bias !== undefined && !isConstant(bias)) return undefined;
  const before = paddingBefore(draft, operation.reads[0]!);
  const window = windowOf(operation.invocation, x.shape.slice(2), filters.shape.slice(2));
  const full = dilated(filters, window.dilations);
  const source =
    before === undefined
      ? draft.planeLayer(operation.reads[0]!, x)
      : draft.planeLayer(before.from, before.x);
  const pads = window.pads.map((pad, side) => pad + (before?.pads[side] ?? 0));
  const groups = numberAttribute(operation.invocation, 'group') ?? 1;
  const name = draft.put(draft.nameFor(operation), [source], planeOf(operation.result.shape), {
    kind: 'conv',
    kernel: [full.shape[2]!, full.shape[3]!],
    stride: window.stride,
    pads: pads as unknown as readonly [number, number, number, number],
    ...(groups === 1 ? {} : { groups }),
    bias: true,
  });
  draft.linear.set(name, {
    weight: tensorOf(full, floatsOf(full)),
    bias: vector(bias === undefined ? new Float32Array(full.shape[0]!) : floatsOf(bias)),
  });
  return name;
}

export function dense(draft: Draft, operation: Operation): string | undefined {
  const { invocation, node, reads } = operation;
  const x = computedInput(operation);
  const matrix = constantInput(operation, 1);
  if (x === undefined || matrix === undefined || matrix.shape.length !== 2) return undefined;
  if (x.shape.length !== 2 || x.shape[0] !== 1) return undefined;
  const isGemm = node.op === 'Gemm';
  if (isGemm && numberAttribute(invocation, 'transA') === 1) return undefined;
  const rows =
    isGemm && numberAttribute(invocation, 'transB') === 1 ? matrix : transposedMatrix(matrix);
  const [alpha, beta] = isGemm
    ? [numberAttribute(invocation, 'alpha') ?? 1, numberAttribute(invocation, 'beta') ?? 1]
    : [1, 1];
  const out = rows.shape[0]!;
  const c = invocation.inputs[2];
  const shift =
    c === undefined ? undefined : isConstant(c) ? perChannel(c, operation.result) : null;
  if (shift === null) return undefined;
  const from = draft.holderOf(reads[0]!);
  const name = draft.put(draft.nameFor(operation), [from], [out, 1, 1], { kind: 'dense' });
  const data = floatsOf(rows);
  draft.linear.set(name, {
    weight: tensorOf(rows, alpha === 1 ? data : data.map((w) => w * alpha)),
    bias: vector(shift === undefined ? new Float32Array(out) : shift.map((b) => b * beta)),
  });
  return name;
}

/** The linear layer that holds a value which nothing else reads; undefined where there is none. */
function linearBefore(
  draft: Draft,
  value: string,
  x: Computed,
): (Layer & { kind: 'conv' | 'dense' }) | undefined {
  const layer = draft.layers.get(draft.holderOf(value));
  return layer !== undefined &&
    (layer.kind === 'conv' || layer.kind === 'dense') &&
    draft.isHeldAlone(layer.name) &&
    sameShape(layer.shape, planeOf(x.shape))
    ? layer
    : undefined;
}

/** Channels scaled and shifted: worked into the layer before where that is linear, else a layer. */
function scaled(
  draft: Draft,
  operation: Operation,
  value: string,
  x: Computed,
  scale: Float64Array | undefined,
  shift: Float64Array | undefined,
): string {
  const before = linearBefore(draft, value, x);
  const channels = x.shape[1]!;
  const factor = scale ?? new Float64Array(channels).fill(1);
  const more = shift ?? new Float64Array(channels);
  if (before !== undefined) {
    const { weight, bias } = draft.linear.get(before.name)!;
    const each = weight.data.length / channels;
    draft.linear.set(before.name, {
      weight:
        scale === undefined
          ? weight
          : { ...weight, data: weight.data.map((w, n) => w * factor[Math.floor(n / each)]!) },
      bias: vector(Float64Array.from(bias.data, (b, c) => b * factor[c]! + more[c]!)),
    });
    return before.name;
  }
  const name = draft.nameFor(operation);
  draft.linear.set(name, { weight: vector(factor), bias: vector(more) });
  return draft.put(name, [draft.planeLayer(value, x)], planeOf(x.shape), {
    kind: 'affine',
    norm: { name, epsilon: 0 },
  });
}

export function norm(draft: Draft, operation: Operation): string | undefined {
  const x = computedInput(operation);
  if (x === undefined || !hasChannels(x)) return undefined;
  const { scale, shift } = scaleAndShift(operation.invocation);
  return scaled(draft, operation, operation.reads[0]!, x, scale, shift);
}

/** Numbers for each channel of the input, where its only reader is arithmetic with such constants. */
function ofInput(
  { image, input, ...draft }: Draft,
  name: string,
  x: Computed,
  value: Constant,
): readonly number[] | undefined {
  const isInput = draft.holderOf(name) === input && sameShape(x.shape, image.shape);
  if (!isInput || !draft.isHeldAlone(input)) return undefined;
  const colors = image.plane[0];
  const axis = image.layers.length > 0 ? 3 : 1;
  const wide = [...Array.from({ length: 4 - value.shape.length }, () => 1), ...value.shape];
  if (value.data.length === 1) return new Array<number>(colors).fill(value.data[0]!);
  return wide.length === 4 && wide.every((d, at) => d === (at === axis ? colors : 1))
    ? [...value.data]
    : undefined;
}

/** Works arithmetic on the input into what its pixels become; undefined where it cannot be. */
function worked(
  draft: Draft,
  op: string,
  at: number,
  name: string,
  x: Computed,
  value: Constant,
): string | undefined {
  const numbers = ofInput(draft, name, x, value);
  const { scale, shift } = draft.leading;
  if (numbers === undefined || (at === 1 && op !== 'Add' && op !== 'Mul')) return undefined;
  const isFactor = op === 'Mul' || op === 'Div';
  // a channel that is turned around has no darkest value any more
  if (isFactor && numbers.some((v) => !(v > 0))) return undefined;
  const by =
    op === 'Div' ? numbers.map((v) => 1 / v) : op === 'Sub' ? numbers.map((v) => -v) : numbers;
  draft.leading = isFactor
    ? { scale: scale.map((s, c) => s * by[c]!), shift: shift.map((s, c) => s * by[c]!) }
    : { scale, shift: shift.map((s, c) => s + by[c]!) };
  return draft.holderOf(name);
}

/** A sum, difference, product or quotient with a constant. */
export function withConstant(draft: Draft, operation: Operation): string | undefined {
  const { node, reads } = operation;
  const at = reads[0] === undefined ? 1 : 0;
  const x = computedInput(operation, at);
  const value = constantInput(operation, 1 - at);
  if (x === undefined || value === undefined || !sameShape(x.shape, operation.result.shape))
    return undefined;
  const before = worked(draft, node.op, at, reads[at]!, x, value);
  if (before !== undefined) return before;
  if (node.op === 'Div' && at === 1) return draft.operator(operation, 'function');
  if (!hasChannels(x)) return draft.operator(operation, 'scale');
  const numbers = perChannel(value, x);
  if (numbers === undefined) return draft.operator(operation, 'scale');
  const minus = numbers.map((v) => -v);
  const one = new Float64Array(numbers.length).fill(-1);
  const name = reads[at]!;
  switch (node.op) {
    case 'Add':
      return scaled(draft, operation, name, x, undefined, numbers);
    case 'Sub':
      return at === 0
        ? scaled(draft, operation, name, x, undefined, minus)
        : scaled(draft, operation, name, x, one, numbers);
    case 'Mul':
      return scaled(draft, operation, name, x, numbers, undefined);
    default:
      return scaled(
        draft,
        operation,
        name,
        x,
        numbers.map((v) => 1 / v),
        undefined,
      );
  }
}
