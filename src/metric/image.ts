// How visible a perturbation is: the similarity of an original image and a perturbed one, by the same
// three measures that compare maps, on images scaled to [0, 1] (Dombrowski et al. 2019).

import { mse } from './mse.js';
import { pcc } from './pcc.js';
import { ssim } from './ssim.js';
import { requireShape, type Values } from './values.js';

/** Similarity of two images; undefined where the measure is (see `ssim` and `pcc`). */
export interface ImageSimilarity {
  readonly ssim: number | undefined;
  readonly pcc: number | undefined;
  readonly mse: number;
}

/**
 * Similarity of two images after scaling to [0, 1]: structural similarity with range 1, taken per
 * channel and averaged; correlation and mean squared error over all values together.
 * @param reference channels x height x width values in 0..255, channel-major
 * @param other the same size
 */
export function imageSimilarity(
  reference: Values,
  other: Values,
  channels: number,
  height: number,
  width: number,
): ImageSimilarity {
  requireShape(reference, channels, height, width);
  requireShape(other, channels, height, width);
  const a = Float64Array.from(reference, (value) => value / 255);
  const b = Float64Array.from(other, (value) => value / 255);
  const area = height * width;
  let sum = 0;
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * area;
    const planeA = a.subarray(start, start + area);
    const planeB = b.subarray(start, start + area);
    sum += ssim(planeA, planeB, height, width, { dataRange: 1 }) ?? Number.NaN;
  }
  return {
    ssim: Number.isNaN(sum) ? undefined : sum / channels,
    pcc: pcc(a, b),
    mse: mse(a, b),
  };
}
