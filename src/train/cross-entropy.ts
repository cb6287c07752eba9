// The loss networks are trained with.
import {
  add,
  exp,
  log,
  maxPool,
  mean,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
} from '../graph/index.js';

/**
 * Mean over images of log Σ_c exp(S_c) − S_y, in nats.
 * @param scores [N, classes]
 * @param target one in the true class's column, [N, classes]
 */
export function crossEntropy(scores: Tensor, target: Tensor): Tensor {
  const [images, classes] = scores.shape as [number, number];
  // the largest score taken out first, so that nothing overflows
  const row = { kernel: [1, classes], stride: [1, 1], pads: [0, 0, 0, 0] } as const;
  const largest = reshape(maxPool(reshape(scores, [images, 1, 1, classes]), row), [images, 1]);
  const total = sum(exp(sub(scores, largest)), [1]);
  return mean(sub(add(log(total), largest), sum(mul(scores, target), [1])));
}
