// Manipulation towards a target (Dombrowski et al. 2019, section 2): gives an image the map of another one, or any
// map, while what the network says of it stays.
import {
  detach,
  div,
  embed,
  exp,
  maxPool,
  mean,
  mul,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
} from '../graph/index.js';
import { softmax } from '../metric/output.js';
import type { Dissimilarity } from './dissimilarity.js';

/** What of a network's output is held: probabilities, or the scores before them. */
export type HeldOutput = 'softmax' | 'scores';

/**
 * [N, classes] with columns of zeros behind, up to a whole number of vectors: the sum of a row that is not whole
 * depends, in its last bit, on where in a batch the row lies.
 */
function padded(x: Tensor): Tensor {
  const [images, columns] = x.shape as [number, number];
  return embed(x, [0, 0], [1, 1], [images, 16 * Math.ceil(columns / 16)]);
}

/**
 * Class probabilities of scores [N, classes], padded. The largest score is taken out first, so that nothing overflows; it
 * changes nothing, and so has no part in derivatives.
 */
function probabilities(scores: Tensor): Tensor {
  const [images, classes] = scores.shape as [number, number];
  const row = { kernel: [1, classes], stride: [1, 1], pads: [0, 0, 0, 0] } as const;
  const largest = detach(maxPool(reshape(scores, [images, 1, 1, classes]), row));
  const powers = padded(exp(sub(scores, reshape(largest, [images, 1]))));
  return div(powers, sum(powers, [1]));
}

const square = (x: Tensor): Tensor => mul(x, x);

/**
 * D = −(w₁·MSE(I(x), I_target) + w₂·MSE(out(x), out(x_t))), means over pixels and over classes.
 * @param weights w₁ and w₂
 * @param output what out is
 * @param classes of the network
 */
export function matchTargetDissimilarity({
  weights: [ofMap, ofOutput],
  output,
  classes,
}: {
  readonly weights: readonly [number, number];
  readonly output: HeldOutput;
  readonly classes: number;
}): Dissimilarity {
  return {
    name: 'match-target',
    references: (images, height, width) => ({
      goal: [images, 1, height, width],
      output: [images, classes],
    }),
    of: (map, { goal }) => neg(mul(mean(square(sub(map, goal!)), [1, 2, 3]), ofMap)),
    ofScores(scores, { output: before }) {
      const now = output === 'softmax' ? probabilities(scores) : padded(scores);
      const errors = sum(square(sub(now, padded(before!))), [1]);
      return neg(mul(reshape(errors, [scores.shape[0]!, 1, 1, 1]), ofOutput / classes));
    },
    clean(_, __, ___, beside) {
      if (beside?.goal === undefined)
        throw new Error('match-target: no map that is to be matched is given');
      const { goal, scores } = beside;
      return { goal, output: output === 'softmax' ? Float32Array.from(softmax(scores)) : scores };
    },
  };
}
