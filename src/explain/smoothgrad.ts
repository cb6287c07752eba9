// SmoothGrad (Smilkov et al. 2017): the mean of a method's raw map over noisy copies of the image. An attack takes
// its direction from a few copies that are drawn once; reported maps are of others, the same for the clean image and
// all that becomes of it.
import { add, reshape, type Shape, slice, type Tensor } from '../graph/index.js';
import type { BoundNetwork, Layer } from '../model/index.js';
import type { WeightTensor } from '../weights/safetensors.js';
import type { Draws, Method } from './method.js';

type Preprocess = Layer & { readonly kind: 'preprocess' };

/** From the smallest to the largest value that preprocessing makes of an image [3,H,W]: what noise is measured by. */
function rangeOf({ scale, std }: Preprocess, mean: WeightTensor, image: Float32Array): number {
  const pixels = image.length / 3;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  image.forEach((value, i) => {
    const channel = Math.floor(i / pixels);
    const m = mean.data.length === 3 ? mean.data[channel]! : mean.data[i]!;
    const seen = (value / scale - m) / std[channel]!;
    low = Math.min(low, seen);
    high = Math.max(high, seen);
  });
  return high - low;
}

/**
 * SmoothGrad around a method.
 * @param of the method whose raw signed map is averaged
 * @param samples noisy copies of a reported map (default 50)
 * @param direction noisy copies of an attack's direction (default 10)
 * @param fresh whether an attack draws its noisy copies anew at each step, instead of once
 * @param noise standard deviation of the noise, as a part of the range of the clean image under the network's preprocessing (default 0.05); noisy copies are not clipped
 */
export function smoothgrad(
  bound: BoundNetwork,
  {
    of,
    samples = 50,
    direction = 10,
    noise = 0.05,
    fresh = false,
  }: {
    of: Method;
    samples?: number | undefined;
    direction?: number | undefined;
    noise?: number | undefined;
    fresh?: boolean | undefined;
  },
): Method {
  const { network, mean } = bound;
  // every network begins with it
  const preprocess = network.layers[0] as Preprocess;
  const size: Shape = [3, network.height, network.width];
  const values = 3 * network.height * network.width;
  const inner = of.samples;
  const innerValues = inner === undefined ? 0 : inner.shape(1).reduce((n, d) => n * d, 1);

  /** So many copies' noise in gray levels: the same normal numbers whenever they are asked for. */
  const noises = (draws: Draws, purpose: string, count: number): Float32Array[] => {
    const { scale, std } = preprocess;
    const deviation = noise * rangeOf(preprocess, mean, draws.origin) * scale;
    const normal = draws.normal(purpose, count * values);
    return Array.from({ length: count }, (_, n) =>
      normal
        .subarray(n * values, (n + 1) * values)
        .map((v, i) => v * deviation * std[Math.floor((3 * i) / values)]!),
    );
  };
  const kept = new WeakMap<Draws, Map<string, Float32Array[]>>();
  const once = (draws: Draws, purpose: string, count: number): Float32Array[] => {
    const ofDraws = kept.get(draws) ?? new Map<string, Float32Array[]>();
    kept.set(draws, ofDraws);
    const made = ofDraws.get(purpose) ?? noises(draws, purpose, count);
    ofDraws.set(purpose, made);
    return made;
  };
  /** Which step of an attack asks for copies, from 1. */
  const steps = new WeakMap<Draws, number>();
  const anew = (draws: Draws): Float32Array[] => {
    const step = (steps.get(draws) ?? 0) + 1;
    steps.set(draws, step);
    return noises(draws, `smoothgrad-attack ${step}`, direction);
  };
  /** Every copy with each of the wrapped method's own samples, side by side in one array. */
  const joined = (
    copies: readonly Float32Array[],
    own: (() => readonly Float32Array[]) | undefined,
  ) =>
    own === undefined
      ? copies
      : copies.flatMap((copy) =>
          own().map((sample) => {
            const both = new Float32Array(values + sample.length);
            both.set(copy);
            both.set(sample, values);
            return both;
          }),
        );

  return {
    name: 'smoothgrad',
    averages: of,
    samples: {
      count: samples * (inner?.count ?? 1),
      direction: direction * (inner?.direction ?? 1),
      shape: (images) => (inner === undefined ? [images, ...size] : [images, values + innerValues]),
      fixed: (draws) =>
        joined(once(draws, 'smoothgrad-eval', samples), inner && (() => inner.fixed(draws))),
      drawn: (draws) =>
        joined(
          fresh ? anew(draws) : once(draws, 'smoothgrad-attack', direction),
          inner && (() => inner.drawn(draws)),
        ),
    },
    contribution(subject, sample) {
      const given = sample as Tensor;
      const images = given.shape[0]!;
      if (inner === undefined)
        return of.contribution({ ...subject, x: add(subject.x, given) }, undefined);
      const copy = reshape(slice(given, [0, 0], [images, values]), [images, ...size]);
      const own = reshape(
        slice(given, [0, values], [images, values + innerValues]),
        inner.shape(images),
      );
      return of.contribution({ ...subject, x: add(subject.x, copy) }, own);
    },
  };
}
