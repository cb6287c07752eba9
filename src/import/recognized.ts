// From operations to layers: convolutions, dense layers, norms, activations, pools, sums and joins are recognized, however an
// exporter writes them, and become what built-in networks are made of. Everything else stays an operator.
import { reshape } from '../graph/index.js';
import { type Shape, sameShape } from '../graph/shape.js';
import type { ElementFunction, Layer, Linear, Operator, Plane } from '../model/index.js';
import type { WeightTensor } from '../weights/safetensors.js';
import { type Constant, floatsOf } from './constant.js';
import type { Operation, Operations } from './operations.js';
import { padsOf, padValue } from './operators/arrangements.js';
import { elementFunctions } from './operators/elementwise.js';
import { operatorOf } from './operators/index.js';
import { dilated, transposedMatrix } from './operators/products.js';
import { scaleAndShift } from './operators/reductions.js';
import { averageFactors, poolWindow, windowOf } from './operators/windows.js';
import {
  axesOf,
  type Computed,
  isConstant,
  listAttribute,
  numberAttribute,
  planeOf,
  type Value,
  wordAttribute,
} from './value.js';

/** Layers, and the numbers of those that have weights. */
export interface Recognized {
  readonly layers: readonly Layer[];
  readonly linear: ReadonlyMap<string, Linear>;
  /** The layer that gives the output. */
  readonly last: string;
  /** What the model does with its input before all else: each channel scaled and shifted. */
  readonly leading: Channelwise;
}

/** A scale and a shift for each channel. */
export interface Channelwise {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

/** A definition of a layer without its name and what it reads. */
type Definition = Layer extends infer L
  ? L extends Layer
    ? Omit<L, 'name' | 'from' | 'shape'>
    : never
  : never;

/** Whether a shape is that of one image's planes. */
const isPlanes = ({ shape }: { readonly shape: Shape }): boolean =>
  shape.length === 4 && shape[0] === 1;

/** Whether a value has channels: planes, or one number each. */
const hasChannels = ({ shape }: { readonly shape: Shape }): boolean =>
  shape[0] === 1 && (shape.length === 4 || shape.length === 2);

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

/** The only number of a constant; undefined where it is none. */
const only = (value: Value | undefined): number | undefined =>
  value !== undefined && isConstant(value) && value.data.length === 1 ? value.data[0] : undefined;

const near = (value: number | undefined, wanted: number): boolean =>
  value !== undefined && Math.abs(value - wanted) <= 1e-5 * Math.abs(wanted);

/** The input of a network. */
export interface Picture {
  /** What it is called in the model, and its shape there. */
  readonly name: string;
  readonly shape: Shape;
  /** The layer that gives it with channels first, and its plane. */
  readonly channelsFirst: string;
  readonly plane: Plane;
  /** Layers that turn it as the model wants it, if it wants it otherwise. */
  readonly layers: readonly Layer[];
}

/** Turns operations into layers. */
export function recognized({ list, output }: Operations, image: Picture): Recognized {
  const layers = new Map(image.layers.map((layer) => [layer.name, layer]));
  const input = image.layers.at(-1) ?? { name: image.channelsFirst, shape: image.plane };
  const linear = new Map<string, Linear>();
  /** The layer that holds a value of the model. */
  const holder = new Map<string, string>([[image.name, input.name]]);
  const colors = image.plane[0];
  let leading: Channelwise = {
    scale: new Array<number>(colors).fill(1),
    shift: new Array<number>(colors).fill(0),
  };
  const made = new Map(list.map((operation) => [operation.output, operation]));
  const readers = new Map<string, number>([[output, 1]]);
  for (const { reads } of list)
    for (const name of reads)
      if (name !== undefined) readers.set(name, (readers.get(name) ?? 0) + 1);
  const planes = new Map<string, Plane>([
    [image.channelsFirst, image.plane],
    [input.name, input.shape],
  ]);
  const names = new Set(['input', 'colors', 'two classes', image.channelsFirst, input.name]);

  const nameFor = ({ node, output, at }: Operation): string => {
    const wanted = at === 0 && !names.has(node.name) ? node.name : output;
    let name = wanted;
    for (let n = 2; names.has(name); n++) name = `${wanted} ${n}`;
    names.add(name);
    return name;
  };
  const put = (
    name: string,
    from: readonly string[],
    shape: Plane,
    definition: Definition,
  ): string => {
    layers.set(name, { name, from, shape, ...definition } as Layer);
    planes.set(name, shape);
    return name;
  };
  const holderOf = (value: string): string => holder.get(value)!;
  /** What an operation reads as its only computed value, with the value's name. */
  const readsOne = ({ reads }: Operation): string | undefined => {
    const names = reads.filter((name) => name !== undefined);
    return names.length === 1 ? names[0] : undefined;
  };
  const maker = (value: string | undefined, ...ops: readonly string[]): Operation | undefined => {
    const operation = value === undefined ? undefined : made.get(value);
    return operation !== undefined && ops.includes(operation.node.op) ? operation : undefined;
  };
  const isOnlyReader = (value: string): boolean => readers.get(value) === 1;

  /** The layer that holds a value as the plane its shape says. */
  const planeLayer = (value: string, { shape }: Computed): string => {
    const name = holderOf(value);
    const plane = planeOf(shape);
    if (sameShape(planes.get(name)!, plane)) return name;
    const made = `${name} as ${plane.join('×')}`;
    if (layers.has(made)) return made;
    names.add(made);
    return put(made, [name], plane, {
      kind: 'rearrange',
      operator: 'Reshape',
      compute: ([x]) => reshape(x!, [x!.shape[0]!, ...plane]),
    });
  };

  /** An operation as a layer that is known by what it computes. */
  const operator = (
    operation: Operation,
    kind: 'rearrange' | 'scale' | 'multiply' | 'function',
  ): string => {
    const { invocation, reads, at, node, result } = operation;
    const from = [...new Set(reads.filter((name) => name !== undefined).map(holderOf))];
    const compute: Operator['compute'] = (inputs) => {
      const given = invocation.inputs.map((value, n): Value | undefined => {
        const name = reads[n];
        if (name === undefined || value === undefined || isConstant(value)) return value;
        const tensor = inputs[from.indexOf(holderOf(name))]!;
        return { ...value, tensor: reshape(tensor, [tensor.shape[0]!, ...planeOf(value.shape)]) };
      });
      const results = [operatorOf(node.op)!({ ...invocation, inputs: given })].flat();
      return results[at]!.tensor;
    };
    return put(nameFor(operation), from, planeOf(result.shape), {
      kind,
      operator: node.op,
      compute,
    } as Definition);
  };

  const computedInput = ({ invocation }: Operation, at = 0): Computed | undefined => {
    const value = invocation.inputs[at];
    return value === undefined || isConstant(value) ? undefined : value;
  };
  const constantInput = ({ invocation }: Operation, at: number): Constant | undefined => {
    const value = invocation.inputs[at];
    return value !== undefined && isConstant(value) ? value : undefined;
  };

  /** An activation of the layer that holds a value; its plane stays as it is. */
  const activation = (operation: Operation, value: string, f?: ElementFunction): string => {
    const perPlane = f?.name === 'leaky' && typeof f.slope !== 'number';
    const from = perPlane ? planeLayer(value, computedInput(operation)!) : holderOf(value);
    return put(nameFor(operation), [from], planes.get(from)!, {
      kind: 'activation',
      ...(f === undefined ? {} : { function: f }),
    });
  };

  /** The padding of zeros that a Pad before a value adds, and what it pads. */
  const paddingBefore = (value: string) => {
    const pad = maker(value, 'Pad');
    const x = pad === undefined ? undefined : computedInput(pad);
    if (pad === undefined || x === undefined || !isPlanes(x) || !isOnlyReader(value))
      return undefined;
    if ((wordAttribute(pad.invocation, 'mode') ?? 'constant') !== 'constant') return undefined;
    if (padValue(pad.invocation) !== 0) return undefined;
    const [n, c, rows, columns] = padsOf(pad.invocation, 4) as readonly (readonly [
      number,
      number,
    ])[];
    if ([...n!, ...c!].some((d) => d !== 0) || [...rows!, ...columns!].some((d) => d < 0))
      return undefined;
    return {
      from: pad.reads[0]!,
      x,
      pads: [rows![0], columns![0], rows![1], columns![1]] as const,
    };
  };

  const convolution = (operation: Operation): string | undefined => {
    const x = computedInput(operation);
    const filters = constantInput(operation, 1);
    const bias = operation.invocation.inputs[2];
    if (x === undefined || filters === undefined || !isPlanes(x) || filters.shape.length !== 4)
      return undefined;
    if (bias !== undefined && !isConstant(bias)) return undefined;
    const before = paddingBefore(operation.reads[0]!);
    const window = windowOf(operation.invocation, x.shape.slice(2), filters.shape.slice(2));
    const full = dilated(filters, window.dilations);
    const source =
      before === undefined ? planeLayer(operation.reads[0]!, x) : planeLayer(before.from, before.x);
    const pads = window.pads.map((pad, side) => pad + (before?.pads[side] ?? 0));
    const groups = numberAttribute(operation.invocation, 'group') ?? 1;
    const name = put(nameFor(operation), [source], planeOf(operation.result.shape), {
      kind: 'conv',
      kernel: [full.shape[2]!, full.shape[3]!],
      stride: window.stride,
      pads: pads as unknown as readonly [number, number, number, number],
      ...(groups === 1 ? {} : { groups }),
      bias: true,
    });
    linear.set(name, {
      weight: tensorOf(full, floatsOf(full)),
      bias: vector(bias === undefined ? new Float32Array(full.shape[0]!) : floatsOf(bias)),
    });
    return name;
  };

  const dense = (operation: Operation): string | undefined => {
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
    const from = holderOf(reads[0]!);
    const name = put(nameFor(operation), [from], [out, 1, 1], { kind: 'dense' });
    const data = floatsOf(rows);
    linear.set(name, {
      weight: tensorOf(rows, alpha === 1 ? data : data.map((w) => w * alpha)),
      bias: vector(shift === undefined ? new Float32Array(out) : shift.map((b) => b * beta)),
    });
    return name;
  };

  /** The linear layer that holds a value which nothing else reads; undefined where there is none. */
  const linearBefore = (
    value: string,
    x: Computed,
  ): (Layer & { kind: 'conv' | 'dense' }) | undefined => {
    const layer = layers.get(holderOf(value));
    // the values that it holds are made of one another, if each has one reader
    const heldAlone = [...holder].every(([one, by]) => by !== layer?.name || isOnlyReader(one));
    return layer !== undefined &&
      (layer.kind === 'conv' || layer.kind === 'dense') &&
      heldAlone &&
      sameShape(layer.shape, planeOf(x.shape))
      ? layer
      : undefined;
  };

  /** Channels scaled and shifted: worked into the layer before where that is linear, else a layer. */
  const scaled = (
    operation: Operation,
    value: string,
    x: Computed,
    scale: Float64Array | undefined,
    shift: Float64Array | undefined,
  ): string => {
    const before = linearBefore(value, x);
    const channels = x.shape[1]!;
    const factor = scale ?? new Float64Array(channels).fill(1);
    const more = shift ?? new Float64Array(channels);
    if (before !== undefined) {
      const { weight, bias } = linear.get(before.name)!;
      const each = weight.data.length / channels;
      linear.set(before.name, {
        weight:
          scale === undefined
            ? weight
            : { ...weight, data: weight.data.map((w, n) => w * factor[Math.floor(n / each)]!) },
        bias: vector(Float64Array.from(bias.data, (b, c) => b * factor[c]! + more[c]!)),
      });
      return before.name;
    }
    const name = nameFor(operation);
    linear.set(name, { weight: vector(factor), bias: vector(more) });
    return put(name, [planeLayer(value, x)], planeOf(x.shape), {
      kind: 'affine',
      norm: { name, epsilon: 0 },
    });
  };

  const norm = (operation: Operation): string | undefined => {
    const x = computedInput(operation);
    if (x === undefined || !hasChannels(x)) return undefined;
    const { scale, shift } = scaleAndShift(operation.invocation);
    return scaled(operation, operation.reads[0]!, x, scale, shift);
  };

  /** Numbers for each channel of the input, where its only reader is arithmetic with such constants. */
  const ofInput = (name: string, value: Constant): readonly number[] | undefined => {
    const isInput =
      holderOf(name) === input.name &&
      [...holder].every(([one, by]) => by !== input.name || isOnlyReader(one));
    if (!isInput) return undefined;
    const axis = image.layers.length > 0 ? 3 : 1;
    const wide = [...Array.from({ length: 4 - value.shape.length }, () => 1), ...value.shape];
    if (value.data.length === 1) return new Array<number>(colors).fill(value.data[0]!);
    return wide.length === 4 && wide.every((d, at) => d === (at === axis ? colors : 1))
      ? [...value.data]
      : undefined;
  };

  /** Works arithmetic on the input into what its pixels become; undefined where it cannot be. */
  const worked = (op: string, at: number, name: string, value: Constant): string | undefined => {
    const numbers = ofInput(name, value);
    const { scale, shift } = leading;
    if (numbers === undefined || (at === 1 && op !== 'Add' && op !== 'Mul')) return undefined;
    const isFactor = op === 'Mul' || op === 'Div';
    // a channel that is turned around has no darkest value any more
    if (isFactor && numbers.some((v) => !(v > 0))) return undefined;
    const by =
      op === 'Div' ? numbers.map((v) => 1 / v) : op === 'Sub' ? numbers.map((v) => -v) : numbers;
    leading = isFactor
      ? { scale: scale.map((s, c) => s * by[c]!), shift: shift.map((s, c) => s * by[c]!) }
      : { scale, shift: shift.map((s, c) => s + by[c]!) };
    return holderOf(name);
  };

  /** A sum, difference, product or quotient with a constant. */
  const withConstant = (operation: Operation): string | undefined => {
    const { node, reads } = operation;
    const at = reads[0] === undefined ? 1 : 0;
    const x = computedInput(operation, at);
    const value = constantInput(operation, 1 - at);
    if (x === undefined || value === undefined || !sameShape(x.shape, operation.result.shape))
      return undefined;
    const before = worked(node.op, at, reads[at]!, value);
    if (before !== undefined) return before;
    if (node.op === 'Div' && at === 1) return operator(operation, 'function');
    if (!hasChannels(x)) return operator(operation, 'scale');
    const numbers = perChannel(value, x);
    if (numbers === undefined) return operator(operation, 'scale');
    const minus = numbers.map((v) => -v);
    const one = new Float64Array(numbers.length).fill(-1);
    const name = reads[at]!;
    switch (node.op) {
      case 'Add':
        return scaled(operation, name, x, undefined, numbers);
      case 'Sub':
        return at === 0
          ? scaled(operation, name, x, undefined, minus)
          : scaled(operation, name, x, one, numbers);
      case 'Mul':
        return scaled(operation, name, x, numbers, undefined);
      default:
        return scaled(
          operation,
          name,
          x,
          numbers.map((v) => 1 / v),
          undefined,
        );
    }
  };

  /** The other value of a product, and the value it is computed from by a chain of operations. */
  const gated = (operation: Operation): { f: ElementFunction; value: string } | undefined => {
    const [a, b] = operation.reads;
    if (a === undefined || b === undefined) return undefined;
    for (const [x, gate] of [
      [a, b],
      [b, a],
    ] as const) {
      const f = gateOf(x, gate);
      if (f !== undefined) return { f, value: x };
    }
    return undefined;
  };

  /** The function that x times a gate is; undefined where the gate is not computed from x alone. */
  const gateOf = (x: string, gate: string): ElementFunction | undefined => {
    const reads = (operation: Operation | undefined) =>
      operation === undefined ? undefined : readsOne(operation);
    const operation = made.get(gate);
    if (operation === undefined) return undefined;
    switch (operation.node.op) {
      case 'Sigmoid':
        return operation.reads[0] === x ? { name: 'silu' } : undefined;
      case 'HardSigmoid': {
        const f = elementFunctions.HardSigmoid!(operation.invocation);
        return operation.reads[0] === x &&
          f.name === 'hardsigmoid' &&
          near(f.slope, 1 / 6) &&
          near(f.shift, 0.5)
          ? { name: 'hardswish' }
          : undefined;
      }
      case 'Tanh': {
        const inner = maker(operation.reads[0], 'Softplus');
        return inner?.reads[0] === x ? { name: 'mish' } : undefined;
      }
      case 'Div':
        // clip(x + 3, 0, 6) / 6
        return near(only(operation.invocation.inputs[1]), 6) && isShiftedClip(x, reads(operation))
          ? { name: 'hardswish' }
          : undefined;
      case 'Mul': {
        const other = operation.invocation.inputs.find(
          (value) => value !== undefined && isConstant(value),
        );
        const inner = reads(operation);
        if (near(only(other), 1 / 6) && isShiftedClip(x, inner)) return { name: 'hardswish' };
        return near(only(other), 0.5) ? normalGate(x, inner) : undefined;
      }
      default:
        return undefined;
    }
  };

  /** Whether a value is clip(x + 3, 0, 6). */
  const isShiftedClip = (x: string, value: string | undefined): boolean => {
    const clip = maker(value, 'Clip');
    const f = clip === undefined ? undefined : elementFunctions.Clip!(clip.invocation);
    if (clip === undefined || f?.name !== 'clip' || f.low !== 0 || f.high !== 6) return false;
    const shifted = maker(clip.reads[0], 'Add');
    return shifted !== undefined && readsOne(shifted) === x && near(constantOf(shifted), 3);
  };
  const constantOf = ({ invocation }: Operation): number | undefined =>
    only(invocation.inputs.find((value) => value !== undefined && isConstant(value)));

  /** Whether a value is 1 + erf(x/√2), or 1 + tanh(√(2/π)(x + 0.044715 x³)). */
  const normalGate = (x: string, value: string | undefined): ElementFunction | undefined => {
    const plus = maker(value, 'Add');
    if (plus === undefined || !near(constantOf(plus), 1)) return undefined;
    const erf = maker(readsOne(plus), 'Erf');
    if (erf === undefined) return undefined;
    const inner = maker(erf.reads[0], 'Div', 'Mul');
    if (inner === undefined || readsOne(inner) !== x) return undefined;
    return near(constantOf(inner), inner.node.op === 'Div' ? Math.SQRT2 : Math.SQRT1_2)
      ? { name: 'gelu' }
      : undefined;
  };

  /** A product that is half of x·(1 + erf(x/√2)), or a sixth of x·clip(x + 3, 0, 6). */
  const halved = (operation: Operation): { f: ElementFunction; value: string } | undefined => {
    const value = readsOne(operation);
    const factor = constantOf(operation);
    const product = maker(value, 'Mul');
    if (
      product === undefined ||
      value === undefined ||
      factor === undefined ||
      !isOnlyReader(value)
    )
      return undefined;
    const [a, b] = product.reads;
    if (a === undefined || b === undefined) return undefined;
    const isSixth = operation.node.op === 'Div' ? near(factor, 6) : near(factor, 1 / 6);
    const isHalf = operation.node.op === 'Div' ? near(factor, 2) : near(factor, 0.5);
    for (const [x, gate] of [
      [a, b],
      [b, a],
    ] as const) {
      if (isSixth && isShiftedClip(x, gate)) return { f: { name: 'hardswish' }, value: x };
      const f = isHalf ? normalGate(x, gate) : undefined;
      if (f !== undefined) return { f, value: x };
    }
    return undefined;
  };

  const arithmetic = (operation: Operation): string | undefined => {
    const { node, reads, result } = operation;
    const computed = reads.filter((name) => name !== undefined);
    if (node.op === 'Mul' || node.op === 'Div') {
      const whole =
        computed.length === 2 && node.op === 'Mul' ? gated(operation) : halved(operation);
      if (whole !== undefined) return activation(operation, whole.value, whole.f);
    }
    if (computed.length === 1 && operation.invocation.inputs.length === 2)
      return withConstant(operation);
    if (node.op === 'Mul' && computed.length === 2) return operator(operation, 'multiply');
    if (node.op !== 'Add' && node.op !== 'Sum') return undefined;
    const inputs = operation.invocation.inputs;
    const alike = inputs.every(
      (value) => value !== undefined && !isConstant(value) && sameShape(value.shape, result.shape),
    );
    if (!alike) return undefined;
    const [first, ...others] = computed.map((name, n) => planeLayer(name, inputs[n] as Computed));
    return others.reduce(
      (sum, other, n) =>
        put(
          n === others.length - 1 ? nameFor(operation) : `${operation.output} ${n}`,
          [sum, other],
          planeOf(result.shape),
          {
            kind: 'add',
          },
        ),
      first!,
    );
  };

  const pool = (operation: Operation): string | undefined => {
    const x = computedInput(operation);
    if (x === undefined || !isPlanes(x)) return undefined;
    const { invocation, node, reads, result } = operation;
    const shape = planeOf(result.shape);
    if (node.op === 'GlobalAveragePool')
      return put(nameFor(operation), [planeLayer(reads[0]!, x)], shape, { kind: 'globalAverage' });
    const window = poolWindow(invocation, x.shape.slice(2));
    if (node.op === 'MaxPool')
      return put(nameFor(operation), [planeLayer(reads[0]!, x)], shape, {
        kind: 'maxPool',
        window,
      });
    const { kernel, stride, pads } = window;
    const isCopy = [...kernel, ...stride].every((n) => n === 1) && pads.every((n) => n === 0);
    if (isCopy) return planeLayer(reads[0]!, x);
    const factors = averageFactors(invocation, x.shape.slice(2), window);
    const before = factors === undefined ? paddingBefore(reads[0]!) : undefined;
    if (before !== undefined) {
      const pads = window.pads.map((pad, side) => pad + before.pads[side]!);
      return put(nameFor(operation), [planeLayer(before.from, before.x)], shape, {
        kind: 'averagePool',
        window: { ...window, pads: pads as unknown as typeof window.pads },
      });
    }
    return put(nameFor(operation), [planeLayer(reads[0]!, x)], shape, {
      kind: 'averagePool',
      window,
      ...(factors === undefined ? {} : { factors }),
    });
  };

  /** A mean over the whole plane. */
  const planeMean = (operation: Operation): string | undefined => {
    const x = computedInput(operation);
    if (x === undefined || !isPlanes(x)) return undefined;
    const axes = [...(axesOf(operation.invocation, 1, 4) ?? [])].sort((a, b) => a - b);
    if (axes.join() !== '2,3') return undefined;
    return put(nameFor(operation), [planeLayer(operation.reads[0]!, x)], [x.shape[1]!, 1, 1], {
      kind: 'globalAverage',
    });
  };

  const join = (operation: Operation): string | undefined => {
    const { invocation, reads, result } = operation;
    const inputs = invocation.inputs;
    const isOfPlanes = inputs.every(
      (value) => value !== undefined && !isConstant(value) && hasChannels(value),
    );
    if (!isOfPlanes)
      return operator(
        operation,
        inputs.some((v) => v !== undefined && isConstant(v)) ? 'scale' : 'rearrange',
      );
    const axis = numberAttribute(invocation, 'axis') ?? 0;
    if (axis !== 1 && axis + result.shape.length !== 1) return operator(operation, 'rearrange');
    const from = reads.map((name, n) => planeLayer(name!, inputs[n] as Computed));
    return put(nameFor(operation), from, planeOf(result.shape), { kind: 'concat' });
  };

  /** Two transpositions that undo each other are none. */
  const transposition = (operation: Operation): string => {
    const first = maker(operation.reads[0], 'Transpose');
    const second = listAttribute(operation.invocation, 'perm');
    if (
      holderOf(operation.reads[0]!) === input.name &&
      image.layers.length > 0 &&
      second?.join() === '0,3,1,2'
    )
      return image.channelsFirst;
    const one = first === undefined ? undefined : listAttribute(first.invocation, 'perm');
    if (first !== undefined && one !== undefined && second?.every((axis, n) => one[axis] === n))
      return holderOf(first.reads[0]!);
    return operator(operation, 'rearrange');
  };

  const recognizers: Readonly<Record<string, (operation: Operation) => string | undefined>> = {
    Conv: convolution,
    Gemm: dense,
    MatMul: dense,
    BatchNormalization: norm,
    Relu: (operation) => activation(operation, operation.reads[0]!),
    Add: arithmetic,
    Sum: arithmetic,
    Sub: arithmetic,
    Mul: arithmetic,
    Div: arithmetic,
    MaxPool: pool,
    AveragePool: pool,
    GlobalAveragePool: pool,
    ReduceMean: planeMean,
    Concat: join,
    Transpose: transposition,
    ...Object.fromEntries(
      ['Slice', 'Split', 'Gather', 'Expand', 'Tile', 'Pad', 'DepthToSpace', 'SpaceToDepth'].map(
        (op) => [op, (operation: Operation) => operator(operation, 'rearrange')],
      ),
    ),
    // all values of an image in the same order are held alike
    ...Object.fromEntries(
      ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'].map((op) => [
        op,
        (operation: Operation) => holderOf(operation.reads[0]!),
      ]),
    ),
  };
  for (const operation of list) {
    const { op } = operation.node;
    const recognize = Object.hasOwn(recognizers, op) ? recognizers[op] : undefined;
    const f = Object.hasOwn(elementFunctions, op)
      ? elementFunctions[op]!(operation.invocation)
      : undefined;
    const name =
      f === undefined ? recognize?.(operation) : activation(operation, operation.reads[0]!, f);
    holder.set(operation.output, name ?? operator(operation, 'function'));
  }
  const last = holderOf(output);
  return { layers: neededLayers([...layers.values()], last), linear, last, leading };
}

/** The layers that a layer needs, in their order. */
export function neededLayers(layers: readonly Layer[], last: string): readonly Layer[] {
  const needed = new Set([last]);
  return [...layers]
    .reverse()
    .filter(({ name, from }) => {
      if (!needed.has(name)) return false;
      for (const one of from) needed.add(one);
      return true;
    })
    .reverse();
}
