// What each primitive is in TensorFlow.js calls. The forms are those that every backend has, and that are
// fast in WebAssembly.
import * as tf from '@tensorflow/tfjs-core';
import type { Program } from '../../graph/program.js';
import { type Shape, sizeOf } from '../../graph/shape.js';
import type { Conv, Node, Primitive, Tensor } from '../../graph/tensor.js';
import { averagePool, averagePoolInputGrad } from './average-pooling.js';
import { convolution, filterGradient, inputGradient } from './convolution.js';
import {
  groupedConvolution,
  groupedFilterGradient,
  groupedInputGradient,
} from './grouped-convolution.js';
import { positionOf, storageOrder, stored } from './layout.js';
import { type ClosedPlan, Plan, type Slot } from './plan.js';
import { gathered, maxPool, scattered, winners } from './pooling.js';
import {
  embedded,
  fromRowMajor,
  ofRank,
  permuted,
  reread,
  reshaped,
  sliced,
  spread,
} from './shaping.js';

type Rule<P extends Primitive> = (plan: Plan, x: readonly Slot[], t: Node<P>) => Slot;

const unary =
  (f: (x: tf.Tensor) => tf.Tensor) =>
  (plan: Plan, [x]: readonly Slot[]): Slot =>
    plan.step([x!], x!.shape, f);

/** Operands brought to the rank they broadcast to. */
const aligned = (plan: Plan, x: readonly Slot[], { shape }: Tensor): Slot[] =>
  x.map((operand) => ofRank(plan, operand, shape.length));

const binary =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
  (plan: Plan, x: readonly Slot[], t: Tensor): Slot =>
    plan.step(aligned(plan, x, t), stored(t.shape), f);

type Convolve = (plan: Plan, x: readonly Slot[], shape: Shape, options: Conv) => Slot;

/** A convolution, or the same of groups. */
const inGroups =
  (one: Convolve, several: Convolve) =>
  (plan: Plan, x: readonly Slot[], { shape, attrs }: Tensor & { readonly attrs: Conv }): Slot =>
    (attrs.groups === undefined ? one : several)(plan, x, stored(shape), attrs);

const sigmoid = (plan: Plan, u: Slot): Slot =>
  plan.once(`sigmoid ${u.place}`, () => plan.step([u], u.shape, tf.sigmoid));

/** An operand of the given shape, or a bare number: comparing is slow with any other broadcasting. */
const fullOrScalar = (plan: Plan, x: Slot, shape: Shape): Slot =>
  sizeOf(x.shape) === 1 ? reshaped(plan, x, []) : spread(plan, x, shape);

/** By two comparisons: the kernel of WebAssembly takes what is smaller than 1e-7 for zero. */
function sign(plan: Plan, x: Slot): Slot {
  const zero = plan.once('zero', () => plan.constant(tf.scalar(0)));
  const [positive, negative] = [
    [x, zero],
    [zero, x],
  ].map((operands) => {
    const truth = plan.step(operands, x.shape, tf.greater);
    return plan.step([truth], x.shape, (t) => tf.cast(t, 'float32'));
  });
  return plan.step([positive!, negative!], x.shape, tf.sub);
}

const rules: { [P in Primitive]: Rule<P> } = {
  input: (plan, _, { shape }) => plan.input(stored(shape)),
  constant: (plan, _, { attrs }) =>
    fromRowMajor(plan, plan.constant(tf.tensor(attrs.data, [...attrs.shape]))),
  fill: (plan, _, { attrs, shape }) => plan.constant(tf.fill(stored(shape), attrs.value)),
  detach: (_, [x]) => x!,
  neg: unary(tf.neg),
  exp: unary(tf.exp),
  log: unary(tf.log),
  sqrt: unary(tf.sqrt),
  abs: unary(tf.abs),
  sign: (plan, [x]) => sign(plan, x!),
  relu: unary(tf.relu),
  sigmoid: (plan, [u]) => sigmoid(plan, u!),
  erf: unary(tf.erf),
  softplus(plan, [u]) {
    // relu(u) − log σ(|u|) is exact where log(1+exp(u)) overflows
    const size = plan.step([u!], u!.shape, tf.abs);
    const rest = plan.step([sigmoid(plan, size)], u!.shape, tf.log);
    return plan.step([plan.step([u!], u!.shape, tf.relu), rest], u!.shape, tf.sub);
  },
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div),
  gate: (plan, [d, u], t) =>
    plan.step(aligned(plan, [d!, sigmoid(plan, u!)], t), stored(t.shape), tf.mul),
  greater(plan, x, t) {
    const shape = stored(t.shape);
    const [a, b] = aligned(plan, x, t) as [Slot, Slot];
    return sizeOf(shape) === 1
      ? plan.step([a, b], shape, tf.greater)
      : plan.step(
          [a, b].map((operand) => fullOrScalar(plan, operand, shape)),
          shape,
          tf.greater,
        );
  },
  where(plan, x, t) {
    const shape = stored(t.shape);
    const [condition, a, b] = aligned(plan, x, t) as [Slot, Slot, Slot];
    const operands = [condition, spread(plan, a, shape), spread(plan, b, shape)];
    return plan.step(operands, shape, tf.where);
  },
  sum(plan, [x], { inputs, attrs }) {
    // one axis after the other, because float32 loses less in several short sums than in one long one
    return attrs.axes
      .map((axis) => positionOf(axis, inputs[0]!.shape.length))
      .filter((axis) => x!.shape[axis] !== 1)
      .sort((a, b) => b - a)
      .reduce(
        (sum, axis) =>
          plan.step(
            [sum],
            sum.shape.map((d, i) => (i === axis ? 1 : d)),
            (v) => tf.sum(v, axis, true),
          ),
        x!,
      );
  },
  broadcast: (plan, [x], { shape }) => spread(plan, ofRank(plan, x!, shape.length), stored(shape)),
  reshape: (plan, [x], { shape }) => reread(plan, x!, shape),
  transpose(plan, [x], { shape, attrs: { permutation } }) {
    const rank = shape.length;
    const order = storageOrder(rank).map((axis) => positionOf(permutation[axis]!, rank));
    return permuted(plan, x!, order);
  },
  concat(plan, x, { shape, attrs }) {
    const axis = positionOf(attrs.axis, shape.length);
    return plan.step(x, stored(shape), (...parts) => tf.concat(parts, axis));
  },
  slice: (plan, [x], { shape, attrs: { starts, steps } }) =>
    sliced(plan, x!, { starts: stored(starts), counts: stored(shape), steps: stored(steps) }),
  embed: (plan, [x], { shape, attrs: { starts, steps } }) =>
    embedded(plan, x!, stored(shape), { starts: stored(starts), steps: stored(steps) }),
  matmul(plan, [a, b], { shape, attrs: { transposeA, transposeB } }) {
    // the product of transposed operands is a slow kernel of its own in WebAssembly
    const order = shape.length === 2 ? [1, 0] : [0, 2, 1];
    const operands = [
      transposeA ? permuted(plan, a!, order) : a!,
      transposeB ? permuted(plan, b!, order) : b!,
    ];
    return plan.step(operands, shape, (left, right) => tf.matMul(left, right));
  },
  conv2d: inGroups(convolution, groupedConvolution),
  conv2dInputGrad: inGroups(inputGradient, groupedInputGradient),
  conv2dFilterGrad: inGroups(filterGradient, groupedFilterGradient),
  averagePool: (plan, [x], { shape, attrs }) => averagePool(plan, x!, attrs, stored(shape)),
  averagePoolInputGrad: (plan, [g], { shape, attrs }) =>
    averagePoolInputGrad(plan, g!, attrs, stored(shape)),
  maxPool: (plan, [x], { shape, attrs }) => maxPool(plan, x!, attrs, stored(shape)),
  maxPoolIndex: (plan, [x], { shape, attrs }) => winners(plan, x!, attrs, stored(shape)),
  gatherPlane: gathered,
  scatterPlane: scattered,
};

/** Plans a program. Its inputs and outputs are in the order in which the program names them, as they lie in memory. */
export function planOf(program: Program): ClosedPlan {
  const plan = new Plan();
  const slots = new Map<Tensor, Slot>();
  for (const t of program.nodes) {
    const rule = rules[t.op] as Rule<Primitive>;
    const operands = t.inputs.map((x) => slots.get(x)!);
    slots.set(t, rule(plan, operands, t));
  }
  return plan.close(Object.values(program.outputs).map((t) => slots.get(t)!));
}
