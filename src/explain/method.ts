// What an explanation method is, and the saliency map every method ends in. A method gives raw
// contributions per pixel and channel as a function of the image; some average them over samples (points on a
// path, noise draws), which are then a further input of the same program.
import { abs, add, div, type Shape, sum, type Tensor } from '../graph/index.js';
import type { Activation, BoundNetwork } from '../model/index.js';

/** What a contribution is computed from. */
export interface Subject {
  readonly network: BoundNetwork;
  readonly activation: Activation;
  /** Images 0..255, [N,3,H,W]. */
  readonly x: Tensor;
  /** One in the explained class's column, [N, classes]. */
  readonly target: Tensor;
}

/** Samples a method averages over. */
export interface Samples {
  /** Samples in a reported map. */
  readonly count: number;
  /** Samples in the direction of an attack; where fewer than `count`, they are drawn afresh at each step. */
  readonly direction: number;
  /** Shape of one sample for N images. */
  shape(images: number): Shape;
  /** The samples of a reported map. */
  fixed(): readonly Float32Array[];
  /** A fresh set for one step of an attack. */
  drawn(uniform: () => number): readonly Float32Array[];
}

export interface Method {
  readonly name: string;
  /** Undefined for methods that need one pass. */
  readonly samples?: Samples;
  /** The raw contribution [N,3,H,W] of one sample; the raw map is the mean over samples. */
  contribution(subject: Subject, sample: Tensor | undefined): Tensor;
}

/**
 * The saliency map of raw contributions (Ghorbani et al. 2019, section 2): per pixel the sum over
 * channels of |h|, divided by its sum over the image. [N,3,H,W] → [N,1,H,W], each summing to 1.
 */
export function saliencyMap(raw: Tensor): Tensor {
  const magnitude = sum(abs(raw), [1]);
  return div(magnitude, add(sum(magnitude, [2, 3]), 1e-30));
}
