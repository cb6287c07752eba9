// Writes a program as an ONNX model. One rule per primitive; the rules choose the forms that ONNX
// Runtime's CPU kernels run fastest: input gradients of stride 1 as convolutions with flipped
// filters, softplus and its derivative from one sigmoid, and max-pool routing by separable maxima.
import type { Program } from '../../graph/program.js';
import { type Shape, sizeOf, type Window } from '../../graph/shape.js';
import type { Node, Primitive, Tensor } from '../../graph/tensor.js';
import {
  attribute,
  type EncodedModel,
  elementType,
  encodeModel,
  type NodeProto,
  type TensorProto,
} from './proto.js';

const OPSET = 18;

type Attribute = number | readonly number[] | string;

/** The winners of a max-pool and the flat positions where they stand. */
interface Routed {
  readonly value: string;
  readonly index: string;
}

class Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  private readonly memo = new Map<string, string>();
  private readonly names = new Map<Tensor, string>();
  private readonly routes = new Map<string, Routed>();
  private count = 0;

  constructor(readonly program: Program) {}

  nameOf(t: Tensor): string {
    return this.names.get(t)!;
  }

  bind(t: Tensor, name: string): void {
    this.names.set(t, name);
  }

  /** Adds a node with one output and returns the output's name. */
  node(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const output = `v${this.count++}`;
    this.nodes.push({
      opType,
      input,
      output: [output],
      attribute: Object.entries(attributes).map(([k, v]) => attribute(k, v)),
    });
    return output;
  }

  /** Builds something once per key. */
  once(key: string, build: () => string): string {
    let name = this.memo.get(key);
    if (name === undefined) {
      name = build();
      this.memo.set(key, name);
    }
    return name;
  }

  /** Routes a max-pool once. */
  route(key: string, build: () => Routed): Routed {
    let made = this.routes.get(key);
    if (made === undefined) {
      made = build();
      this.routes.set(key, made);
    }
    return made;
  }

  private initializer(data: Float32Array | Int32Array | BigInt64Array, dims: Shape): string {
    const name = `c${this.count++}`;
    const dataType =
      data instanceof Float32Array
        ? elementType.float32
        : data instanceof Int32Array
          ? elementType.int32
          : elementType.int64;
    this.initializers.push({
      name,
      dims,
      dataType,
      rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    });
    return name;
  }

  floats(data: Float32Array, dims: Shape): string {
    return this.initializer(data, dims);
  }

  scalar(value: number): string {
    return this.once(`scalar ${value}`, () => this.initializer(Float32Array.of(value), []));
  }

  int32(values: readonly number[], dims: Shape = [values.length]): string {
    return this.once(`int32 ${values} [${dims}]`, () =>
      this.initializer(Int32Array.from(values), dims),
    );
  }

  int64(values: readonly number[]): string {
    return this.once(`int64 ${values}`, () =>
      this.initializer(BigInt64Array.from(values, BigInt), [values.length]),
    );
  }

  zeros(shape: Shape): string {
    return this.once(`zeros ${shape}`, () => this.floats(new Float32Array(sizeOf(shape)), shape));
  }

  sigmoid(u: string): string {
    return this.once(`sigmoid ${u}`, () => this.node('Sigmoid', [u]));
  }
}

type Emit<P extends Primitive> = (e: Emitter, x: readonly string[], t: Node<P>) => string;

const operator =
  (opType: string) =>
  (e: Emitter, x: readonly string[]): string =>
    e.node(opType, x);

/** Filters [O,C,kh,kw] turned by 180° with inputs and outputs exchanged: [C,O,kh,kw]. */
function flipped(
  data: Float32Array,
  [o, c, kh, kw]: readonly [number, number, number, number],
): Float32Array {
  const out = new Float32Array(data.length);
  const area = kh * kw;
  for (let i = 0; i < o; i++)
    for (let j = 0; j < c; j++)
      for (let p = 0; p < area; p++)
        out[(j * o + i) * area + area - 1 - p] = data[(i * c + j) * area + p]!;
  return out;
}

/** The same of any filters: constant ones are turned here, so that the engine may lay them out for itself. */
function flippedFilters(e: Emitter, w: string, filter: Tensor): string {
  const [o, c, kh, kw] = filter.shape as [number, number, number, number];
  if (filter.op === 'constant')
    return e.floats(flipped(filter.attrs.data, [o, c, kh, kw]), [c, o, kh, kw]);
  const beforeFirst = [-kh - 1, -kw - 1];
  return e.node('Slice', [
    e.node('Transpose', [w], { perm: [1, 0, 2, 3] }),
    e.int64([kh - 1, kw - 1]),
    e.int64(beforeFirst),
    e.int64([2, 3]),
    e.int64([-1, -1]),
  ]);
}

function inputGradient(e: Emitter, [g, w]: readonly string[], t: Node<'conv2dInputGrad'>): string {
  const { stride, pads, shape } = t.attrs;
  const filter = t.inputs[1]!;
  const [, , kh, kw] = filter.shape as [number, number, number, number];
  const [rows, columns] = [t.inputs[0]!.shape[2]!, t.inputs[0]!.shape[3]!];
  const within = pads.every((pad, side) => pad < (side % 2 === 0 ? kh : kw));
  if (stride[0] === 1 && stride[1] === 1 && within) {
    const turned = e.once(`flipped ${w}`, () => flippedFilters(e, w!, filter));
    const [top, left] = [kh - 1 - pads[0], kw - 1 - pads[1]];
    const [bottom, right] = [shape[2]! - rows - top + kh - 1, shape[3]! - columns - left + kw - 1];
    return e.node('Conv', [g!, turned], {
      kernel_shape: [kh, kw],
      pads: [top, left, bottom, right],
    });
  }
  // the last rows and columns that no window reached
  const rest = [
    shape[2]! - ((rows - 1) * stride[0] + kh - pads[0] - pads[2]),
    shape[3]! - ((columns - 1) * stride[1] + kw - pads[1] - pads[3]),
  ];
  return e.node('ConvTranspose', [g!, w!], {
    kernel_shape: [kh, kw],
    strides: stride,
    pads,
    output_padding: rest,
  });
}

/**
 * The filter gradient as one matrix product per position of the filter: g as [O, N·H'·W'] with the part of x
 * that the position saw as [C, N·H'·W'].
 */
function filterGradient(
  e: Emitter,
  [x, g]: readonly string[],
  t: Node<'conv2dFilterGrad'>,
): string {
  const { stride, pads, shape } = t.attrs;
  const [images, channels, height, width] = t.inputs[0]!.shape as [number, number, number, number];
  const [, , rows, columns] = t.inputs[1]!.shape as [number, number, number, number];
  const [out, , kh, kw] = shape as [number, number, number, number];
  const places = images * rows * columns;
  const channelsFirst = (v: string, dims: Shape) =>
    images === 1
      ? e.node('Reshape', [v, e.int64([dims[1]!, 1, dims[2]!, dims[3]!])])
      : e.node('Transpose', [v], { perm: [1, 0, 2, 3] });

  const seen = [(rows - 1) * stride[0] + kh, (columns - 1) * stride[1] + kw] as const;
  const [top, left] = [pads[0], pads[1]];
  const after = [seen[0] - top - height, seen[1] - left - width].map((d) => Math.max(d, 0));
  const padded = pads.some((p) => p > 0)
    ? e.node('Pad', [x!, e.int64([0, 0, top, left, 0, 0, ...after])])
    : x!;
  const source = channelsFirst(padded, [
    images,
    channels,
    Math.max(seen[0], top + height),
    Math.max(seen[1], left + width),
  ]);
  const flat = e.node('Reshape', [channelsFirst(g!, t.inputs[1]!.shape), e.int64([out, places])]);
  const products = Array.from({ length: kh * kw }, (_, p) => {
    const from = [Math.floor(p / kw), p % kw] as const;
    const part = e.node('Slice', [
      source,
      e.int64(from),
      e.int64([from[0] + (rows - 1) * stride[0] + 1, from[1] + (columns - 1) * stride[1] + 1]),
      e.int64([2, 3]),
      e.int64(stride),
    ]);
    const product = e.node('Gemm', [flat, e.node('Reshape', [part, e.int64([channels, places])])], {
      transB: 1,
    });
    return e.node('Reshape', [product, e.int64([out, channels, 1])]);
  });
  return e.node('Reshape', [e.node('Concat', products, { axis: 2 }), e.int64(shape)]);
}

/**
 * The winners of a max-pool and where they stand. The pooling kernel gives the largest value of each window's
 * rows and of the window; the first row and then the first column that holds the window's largest is
 * the first winner in row-major order. Twice as fast as the kernel that returns indices.
 */
function route(
  e: Emitter,
  x: string,
  [n, c, height, width]: Shape,
  [, , rows, columns]: Shape,
  { kernel, stride, pads }: Window,
): Routed {
  // a window that hangs over the edge sees its own edge element again, which changes no winner
  const positions = (out: number, step: number, offset: number, size: number) =>
    Array.from({ length: out }, (_, i) => Math.min(Math.max(i * step + offset, 0), size - 1));
  const ofRows = e.node('MaxPool', [x], {
    kernel_shape: [1, kernel[1]],
    strides: [1, stride[1]],
    pads: [0, pads[1], 0, pads[3]],
  });
  const value = e.node('MaxPool', [ofRows], {
    kernel_shape: [kernel[0], 1],
    strides: [stride[0], 1],
    pads: [pads[0], 0, pads[2], 0],
  });
  /** The first of the candidates whose value is the window's largest; the last needs no look. */
  const firstWinner = (candidates: readonly { place: string; held: () => string }[]): string =>
    candidates.reduceRight(
      (later, { place, held }) =>
        later === '' ? place : e.node('Where', [e.node('Equal', [held(), value]), place, later]),
      '',
    );

  const winningRow = firstWinner(
    Array.from({ length: kernel[0] }, (_, a) => {
      const at = positions(rows!, stride[0], a - pads[0], height!);
      return {
        place: e.int32(
          at.map((r) => r * width!),
          [rows!, 1],
        ),
        held: () => e.node('Gather', [ofRows, e.int32(at)], { axis: 2 }),
      };
    }),
  );
  // windows of a single row need no look, so that nothing has spread it over the planes
  const row =
    kernel[0] === 1 ? e.node('Expand', [winningRow, e.int64([n!, c!, rows!, 1])]) : winningRow;
  const flat = e.node('Reshape', [x, e.int64([n!, c!, height! * width!])]);
  const flatPlaces = e.int64([n!, c!, rows! * columns!]);
  const index = firstWinner(
    Array.from({ length: kernel[1] }, (_, b) => {
      const place = e.node('Add', [
        row,
        e.int32(positions(columns!, stride[1], b - pads[1], width!)),
      ]);
      const held = () =>
        e.node('GatherElements', [flat, e.node('Reshape', [place, flatPlaces])], { axis: 2 });
      return { place, held: () => e.node('Reshape', [held(), e.int64([n!, c!, rows!, columns!])]) };
    }),
  );
  return { value, index };
}

const windowKey = (x: string, { kernel, stride, pads }: Window) =>
  `${x} ${JSON.stringify([kernel, stride, pads])}`;

function poolRoute(e: Emitter, x: string, t: Node<'maxPool'> | Node<'maxPoolIndex'>): Routed {
  return e.route(windowKey(x, t.attrs), () => route(e, x, t.inputs[0]!.shape, t.shape, t.attrs));
}

/** The values alone by the pooling kernel; where the program needs the places too, the values come with them. */
function maxPool(e: Emitter, x: string, t: Node<'maxPool'>): string {
  const routes = e.program.nodes.some(
    (n) =>
      n.op === 'maxPoolIndex' &&
      n.inputs[0] === t.inputs[0] &&
      windowKey(x, n.attrs) === windowKey(x, t.attrs),
  );
  if (routes) return poolRoute(e, x, t).value;
  const { kernel, stride, pads } = t.attrs;
  return e.node('MaxPool', [x], { kernel_shape: kernel, strides: stride, pads });
}

/**
 * The adjoint of an average pool: where windows lie one pixel apart it is an average pool itself, else a
 * transposed convolution of every channel with equal weights.
 */
function averagePoolInputGrad(e: Emitter, g: string, t: Node<'averagePoolInputGrad'>): string {
  const { kernel, stride, pads, shape } = t.attrs;
  const [, channels, rows, columns] = t.inputs[0]!.shape as [number, number, number, number];
  if (stride[0] === 1 && stride[1] === 1)
    return e.node('AveragePool', [g], {
      kernel_shape: kernel,
      pads: pads.map((pad, side) => kernel[side % 2]! - 1 - pad),
      count_include_pad: 1,
    });
  const size = kernel[0] * kernel[1];
  const equal = e.once(`equal weights ${channels} ${kernel}`, () =>
    e.floats(new Float32Array(channels * size).fill(1 / size), [channels, 1, ...kernel]),
  );
  return e.node('ConvTranspose', [g, equal], {
    kernel_shape: kernel,
    strides: stride,
    pads,
    group: channels,
    output_padding: [
      shape[2]! - ((rows - 1) * stride[0] + kernel[0] - pads[0] - pads[2]),
      shape[3]! - ((columns - 1) * stride[1] + kernel[1] - pads[1] - pads[3]),
    ],
  });
}

const flatIndex = (e: Emitter, index: string, [n, c, rows, columns]: Shape): string =>
  e.once(`flat ${index}`, () => e.node('Reshape', [index, e.int64([n!, c!, rows! * columns!])]));

const rules: { [P in Primitive]: Emit<P> } = {
  input: (_, __, { attrs }) => `in.${attrs.name}`,
  constant: (e, _, { attrs }) => e.floats(attrs.data, attrs.shape),
  fill: (e, _, { attrs, shape }) =>
    shape.length === 0
      ? e.scalar(attrs.value)
      : e.floats(new Float32Array(sizeOf(shape)).fill(attrs.value), shape),
  neg: operator('Neg'),
  exp: operator('Exp'),
  log: operator('Log'),
  sqrt: operator('Sqrt'),
  abs: operator('Abs'),
  sign: operator('Sign'),
  relu: operator('Relu'),
  sigmoid: (e, [u]) => e.sigmoid(u!),
  softplus(e, [u]) {
    // relu(u) − log(max(s, 1−s)) stays exact where log(1+exp(u)) and −log(1−s) overflow
    const s = e.sigmoid(u!);
    const larger = e.node('Max', [s, e.node('Sub', [e.scalar(1), s])]);
    return e.node('Sub', [e.node('Relu', [u!]), e.node('Log', [larger])]);
  },
  detach: (_, [x]) => x!,
  add: operator('Add'),
  sub: operator('Sub'),
  mul: operator('Mul'),
  div: operator('Div'),
  gate: (e, [d, u]) => e.node('Mul', [d!, e.sigmoid(u!)]),
  greater: operator('Greater'),
  where: operator('Where'),
  sum: (e, [x], { attrs }) => e.node('ReduceSum', [x!, e.int64(attrs.axes)], { keepdims: 1 }),
  broadcast: (e, [x], { shape }) => e.node('Expand', [x!, e.int64(shape)]),
  reshape: (e, [x], { shape }) => e.node('Reshape', [x!, e.int64(shape)]),
  transpose: (e, [x], { attrs }) => e.node('Transpose', [x!], { perm: attrs.permutation }),
  concat: (e, x, { attrs }) => e.node('Concat', x, { axis: attrs.axis }),
  slice(e, [x], { inputs, attrs: { starts, ends, steps } }) {
    const axes = starts.flatMap((s, i) =>
      s !== 0 || ends[i] !== inputs[0]!.shape[i] || steps[i] !== 1 ? [i] : [],
    );
    const pick = (v: readonly number[]) => e.int64(axes.map((i) => v[i]!));
    return e.node('Slice', [x!, pick(starts), pick(ends), e.int64(axes), pick(steps)]);
  },
  embed(e, [x], { inputs, shape, attrs: { starts, steps } }) {
    const size = inputs[0]!.shape;
    let spread = x!;
    if (steps.some((s) => s !== 1)) {
      // each axis becomes a pair (element, zeros after it), which is then read as one axis
      spread = e.node('Reshape', [spread, e.int64(size.flatMap((d) => [d, 1]))]);
      spread = e.node('Pad', [
        spread,
        e.int64([...size.flatMap(() => [0, 0]), ...steps.flatMap((s) => [0, s - 1])]),
      ]);
      spread = e.node('Reshape', [spread, e.int64(size.map((d, i) => d * steps[i]!))]);
    }
    const after = size.map((d, i) => shape[i]! - starts[i]! - d * steps[i]!);
    return e.node('Pad', [spread, e.int64([...starts, ...after])]);
  },
  matmul(e, [a, b], { shape, attrs: { transposeA, transposeB } }) {
    if (shape.length === 2)
      return e.node('Gemm', [a!, b!], { transA: Number(transposeA), transB: Number(transposeB) });
    const turned = (v: string, turn: boolean) =>
      turn ? e.node('Transpose', [v], { perm: [0, 2, 1] }) : v;
    return e.node('MatMul', [turned(a!, transposeA), turned(b!, transposeB)]);
  },
  conv2d: (e, x, { inputs, attrs: { stride, pads } }) =>
    e.node('Conv', x, { kernel_shape: inputs[1]!.shape.slice(2), strides: stride, pads }),
  conv2dInputGrad: inputGradient,
  conv2dFilterGrad: filterGradient,
  maxPool: (e, [x], t) => maxPool(e, x!, t),
  maxPoolIndex: (e, [x], t) => poolRoute(e, x!, t).index,
  gatherPlane(e, [x, index], { inputs, shape }) {
    const [n, c, height, width] = inputs[0]!.shape as [number, number, number, number];
    const flat = e.node('Reshape', [x!, e.int64([n, c, height * width])]);
    const picked = e.node('GatherElements', [flat, flatIndex(e, index!, shape)], { axis: 2 });
    return e.node('Reshape', [picked, e.int64(shape)]);
  },
  scatterPlane(e, [g, index], { inputs, shape }) {
    const [n, c, height, width] = shape as [number, number, number, number];
    const flat = e.node('Reshape', [g!, e.int64([n, c, sizeOf(inputs[0]!.shape.slice(2))])]);
    const added = e.node(
      'ScatterElements',
      [e.zeros([n, c, height * width]), flatIndex(e, index!, inputs[0]!.shape), flat],
      {
        axis: 2,
        reduction: 'add',
      },
    );
    return e.node('Reshape', [added, e.int64(shape)]);
  },
  averagePool: (e, [x], { attrs: { kernel, stride, pads } }) =>
    e.node('AveragePool', [x!], {
      kernel_shape: kernel,
      strides: stride,
      pads,
      count_include_pad: 1,
    }),
  averagePoolInputGrad: (e, [g], t) => averagePoolInputGrad(e, g!, t),
};

/**
 * Encodes a program as an ONNX model. Its inputs and outputs carry the program's names after `in.` and
 * `out.`, which no name made here can equal.
 */
export function toOnnx(program: Program): EncodedModel {
  const e = new Emitter(program);
  for (const t of program.nodes) {
    const rule = rules[t.op] as Emit<Primitive>;
    e.bind(
      t,
      rule(
        e,
        t.inputs.map((x) => e.nameOf(x)),
        t,
      ),
    );
  }
  const outputs = Object.entries(program.outputs);
  for (const [name, t] of outputs)
    e.nodes.push({
      opType: 'Identity',
      input: [e.nameOf(t)],
      output: [`out.${name}`],
      attribute: [],
    });
  return encodeModel(
    {
      node: e.nodes,
      initializer: e.initializers,
      input: program.inputs.map((t) => ({ name: `in.${t.attrs.name}`, shape: t.shape })),
      output: outputs.map(([name, t]) => ({ name: `out.${name}`, shape: t.shape })),
    },
    OPSET,
  );
}
