// Propagation methods by their definitions, in float64 with plain loops over the connections of every layer of
// the network as it is written: no folded batch norms, no moved pools, no scaled biases.
import type { Layer, Network } from '../../model/layers.js';
import { type Plane, planesOf, relu, softplus } from '../../model/testing/forward.js';
import { weightsOf } from '../../model/testing/networks.js';
import type { WeightTensor } from '../../weights/safetensors.js';
import { connect } from './connections.js';
import { inputScale } from './twins.js';

type Image = ArrayLike<number>;

/** What is explained: a class score of a network with random weights, whose nonlinearity is ReLU or softplus_β. */
export interface Propagated {
  readonly network: Network;
  readonly label: number;
  readonly beta?: number | undefined;
}

const sigma = (u: number) => 1 / (1 + Math.exp(-u));

const activationOf = ({ beta }: Propagated) => (beta === undefined ? relu : softplus(beta));
/** The slope of the nonlinearity: 1[a>0] or σ(βa). */
const slopeOf =
  ({ beta }: Propagated) =>
  (a: number) =>
    beta === undefined ? Number(a > 0) : sigma(beta * a);

const planes = (e: Propagated, image: Image) =>
  planesOf(e.network, weightsOf(e.network), image, activationOf(e));

/** What a rule makes of relevance at a layer. */
type Rule = (layer: Layer, inputs: readonly Plane[], r: Float64Array) => Float64Array[];

const like = (inputs: readonly Plane[]) => inputs.map(({ data }) => new Float64Array(data.length));

/** Relevance of every layer's output, from the explained score back; `input` is the image. */
export function walk(
  e: Propagated,
  image: Image,
  rule: Rule,
  start = 1,
): Map<string, Float64Array> {
  const values = planes(e, image);
  const relevance = new Map([...values].map(([name, { data }]) => [name, data.map(() => 0)]));
  relevance.get(e.network.layers.at(-1)!.name)![e.label] = start;
  for (const layer of [...e.network.layers].reverse()) {
    const inputs = layer.from.map((name) => values.get(name)!);
    rule(layer, inputs, relevance.get(layer.name)!).forEach((back, k) => {
      const total = relevance.get(layer.from[k]!)!;
      back.forEach((r, i) => {
        total[i]! += r;
      });
    });
  }
  return relevance;
}

/** Relevance through weights, which may be changed. */
const through =
  ({ network }: Propagated, change = (w: number, _layer: Layer, _at: number) => w): Rule =>
  (layer, inputs, r) => {
    const back = like(inputs);
    connect(weightsOf(network), layer, inputs, (from, i, j, w, at) => {
      back[from]![i]! += change(w, layer, at) * r[j]!;
    });
    return back;
  };

const ofClasses = ({ layers, classLayer }: Network, layer: Layer) =>
  layers.indexOf(layer) >= layers.findIndex(({ name }) => name === classLayer);

/**
 * Guided backpropagation.
 * @param relevanceBeta how sharply relevance is rectified in units of its root mean square; or plainly, by the nonlinearity itself
 * @param sizes the root mean squares of relevance by layer, taken from the relevance itself where they are not given; filled in
 */
export function guidedTwin(
  e: Propagated,
  image: Image,
  relevanceBeta: number | 'plain' = 10,
  sizes = new Map<string, number>(),
): Float64Array {
  const score = planes(e, image).get(e.network.layers.at(-1)!.name)!.data[e.label]!;
  const rule: Rule = (layer, inputs, r) => {
    if (layer.kind !== 'activation') return through(e)(layer, inputs, r);
    const gates = inputs[0]!.data.map(slopeOf(e));
    if (ofClasses(e.network, layer)) return [r.map((v, i) => v * gates[i]!)];
    if (e.beta === undefined || relevanceBeta === 'plain')
      return [r.map((v, i) => activationOf(e)(v) * gates[i]!)];
    const size =
      sizes.get(layer.name) ?? Math.sqrt(r.reduce((sum, v) => sum + v * v, 0) / r.length);
    sizes.set(layer.name, size);
    const rectify = softplus(relevanceBeta);
    return [r.map((v, i) => size * rectify(v / size) * gates[i]!)];
  };
  const start = relevanceBeta === 'plain' ? score : Math.sign(score);
  return walk(e, image, rule, start).get('input')!;
}

/** Backpropagation with every weight times its pattern, to the preprocessed image. */
export function patternTwin(
  e: Propagated,
  image: Image,
  patterns: ReadonlyMap<string, WeightTensor>,
): Float64Array {
  const times = (w: number, { name }: Layer, at: number) => w * (patterns.get(name)?.data[at] ?? 1);
  const rule: Rule = (layer, inputs, r) =>
    layer.kind === 'activation'
      ? [r.map((v, i) => v * slopeOf(e)(inputs[0]!.data[i]!))]
      : through(e, times)(layer, inputs, r);
  return walk(e, image, rule).get('preprocess')!;
}

/**
 * Multipliers and contributions of DeepLIFT against the image that preprocessing maps to zero.
 * @param quotient multipliers are quotients however small their denominators are
 */
export function deepliftTwin(e: Propagated, image: Image, quotient = false) {
  const { zero } = inputScale(e.network);
  const reference = planes(e, zero);
  const f = activationOf(e);
  const rule: Rule = (layer, inputs, r) => {
    if (layer.kind !== 'activation') return through(e)(layer, inputs, r);
    const before = reference.get(layer.from[0]!)!.data;
    const multiplier = inputs[0]!.data.map((a, i) => {
      const a0 = before[i]!;
      if (quotient) return (f(a) - f(a0)) / (a - a0 + 1e-20);
      if (e.beta !== undefined && e.beta * Math.abs(a - a0) < 0.05)
        return sigma((e.beta * (a + a0)) / 2);
      if (e.beta === undefined && Math.abs(a - a0) < 1e-6 * Math.max(1, Math.abs(a)))
        return Number(a > 0);
      return (f(a) - f(a0)) / (a - a0);
    });
    return [r.map((v, i) => v * multiplier[i]!)];
  };
  const relevance = walk(e, image, rule);
  const contribution = relevance.get('input')!.map((m, i) => m * (image[i]! - zero[i]!));
  return { values: planes(e, image), reference, relevance, contribution };
}

/** LRP by the products of inputs and weights that are positive, z⁺ where inputs are; in the first layer z^B. */
export interface LrpTwin {
  /** Relevance of every layer's output. */
  readonly relevance: ReadonlyMap<string, Float64Array>;
  /** For every layer that shares relevance out: what it was given, what it gave, and what stayed at units with a negligible denominator. */
  readonly shared: { readonly given: number; readonly gave: number; readonly kept: number }[];
}

/** @param bounds of z^B, in each channel or the lowest and highest of all */
export function lrpTwin(
  e: Propagated,
  image: Image,
  bounds: 'per-channel' | 'scalar' = 'per-channel',
): LrpTwin {
  const { network } = e;
  const weights = weightsOf(network);
  const shared: { given: number; gave: number; kept: number }[] = [];
  const largestOf = (z: Float64Array) => z.reduce((a, b) => Math.max(a, b));
  const extremes = [0, 255].map(
    (gray) => planes(e, new Float64Array(image.length).fill(gray)).get('preprocess')!.data,
  ) as [Float64Array, Float64Array];
  if (bounds === 'scalar') {
    extremes[0].fill(Math.min(...extremes[0]));
    extremes[1].fill(Math.max(...extremes[1]));
  }
  const rule: Rule = (layer, inputs, r) => {
    if (layer.kind === 'activation') return [r];
    if (layer.kind === 'preprocess' || layer.kind === 'affine') return [r];
    if (layer.kind === 'maxPool' || layer.kind === 'concat' || layer.kind === 'subsample')
      return through(e)(layer, inputs, r);
    const linear = layer.kind === 'conv' || layer.kind === 'dense';
    const first = linear && layer.from[0] === 'preprocess';
    const [low, high] = extremes;
    const message = (from: number, i: number, w: number): number => {
      const x = inputs[from]!.data[i]!;
      if (first) return x * w - low[i]! * Math.max(w, 0) - high[i]! * Math.min(w, 0);
      return linear ? Math.max(x * w, 0) : Math.max(x, 0) * w;
    };
    const z = new Float64Array(r.length);
    connect(weights, layer, inputs, (from, i, j, w) => {
      z[j]! += message(from, i, w);
    });
    const least = 1e-6 * largestOf(z);
    const back = like(inputs);
    connect(weights, layer, inputs, (from, i, j, w) => {
      if (z[j]! > least) back[from]![i]! += (message(from, i, w) / (z[j]! + 1e-9)) * r[j]!;
    });
    const total = (v: Float64Array) => v.reduce((a, b) => a + b, 0);
    shared.push({
      given: total(r),
      gave: back.reduce((sum, v) => sum + total(v), 0),
      kept: total(r.filter((_, j) => z[j]! <= least)),
    });
    return back;
  };
  return { relevance: walk(e, image, rule), shared };
}
