// The class that a network predicts, from scores that are numbers.
import { UserError } from '../errors.js';
import { argmax } from '../metric/output.js';
import type { BoundNetwork } from '../model/index.js';

/** Scores of an image as they are. Throws a UserError where one is infinite or not a number: no class can be predicted. */
export function requireNumbers(
  { network, file }: BoundNetwork,
  image: string,
  scores: Float32Array,
): Float32Array {
  const odd = scores.findIndex((score) => !Number.isFinite(score));
  if (odd >= 0)
    throw new UserError(
      `${file}: not weights that ${network.name} can compute with: for ${image} the score of class ${odd} is ${scores[odd]}, expected a number; the weights take float32 beyond its range`,
    );
  return scores;
}

/** The class of the largest score. Throws a UserError where a score is infinite or not a number. */
export const predictedOf = (network: BoundNetwork, image: string, scores: Float32Array): number =>
  argmax(requireNumbers(network, image, scores));
