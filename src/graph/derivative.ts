// Reverse-mode derivatives. One table gives, for every primitive, how a cotangent of its output
// becomes cotangents of its inputs; the rules build primitives of the same set, so the table is
// closed and derivatives of any order exist.
import {
  add,
  averagePool,
  averagePoolInputGrad,
  broadcast,
  conv2d,
  conv2dFilterGrad,
  conv2dInputGrad,
  div,
  embed,
  exp,
  fill,
  gate,
  gatherPlane,
  greater,
  matmul,
  maxPoolIndex,
  mul,
  neg,
  reshape,
  scatterPlane,
  sign,
  slice,
  sub,
  sum,
  sumTo,
  transpose,
  where,
} from './ops.js';
import { sameShape, sizeOf } from './shape.js';
import { type Node, type Primitive, type Tensor, topological } from './tensor.js';

type Cotangents = readonly (Tensor | undefined)[];
type Rules = {
  [P in Primitive]: (g: Tensor, y: Node<P>, wanted: readonly boolean[]) => Cotangents;
};

const none = (): Cotangents => [];

/** Cotangents of broadcast operands, computed only for those that are wanted. */
const operands = (y: Tensor, wanted: readonly boolean[], ...rules: (() => Tensor)[]): Cotangents =>
  rules.map((rule, i) => (wanted[i] ? sumTo(rule(), y.inputs[i]!.shape) : undefined));

const rules: Rules = {
  input: none,
  constant: none,
  fill: none,
  neg: (g) => [neg(g)],
  exp: (g, y) => [mul(g, exp(y.inputs[0]!))],
  log: (g, y) => [div(g, y.inputs[0]!)],
  sqrt: (g, y) => [div(mul(g, 0.5), y as Tensor)],
  abs: (g, y) => [mul(g, sign(y.inputs[0]!))],
  sign: none,
  // through the output, so that an engine may fuse the activation with what made its input
  relu: (g, y) => [where(greater(y as Tensor, 0), g, 0)],
  sigmoid(g, y) {
    const s = y as Tensor;
    return [mul(g, sub(s, mul(s, s)))];
  },
  erf(g, y) {
    const x = y.inputs[0]!;
    return [mul(g, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x)))))];
  },
  softplus: (g, y) => [gate(g, y.inputs[0]!)],
  detach: none,
  add: (g, y, wanted) =>
    operands(
      y,
      wanted,
      () => g,
      () => g,
    ),
  sub: (g, y, wanted) =>
    operands(
      y,
      wanted,
      () => g,
      () => neg(g),
    ),
  mul(g, y, wanted) {
    const [a, b] = y.inputs as [Tensor, Tensor];
    return operands(
      y,
      wanted,
      () => mul(g, b),
      () => mul(g, a),
    );
  },
  div(g, y, wanted) {
    const b = y.inputs[1]!;
    return operands(
      y,
      wanted,
      () => div(g, b),
      () => neg(div(mul(g, y as Tensor), b)),
    );
  },
  gate(g, y, wanted) {
    const [d, u] = y.inputs as [Tensor, Tensor];
    return operands(
      y,
      wanted,
      () => gate(g, u),
      () => gate(mul(g, sub(d, y as Tensor)), u),
    );
  },
  greater: none,
  where(g, y, wanted) {
    const c = y.inputs[0]!;
    return [
      undefined,
      ...operands(
        { ...y, inputs: y.inputs.slice(1) } as Tensor,
        wanted.slice(1),
        () => where(c, g, 0),
        () => where(c, 0, g),
      ),
    ];
  },
  sum: (g, y) => [broadcast(g, y.inputs[0]!.shape)],
  broadcast: (g, y) => [sumTo(g, y.inputs[0]!.shape)],
  reshape: (g, y) => [reshape(g, y.inputs[0]!.shape)],
  transpose(g, { attrs: { permutation } }) {
    const inverse = permutation.map((_, i) => permutation.indexOf(i));
    return [transpose(g, inverse)];
  },
  concat(g, { inputs, attrs: { axis } }, wanted) {
    let at = 0;
    return inputs.map((part, i) => {
      const start = at;
      at += part.shape[axis]!;
      if (!wanted[i]) return undefined;
      const starts = g.shape.map((_, a) => (a === axis ? start : 0));
      const ends = g.shape.map((d, a) => (a === axis ? start + part.shape[axis]! : d));
      return slice(g, starts, ends);
    });
  },
  slice: (g, { inputs, attrs: { starts, steps } }) => [embed(g, starts, steps, inputs[0]!.shape)],
  embed(g, { inputs, attrs: { starts, steps } }) {
    const ends = inputs[0]!.shape.map((d, i) => starts[i]! + (d - 1) * steps[i]! + 1);
    return [slice(g, starts, ends, steps)];
  },
  matmul(g, { inputs, attrs: { transposeA, transposeB } }, wanted) {
    const [a, b] = inputs as [Tensor, Tensor];
    const ga = () =>
      transposeA
        ? matmul(b, g, { transposeA: transposeB, transposeB: true })
        : matmul(g, b, { transposeB: !transposeB });
    const gb = () =>
      transposeB
        ? matmul(g, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, g, { transposeA: !transposeA });
    return [wanted[0] ? ga() : undefined, wanted[1] ? gb() : undefined];
  },
  conv2d(g, { inputs, attrs }, wanted) {
    const [x, w] = inputs as [Tensor, Tensor];
    return [
      wanted[0] ? conv2dInputGrad(g, w, x.shape, attrs) : undefined,
      wanted[1] ? conv2dFilterGrad(x, g, w.shape, attrs) : undefined,
      wanted[2] ? reshape(sum(g, [0, 2, 3]), [g.shape[1]!]) : undefined,
    ];
  },
  conv2dInputGrad(t, { inputs, attrs }, wanted) {
    const [g, w] = inputs as [Tensor, Tensor];
    return [
      wanted[0] ? conv2d(t, w, undefined, attrs) : undefined,
      wanted[1] ? conv2dFilterGrad(t, g, w.shape, attrs) : undefined,
    ];
  },
  conv2dFilterGrad(t, { inputs, attrs }, wanted) {
    const [x, g] = inputs as [Tensor, Tensor];
    return [
      wanted[0] ? conv2dInputGrad(g, t, x.shape, attrs) : undefined,
      wanted[1] ? conv2d(x, t, undefined, attrs) : undefined,
    ];
  },
  maxPool(g, { inputs, attrs }) {
    const x = inputs[0]!;
    return [scatterPlane(g, maxPoolIndex(x, attrs), x.shape[2]!, x.shape[3]!)];
  },
  maxPoolIndex: none,
  gatherPlane(g, { inputs }) {
    const [x, index] = inputs as [Tensor, Tensor];
    return [scatterPlane(g, index, x.shape[2]!, x.shape[3]!)];
  },
  scatterPlane: (g, { inputs }) => [gatherPlane(g, inputs[1]!)],
  averagePool: (g, { inputs, attrs }) => [averagePoolInputGrad(g, inputs[0]!.shape, attrs)],
  averagePoolInputGrad: (t, { attrs }) => [averagePool(t, attrs)],
};

/**
 * Pulls cotangents of outputs back: for each of `wrt`, Σ over outputs of cotangent · ∂output/∂wrt.
 * Cotangents have the shapes of their outputs; a tensor the outputs do not depend on gets zeros.
 */
export function pullback(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  wrt: readonly Tensor[],
): Tensor[] {
  const order = topological(outputs);
  const reaches = new Set<Tensor>(wrt);
  for (const t of order) if (t.inputs.some((i) => reaches.has(i))) reaches.add(t);

  const grads = new Map<Tensor, Tensor>();
  const accumulate = (t: Tensor, g: Tensor) => {
    const before = grads.get(t);
    grads.set(t, before === undefined ? g : add(before, g));
  };
  outputs.forEach((y, i) => {
    if (!sameShape(y.shape, cotangents[i]!.shape))
      throw new Error(`a cotangent of [${cotangents[i]!.shape}] for an output of [${y.shape}]`);
    if (reaches.has(y)) accumulate(y, cotangents[i]!);
  });
  for (const y of order.reverse()) {
    const g = grads.get(y);
    if (g === undefined || y.inputs.length === 0) continue;
    const rule = rules[y.op] as
      | ((g: Tensor, y: Tensor, wanted: readonly boolean[]) => Cotangents)
      | undefined;
    if (rule === undefined) throw new Error(`no derivative rule for ${y.op}`);
    const wanted = y.inputs.map((x) => reaches.has(x));
    if (!wanted.includes(true)) continue;
    rule(g, y, wanted).forEach((gx, i) => {
      if (gx !== undefined && wanted[i]) accumulate(y.inputs[i]!, gx);
    });
  }
  return wrt.map((x) => grads.get(x) ?? fill(0, x.shape));
}

/** ∂y/∂x of a tensor y with one element, for each x of `wrt`. */
export function gradient(y: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (sizeOf(y.shape) !== 1)
    throw new Error(`the gradient of a tensor of shape [${y.shape}] is not one tensor`);
  return pullback([y], [fill(1, y.shape)], wrt);
}
