// Explanations by their definitions, in float64: slopes of the plain twin's class score by central
// differences, sums over paths as sums, and the map's normalization in loops.
import type { Network } from '../../model/layers.js';
import { forward } from '../../model/testing/forward.js';
import { weightsOf } from '../../model/testing/networks.js';
import { slopes } from '../../testing/float64.js';

type Image = ArrayLike<number>;

/** What is explained: a class score of a network, with random weights and a nonlinearity of numbers. */
export interface Explained {
  readonly network: Network;
  readonly label: number;
  readonly activation: (a: number) => number;
}

export const scoreOf = ({ network, label, activation }: Explained, image: Image): number =>
  forward(network, weightsOf(network), image, activation)[label]!;

/** For every value of an image, the gray level that preprocessing maps to 0 and the gray levels of one unit after it. */
export function inputScale(network: Network): { zero: Float64Array; unit: Float64Array } {
  const first = network.layers[0]!;
  if (first.kind !== 'preprocess') throw new Error('the first layer must be preprocessing');
  const { mean, std, scale } = first;
  const pixels = network.height * network.width;
  const each = (f: (c: number, i: number) => number) =>
    Float64Array.from({ length: 3 * pixels }, (_, i) => scale * f(Math.floor(i / pixels), i));
  const image = 'parameter' in mean ? weightsOf(network).tensors.get(mean.parameter)!.data : [];
  return {
    zero: each((c, i) => ('parameter' in mean ? image[i]! : mean[c]!)),
    unit: each((c) => std[c]!),
  };
}

/** ∂S/∂x. */
export const gradientTwin = (e: Explained, image: Image): Float64Array =>
  slopes((x) => scoreOf(e, x), image, 0.01);

/** x̂ ⊙ ∂S/∂x̂, with x̂ what the network makes of the image first. */
export function gradientTimesInputTwin(e: Explained, image: Image): Float64Array {
  const { zero, unit } = inputScale(e.network);
  const own = Float64Array.from(image, (v, i) => (v - zero[i]!) / unit[i]!);
  const score = (u: Float64Array) =>
    scoreOf(
      e,
      u.map((v, i) => zero[i]! + v * unit[i]!),
    );
  return slopes(score, own, 1e-4).map((slope, i) => slope * own[i]!);
}

/** Δx ⊙ the mean of ∂S/∂x at the given shares of the way from the image that preprocessing maps to 0. */
export function pathTwin(e: Explained, image: Image, shares: readonly number[]): Float64Array {
  const { zero } = inputScale(e.network);
  const difference = Float64Array.from(image, (v, i) => v - zero[i]!);
  const total = new Float64Array(image.length);
  for (const share of shares)
    gradientTwin(
      e,
      zero.map((z, i) => z + share * difference[i]!),
    ).forEach((slope, i) => {
      total[i]! += slope;
    });
  return total.map((t, i) => (difference[i]! * t) / shares.length);
}

/** Per pixel the sum over three channels of |raw|, divided by the sum over all. */
export function mapTwin(raw: ArrayLike<number>): Float64Array {
  const pixels = raw.length / 3;
  const map = new Float64Array(pixels);
  for (let i = 0; i < raw.length; i++) map[i % pixels]! += Math.abs(raw[i]!);
  const total = map.reduce((a, b) => a + b);
  return map.map((v) => v / total);
}
