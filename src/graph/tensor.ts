// A symbolic tensor is an immutable node: a primitive, its inputs, its attributes, and the shape and
// kind of element that follow from them. Nothing is computed here. This file names every primitive,
// what its attributes are, and how its shape is inferred; `ops.ts` has the functions that build them.
import {
  broadcastShapes,
  type Shape,
  sameShape,
  sizeOf,
  type Window,
  windowOutput,
} from './shape.js';

/** Elements are real numbers, truth values, or flat indices into a plane. */
export type Kind = 'real' | 'bool' | 'index';

type None = Record<never, never>;
/** Strides and padding; with `groups`, output channels of each group see the input channels of theirs alone. */
export type Conv = Pick<Window, 'stride' | 'pads'> & {
  /** Absent: 1. */
  readonly groups?: number;
};

/** Every primitive with its attributes. */
export interface Attributes {
  // leaves
  input: { readonly name: string; readonly shape: Shape };
  constant: { readonly data: Float32Array; readonly shape: Shape; readonly label?: string };
  fill: { readonly value: number; readonly shape: Shape };
  // elementwise, one operand
  neg: None;
  exp: None;
  log: None;
  sqrt: None;
  abs: None;
  sign: None;
  relu: None;
  sigmoid: None;
  erf: None;
  softplus: None;
  detach: None;
  // elementwise, operands broadcast
  add: None;
  sub: None;
  mul: None;
  div: None;
  gate: None;
  greater: None;
  where: None;
  // shape
  sum: { readonly axes: readonly number[] };
  broadcast: { readonly shape: Shape };
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  concat: { readonly axis: number };
  slice: {
    readonly starts: readonly number[];
    readonly ends: readonly number[];
    readonly steps: readonly number[];
  };
  embed: {
    readonly starts: readonly number[];
    readonly steps: readonly number[];
    readonly shape: Shape;
  };
  // linear algebra
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  conv2d: Conv;
  conv2dInputGrad: Conv & { readonly shape: Shape };
  conv2dFilterGrad: Conv & { readonly shape: Shape };
  // pooling
  maxPool: Window;
  maxPoolIndex: Window;
  gatherPlane: None;
  scatterPlane: { readonly height: number; readonly width: number };
  averagePool: Window;
  averagePoolInputGrad: Window & { readonly shape: Shape };
}

export type Primitive = keyof Attributes;

export interface Node<P extends Primitive> {
  readonly id: number;
  readonly op: P;
  readonly inputs: readonly Tensor[];
  readonly attrs: Attributes[P];
  readonly shape: Shape;
  readonly kind: Kind;
}

export type Tensor = { [P in Primitive]: Node<P> }[Primitive];

interface Inferred {
  readonly shape: Shape;
  readonly kind?: Kind;
}
type Infer = { [P in Primitive]: (inputs: readonly Tensor[], attrs: Attributes[P]) => Inferred };

class Misfit extends Error {}
function need(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Misfit(why);
}

const like = ([x]: readonly Tensor[]): Inferred => ({ shape: x!.shape });

function spread(inputs: readonly Tensor[]): Inferred {
  let shape: Shape = [];
  for (const t of inputs) {
    const next = broadcastShapes(shape, t.shape);
    need(next !== undefined, 'shapes do not broadcast');
    shape = next;
  }
  return { shape };
}

function planes(shape: Shape): [number, number, number, number] {
  need(shape.length === 4, 'a tensor of rank 4 is needed');
  return shape as [number, number, number, number];
}

function slid(height: number, width: number, window: Window): [number, number] {
  need(
    window.pads.every((p) => p >= 0),
    'padding cannot be negative',
  );
  const [rows, columns] = windowOutput(height, width, window);
  need(rows > 0 && columns > 0, 'the window is larger than the plane');
  return [rows, columns];
}

function pooled(x: Shape, window: Window): Shape {
  const [n, c, height, width] = planes(x);
  need(
    window.pads.every((p, side) => p < window.kernel[side % 2]!),
    'a window could lie in the padding alone',
  );
  return [n, c, ...slid(height, width, window)];
}

function convolved(x: Shape, w: Shape, { stride, pads, groups = 1 }: Conv): Shape {
  const [n, c, height, width] = planes(x);
  const [o, i, kh, kw] = planes(w);
  need(c === i * groups, 'input channels differ');
  need(o % groups === 0, `output channels are not ${groups} equal groups`);
  return [n, o, ...slid(height, width, { kernel: [kh, kw], stride, pads })];
}

const infer: Infer = {
  input: (_, { shape }) => ({ shape }),
  constant(_, { data, shape }) {
    need(data.length === sizeOf(shape), `${data.length} numbers do not fill the shape`);
    return { shape };
  },
  fill: (_, { shape }) => ({ shape }),
  neg: like,
  exp: like,
  log: like,
  sqrt: like,
  abs: like,
  sign: like,
  relu: like,
  sigmoid: like,
  erf: like,
  softplus: like,
  detach: like,
  add: spread,
  sub: spread,
  mul: spread,
  div: spread,
  gate: spread,
  greater: (inputs) => ({ ...spread(inputs), kind: 'bool' }),
  where: spread,
  sum([x], { axes }) {
    need(
      axes.every((a, i) => x!.shape[a] !== undefined && axes.indexOf(a) === i),
      'an axis does not exist or comes twice',
    );
    return { shape: x!.shape.map((d, i) => (axes.includes(i) ? 1 : d)) };
  },
  broadcast([x], { shape }) {
    const both = broadcastShapes(x!.shape, shape);
    need(both !== undefined && sameShape(both, shape), 'the operand does not broadcast to it');
    return { shape };
  },
  reshape([x], { shape }) {
    need(sizeOf(x!.shape) === sizeOf(shape), 'the number of elements differs');
    return { shape };
  },
  transpose([x], { permutation }) {
    need(
      [...permutation].sort((a, b) => a - b).every((p, i) => p === i),
      'not a permutation',
    );
    need(permutation.length === x!.shape.length, 'the permutation has another rank');
    return { shape: permutation.map((p) => x!.shape[p]!) };
  },
  concat(inputs, { axis }) {
    const first = inputs[0]?.shape ?? [];
    need(first[axis] !== undefined, 'the axis does not exist');
    for (const t of inputs)
      need(
        t.shape.length === first.length && t.shape.every((d, i) => i === axis || d === first[i]),
        'parts differ off the axis',
      );
    return {
      shape: first.map((d, i) => (i === axis ? inputs.reduce((n, t) => n + t.shape[i]!, 0) : d)),
    };
  },
  slice([x], { starts, ends, steps }) {
    need(
      [starts, ends, steps].every((v) => v.length === x!.shape.length),
      'one start, end and step per axis',
    );
    need(
      starts.every((s, i) => s >= 0 && s < ends[i]! && ends[i]! <= x!.shape[i]! && steps[i]! > 0),
      'out of range',
    );
    return { shape: starts.map((s, i) => Math.ceil((ends[i]! - s) / steps[i]!)) };
  },
  embed([x], { starts, steps, shape }) {
    need(
      [starts, steps, shape].every((v) => v.length === x!.shape.length),
      'one start, step and size per axis',
    );
    need(
      x!.shape.every(
        (d, i) => steps[i]! > 0 && starts[i]! >= 0 && starts[i]! + (d - 1) * steps[i]! < shape[i]!,
      ),
      'out of range',
    );
    return { shape };
  },
  matmul([a, b], { transposeA, transposeB }) {
    const rank = a!.shape.length;
    need(
      (rank === 2 || rank === 3) && b!.shape.length === rank,
      'both of rank 2, or both of rank 3',
    );
    const [m, ka] = transposeA
      ? [a!.shape[rank - 1]!, a!.shape[rank - 2]!]
      : [a!.shape[rank - 2]!, a!.shape[rank - 1]!];
    const [kb, n] = transposeB
      ? [b!.shape[rank - 1]!, b!.shape[rank - 2]!]
      : [b!.shape[rank - 2]!, b!.shape[rank - 1]!];
    need(ka === kb, 'inner sizes differ');
    need(rank === 2 || a!.shape[0] === b!.shape[0], 'batches differ');
    return { shape: rank === 2 ? [m, n] : [a!.shape[0]!, m, n] };
  },
  conv2d([x, w, b], attrs) {
    const shape = convolved(x!.shape, w!.shape, attrs);
    need(
      b === undefined || sameShape(b.shape, [shape[1]!]),
      'the bias must have one number per output channel',
    );
    return { shape };
  },
  conv2dInputGrad([g, w], attrs) {
    need(
      sameShape(convolved(attrs.shape, w!.shape, attrs), g!.shape),
      'the convolution of that has another shape',
    );
    return { shape: attrs.shape };
  },
  conv2dFilterGrad([x, g], attrs) {
    need(
      sameShape(convolved(x!.shape, attrs.shape, attrs), g!.shape),
      'the convolution with that has another shape',
    );
    return { shape: attrs.shape };
  },
  maxPool: ([x], window) => ({ shape: pooled(x!.shape, window) }),
  maxPoolIndex: ([x], window) => ({ shape: pooled(x!.shape, window), kind: 'index' }),
  gatherPlane([x, index]) {
    need(
      sameShape(planes(x!.shape).slice(0, 2), planes(index!.shape).slice(0, 2)),
      'planes differ',
    );
    return { shape: index!.shape };
  },
  scatterPlane([g, index], { height, width }) {
    need(sameShape(g!.shape, index!.shape), 'one index per value');
    return { shape: [g!.shape[0]!, g!.shape[1]!, height, width] };
  },
  averagePool: ([x], window) => ({ shape: pooled(x!.shape, window) }),
  averagePoolInputGrad([g], attrs) {
    need(
      sameShape(pooled(attrs.shape, attrs), g!.shape),
      'the average pool of that has another shape',
    );
    return { shape: attrs.shape };
  },
};

/** What operands hold where it is not real numbers alone. */
const operandKinds: { readonly [P in Primitive]?: readonly Kind[] } = {
  where: ['bool', 'real', 'real'],
  gatherPlane: ['real', 'index'],
  scatterPlane: ['real', 'index'],
};

/** The names of all primitives. */
export const primitives = Object.keys(infer) as readonly Primitive[];

let count = 0;

/** Makes a node. Throws an Error that names the primitive and the shapes when they do not fit. */
export function make<P extends Primitive>(
  op: P,
  inputs: readonly Tensor[],
  attrs: Attributes[P],
): Tensor {
  try {
    inputs.forEach((t, i) => {
      const kind = operandKinds[op]?.[i] ?? 'real';
      need(t.kind === kind, `operand ${i + 1} holds ${t.kind} elements, ${kind} ones are needed`);
    });
    const { shape, kind = 'real' } = infer[op](inputs, attrs);
    need(
      shape.every((d) => Number.isInteger(d) && d > 0),
      `sizes must be positive whole numbers, not [${shape}]`,
    );
    return { id: count++, op, inputs, attrs, shape, kind } as Tensor;
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const shapes = inputs.map((t) => `[${t.shape}]`).join(', ');
    const to = 'shape' in attrs ? ` to [${attrs.shape}]` : '';
    throw new Error(`${op}(${shapes})${to}: ${error.message}`);
  }
}

/** The nodes the given ones depend on, themselves included, each after its inputs. */
export function topological(roots: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  const stack: { node: Tensor; next: number }[] = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    seen.add(root);
    stack.push({ node: root, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const child = top.node.inputs[top.next++];
      if (child === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (!seen.has(child)) {
        seen.add(child);
        stack.push({ node: child, next: 0 });
      }
    }
  }
  return order;
}
