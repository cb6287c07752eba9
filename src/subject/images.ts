// The images of a data set for a worker: read ahead, kept for a few batches, and predicted.
import type { Dataset } from '../data/dataset.js';
import type { Size } from '../data/picture.js';
import { UserError } from '../errors.js';
import type { Predictor } from '../explain/index.js';
import { argmax } from '../metric/output.js';
import type { BoundNetwork } from '../model/index.js';
import { requireNumbers } from './prediction.js';

/** The network's prediction for an image. */
export interface Prediction {
  readonly label: number;
  /** The classes of the five largest scores, largest first; of equal scores the lower class first. */
  readonly top5: readonly number[];
}

/** An image of a data set that cannot be read: its rows fail, those of others do not. */
export class UnreadableImage extends UserError {}

/** Pixels [3,H,W] of an image of a data set. Throws UnreadableImage. */
export const loadImage = (dataset: Dataset, index: number, size: Size): Promise<Float32Array> =>
  dataset.load(dataset.entries[index]!, size).catch((error) => {
    throw error instanceof UserError ? new UnreadableImage(error.message) : error;
  });

/** How many batches of images are kept. */
const KEPT = 4;

export class Images {
  /** The images used last, oldest first. */
  private readonly read = new Map<number, Promise<Float32Array>>();

  /**
   * @param batch how many images form a batch
   * @param predictor compiles the predictor of the network when it is needed
   */
  constructor(
    private readonly network: BoundNetwork,
    private readonly dataset: Dataset,
    private readonly batch: number,
    private readonly predictor: () => Promise<Predictor>,
  ) {}

  /** Pixels [3,H,W] of an image. */
  pixels(index: number): Promise<Float32Array> {
    const before = this.read.get(index);
    const pixels = before ?? loadImage(this.dataset, index, this.network.network);
    this.read.delete(index);
    this.read.set(index, pixels);
    const [oldest] = this.read.keys();
    if (this.read.size > KEPT * this.batch) this.read.delete(oldest!);
    return pixels;
  }

  /** Begins to read images that will be needed. */
  ahead(indices: readonly number[]): void {
    // an error is reported when the image is used
    for (const index of indices) this.pixels(index).catch(() => {});
  }

  /** Scores of all classes. Throws a UserError where one is infinite or not a number. */
  async scores(index: number): Promise<Float32Array> {
    const pixels = await this.pixels(index);
    const scores = await (await this.predictor()).predict(pixels);
    return requireNumbers(this.network, this.dataset.entries[index]!.id, scores);
  }

  /** The predicted classes. Throws a UserError where a score is infinite or not a number. */
  async predict(index: number): Promise<Prediction> {
    const scores = await this.scores(index);
    const ranked = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
    return { label: argmax(scores), top5: ranked.slice(0, 5) };
  }
}
