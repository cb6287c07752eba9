// Layer-wise relevance propagation (Bach et al. 2015; Montavon et al. 2017): relevance is shared out among a
// layer's inputs in proportion to what they contribute. The rule z⁺ counts positive weights only; z^B, in
// the first layer, counts from the darkest or the brightest pixel there can be. Average pools and sums share in proportion
// to the positive parts of their inputs.
import {
  add,
  broadcast,
  constant,
  div,
  fill,
  greater,
  maxPool,
  mul,
  neg,
  relu,
  reshape,
  sub,
  type Tensor,
  where,
} from '../graph/index.js';
import {
  type BoundNetwork,
  constantsOf,
  type Parameters,
  signedLayers,
  type Trace,
  trace,
} from '../model/index.js';
import { gateOf } from './admission.js';
import type { Method } from './method.js';
import {
  pass,
  propagate,
  type Rule,
  type Rules,
  type Step,
  transpose,
  transposed,
  winnerOf,
  winnerTakesAll,
} from './propagate.js';

const STABILISER = 1e-9;
/** Where a denominator is a smaller part of its layer's largest, no relevance flows: its derivative would be useless. */
const NEGLIGIBLE = 1e-6;

/** The largest value of each image, [N,1,1,1]. */
function largest(z: Tensor): Tensor {
  const [images, channels, height, width] = z.shape as [number, number, number, number];
  const over = (t: Tensor, kernel: readonly [number, number]) =>
    maxPool(t, { kernel, stride: [1, 1], pads: [0, 0, 0, 0] });
  return over(reshape(over(z, [height, width]), [images, 1, 1, channels]), [1, channels]);
}

/** R/(z + ε), and nothing where z is negligible. */
function quotient(relevance: Tensor, z: Tensor, { scale }: Trace): Tensor {
  const counts = greater(z, mul(largest(z), NEGLIGIBLE));
  return div(relevance, where(counts, add(z, mul(scale, STABILISER)), Number.POSITIVE_INFINITY));
}

/** Relevance in proportion to what each of the given inputs adds to a linear layer's output. */
function share(step: Step, inputs: readonly Tensor[], parameters?: Parameters): Tensor[] {
  const z = step.trace.apply(step.layer, inputs, parameters);
  const back = transpose(step, quotient(step.relevance, z, step.trace), parameters);
  return back.map((r, i) => mul(inputs[i]!, r));
}

/** Weights of which only one sign is left, without biases. */
function signedPart({ linear }: BoundNetwork, sign: 1 | -1): Parameters {
  const made = new Map<string, Tensor>();
  return {
    weight(layer) {
      const { data, shape } = linear.get(layer)!.weight;
      const part =
        made.get(layer) ??
        constant(
          data.map((w) => (sign * w > 0 ? w : 0)),
          shape,
          `${layer}.weight${sign > 0 ? '+' : '-'}`,
        );
      made.set(layer, part);
      return part;
    },
    bias: (layer) => fill(0, linear.get(layer)!.bias.shape),
  };
}

/** The bounds of z^B: what preprocessing makes of black and white in each channel, or the lowest and highest of these in all. */
export type Bounds = 'per-channel' | 'scalar';

/**
 * z^B: R_i = Σ_j (x_i·w_ij − l_i·w⁺_ij − h_i·w⁻_ij)·R_j/(Σ_i′ the same + ε) with l and h what preprocessing makes
 * of black and white.
 */
const bounded =
  (network: BoundNetwork, positive: Parameters, bounds: Bounds): Rule =>
  (step) => {
    // the output has the bias, which takes no relevance
    const negative = { ...signedPart(network, -1), bias: constantsOf(network).bias };
    const { layer, inputs, output, trace } = step;
    const x = inputs[0]!;
    const preprocess = trace.layers.find(({ kind }) => kind === 'preprocess')!;
    const gray = (value: number) =>
      trace.apply(preprocess, [fill(value, [1, ...x.shape.slice(1)])]);
    const everywhere = (bound: Tensor) => broadcast(bound, [bound.shape[0]!, ...x.shape.slice(1)]);
    const scalar = bounds === 'scalar';
    const low = scalar ? everywhere(neg(largest(neg(gray(0))))) : gray(0);
    const high = scalar ? everywhere(largest(gray(255))) : gray(255);
    const edges = add(trace.apply(layer, [low], positive), trace.apply(layer, [high], negative));
    const z = sub(output, edges);
    const rest = quotient(step.relevance, z, trace);
    // with w⁻ = w − w⁺
    const [all] = transpose(step, rest) as [Tensor];
    const [above] = transpose(step, rest, positive) as [Tensor];
    return [add(mul(sub(x, high), all), mul(sub(high, low), above))];
  };

/**
 * Where inputs can be negative, in proportion to the products that are positive: x⁺w⁺ + x⁻w⁻, the rule α1β0. Of inputs that
 * are not negative it is z⁺.
 */
function agreeing(step: Step, positive: Parameters, negative: Parameters): Tensor[] {
  const { layer, inputs, relevance, trace } = step;
  const above = relu(inputs[0]!);
  const below = neg(relu(neg(inputs[0]!)));
  const z = add(trace.apply(layer, [above], positive), trace.apply(layer, [below], negative));
  const rest = quotient(relevance, z, trace);
  const [plus] = transpose(step, rest, positive) as [Tensor];
  const [minus] = transpose(step, rest, negative) as [Tensor];
  return [add(mul(above, plus), mul(below, minus))];
}

/** A plane times the gates of its channels: the plane takes all relevance, gates none (Arras et al. 2017). */
const signalTakesAll: Rule = ({ layer, inputs, relevance, trace }) => {
  const gate = gateOf(layer, trace.layers);
  return inputs.map((x, i) => (i === gate ? fill(0, x.shape) : relevance));
};

/** Averages: in proportion to the positive parts of their inputs, as signed ones may cancel. */
const averaged: Rule = (step) => {
  const signed = signedLayers(step.trace.layers);
  const parts = step.inputs.map((x, i) => (signed.has(step.layer.from[i]!) ? relu(x) : x));
  return share(step, parts);
};

function rulesOf(network: BoundNetwork, bounds: Bounds, maxPool: Rule): Rules {
  const positive = signedPart(network, 1);
  const negative = signedPart(network, -1);
  const signed = signedLayers(network.network.layers);
  const zPlus: Rule = (step) =>
    signed.has(step.layer.from[0]!)
      ? agreeing(step, positive, negative)
      : share(step, step.inputs, positive);
  return {
    preprocess: pass,
    first: bounded(network, positive, bounds),
    conv: zPlus,
    dense: zPlus,
    affine: pass,
    activation: pass,
    maxPool,
    averagePool: averaged,
    globalAverage: averaged,
    concat: transposed,
    add: (step) => share(step, step.inputs.map(relu)),
    subsample: transposed,
    rearrange: transposed,
    scale: transposed,
    multiply: signalTakesAll,
  };
}

const layerwise = (name: string, bounds: Bounds): Method => ({
  name,
  contribution({ network, activation, x, target }) {
    // activations pass relevance, and a window's winner is the same before and behind them: where they
    // leave all of a window zero, no relevance arrives, unless a layer that passes it on has shifted the window
    const shifts = network.network.layers.some(({ kind }) => kind === 'affine');
    const forward = trace(network, x, activation, target, shifts ? 'own' : 'pool-first');
    const rules = rulesOf(network, bounds, shifts ? winnerOf(activation) : winnerTakesAll);
    return propagate(name, rules, forward, network.network.classLayer);
  },
});

/**
 * Relevance of the preprocessed image for the explained score (z⁺, in the first layer z^B), biases taking none. Average
 * pools and sums give relevance to positive inputs alone; where an average has none, its relevance ends there.
 * @param bounds of z^B (default per channel)
 */
export const lrp = ({ bounds = 'per-channel' }: { bounds?: Bounds | undefined } = {}): Method =>
  layerwise('lrp', bounds);

/** Deep Taylor decomposition (Ghorbani et al. 2019, appendix E), which for ReLU networks is the same rules. */
export const deepTaylor = (): Method => layerwise('deep-taylor', 'per-channel');
