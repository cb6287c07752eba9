// Batch normalization while a network learns (Ioffe & Szegedy 2015): a channel's values less their mean
// over the batch, over their standard deviation in it, with gradients through both.
import { add, detach, div, mean, mul, reshape, sqrt, sub, type Tensor } from '../graph/index.js';

/** A batch normalized, and what it was normalized by: mean and biased variance of every channel, [1,C,1,1]. */
export interface NormalizedBatch {
  readonly y: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * (a − mean)/√(variance + ε) · weight + bias, statistics taken over images and places.
 * @param a [N,C,H,W]
 * @param weight [C]
 * @param bias [C]
 */
export function normaliseBatch(
  a: Tensor,
  weight: Tensor,
  bias: Tensor,
  epsilon: number,
): NormalizedBatch {
  const perChannel = (t: Tensor) => reshape(t, [1, a.shape[1]!, 1, 1]);
  const places = [0, 2, 3];
  const average = mean(a, places);
  // deviations add up to zero, so that the variance has no slope in the mean; what slope the result has in it
  // is left to a shift of value zero, which spares a sum over the batch
  const held = detach(average);
  const deviation = sub(a, held);
  const variance = mean(mul(deviation, deviation), places);
  const scale = div(perChannel(weight), sqrt(add(variance, epsilon)));
  const shift = sub(perChannel(bias), mul(sub(average, held), scale));
  return { y: add(mul(deviation, scale), shift), mean: average, variance };
}
