// What an explanation method is, and the saliency map every method ends in. A method gives raw
// contributions per pixel and channel as a function of the image; some average them over samples (points on a
// path, noise draws), which are then a further input of the same program.
import { abs, add, div, type Shape, sum, type Tensor } from '../graph/index.js';
import type { BoundNetwork, Nonlinearity } from '../model/index.js';

/** What a contribution is computed from. */
export interface Subject {
  readonly network: BoundNetwork;
  readonly activation: Nonlinearity;
  /** Images 0..255, [N,3,H,W]. */
  readonly x: Tensor;
  /** One in the explained class's column, [N, classes]. */
  readonly target: Tensor;
}

/** What samples of one image are drawn with. */
export interface Draws {
  /** The clean image [3,H,W], 0..255. */
  readonly origin: Float32Array;
  /** Uniform numbers in [0,1), going on from step to step. */
  uniform(): number;
  /** So many normal numbers of unit variance, the same whenever they are asked for with the same purpose. */
  normal(purpose: string, count: number): Float32Array;
}

/** Samples a method averages over. */
export interface Samples {
  /** Samples in a reported map. */
  readonly count: number;
  /** Samples in the direction of an attack; where fewer than `count`, they are drawn afresh at each step. */
  readonly direction: number;
  /** Shape of one sample for N images. */
  shape(images: number): Shape;
  /** The samples of a reported map, the same for an image and all that becomes of it. */
  fixed(draws: Draws): readonly Float32Array[];
  /** The samples of one step of an attack. */
  drawn(draws: Draws): readonly Float32Array[];
}

export interface Method {
  readonly name: string;
  /** Undefined for methods that need one pass. */
  readonly samples?: Samples;
  /** The method that SmoothGrad averages. */
  readonly averages?: Method;
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
