// What of a network's output a map explains: the score of a class, or the probability that softmax makes of it.
import {
  add,
  detach,
  div,
  exp,
  greater,
  log,
  maxPool,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
  where,
} from '../graph/index.js';
import { lower } from '../model/index.js';
import type { Subject } from './method.js';

export type Output = 'scores' | 'softmax';

/** Below every score. */
const LOWEST = -1e30;

/**
 * The softmax probability of each image's class, [N,1], from scores [N,classes]: 1/(1 + exp(u)), u being the
 * logarithm of the other classes' Σ exp(S) less the class's own score. Written with exp(−|u|), which neither
 * overflows nor, where the probability is nearly 1, leaves its derivative to what float32 has of 1 − p.
 */
export function probability(scores: Tensor, target: Tensor): Tensor {
  const [images, classes] = scores.shape as [number, number];
  const others = where(greater(target, 0), LOWEST, scores);
  const row = { kernel: [1, classes], stride: [1, 1], pads: [0, 0, 0, 0] } as const;
  const largest = detach(
    reshape(maxPool(reshape(others, [images, 1, 1, classes]), row), [images, 1]),
  );
  const rest = add(largest, log(sum(exp(sub(others, largest)), [1])));
  const own = sum(where(greater(target, 0), scores, 0), [1]);
  const u = sub(rest, own);
  const unlikely = greater(u, 0);
  const e = exp(where(unlikely, neg(u), u));
  return div(where(unlikely, e, 1), add(e, 1));
}

/** What is explained of the network at images `at`, [N,1]. */
export function explainedOutput(
  { network, activation, target }: Subject,
  at: Tensor,
  output: Output,
): Tensor {
  const lowered = lower(network, at, activation);
  return output === 'scores' ? lowered.score(target) : probability(lowered.scores, target);
}
