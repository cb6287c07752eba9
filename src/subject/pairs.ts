// Pairs of images: an image, and the other one whose map it is to be given. The choice of the other image depends on the
// seed, the image and the data set alone, so it is the same for every method, model and attack.
import type { ImageEntry } from '../data/dataset.js';
import { type Evaluation, type Evaluator, oneHot } from '../explain/index.js';
import type { BoundNetwork } from '../model/index.js';
import { keyedRandom } from '../random.js';
import { drawsOf } from './draws.js';
import { predictedOf } from './prediction.js';

/** The index of the other image of a pair: any but the image itself, all equally likely. */
export function partnerOf(seed: number, entries: readonly ImageEntry[], image: number): number {
  const drawn = keyedRandom(seed, entries[image]!.id, 'pairing').below(entries.length - 1);
  return drawn < image ? drawn : drawn + 1;
}

/** The other image of a pair: its id, and its pixels [3,H,W] in 0..255. */
export interface Other {
  readonly id: string;
  readonly image: Float32Array;
}

/** The class that the network predicts for the other image of a pair, and its map for that class. */
export interface ExplainedOther extends Evaluation {
  readonly label: number;
}

/**
 * Explains the other image of a pair for the class that the network predicts for it.
 * @param evaluator gives the reported map of a method
 */
export async function explainedOther(
  evaluator: Evaluator,
  network: BoundNetwork,
  seed: number,
  { id, image }: Other,
): Promise<ExplainedOther> {
  const draws = drawsOf(image, [seed, id]);
  const of = (label: number) =>
    evaluator.evaluate(image, oneHot(network.network.classes, label), draws);
  // scores do not depend on the class that is explained
  const label = predictedOf(network, id, (await of(0)).scores);
  return { label, ...(await of(label)) };
}
