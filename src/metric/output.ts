// What a network says and how far an attack moved it: the predicted class, class probabilities, and
// the distances between the outputs before and after that Dombrowski et al. 2019 report to show that
// the explanation changed while the output did not.

import { mse } from './mse.js';
import { requireSameLength, type Values } from './values.js';

/** Distances between the outputs of a network on two images. */
export interface OutputErrors {
  /** ‖Δsoftmax‖₂ */
  readonly outputChange: number;
  /** ½‖Δscores‖²/N */
  readonly logitMseHalf: number;
  /** ½‖Δsoftmax‖²/N */
  readonly softmaxMseHalf: number;
}

/**
 * Index of the largest score, ties to the lower index; NaN never wins.
 * @throws Error where no score is a number
 */
export function argmax(scores: Values): number {
  let best = -1;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (best < 0 ? !Number.isNaN(score) : score > scores[best]!) best = i;
  }
  if (best < 0) throw new Error(`none of ${scores.length} scores is a number`);
  return best;
}

/** Class probabilities exp(s_i)/Σ exp(s_j) of N scores; the largest score is subtracted first. */
export function softmax(scores: Values): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) largest = Math.max(largest, scores[i]!);
  const powers = Float64Array.from(scores, (score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Distances between the outputs of one network, given its N pre-softmax scores before and after. */
export function outputErrors(scoresBefore: Values, scoresAfter: Values): OutputErrors {
  requireSameLength(scoresBefore, scoresAfter);
  const softmaxMse = mse(softmax(scoresBefore), softmax(scoresAfter));
  return {
    outputChange: Math.sqrt(softmaxMse * scoresBefore.length),
    logitMseHalf: mse(scoresBefore, scoresAfter) / 2,
    softmaxMseHalf: softmaxMse / 2,
  };
}
