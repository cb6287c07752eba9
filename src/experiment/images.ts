// The images of a data set as a worker needs them: one at a time, with what the network says of it.
import type { Dataset } from '../data/dataset.js';
import type { Predictor } from '../explain/index.js';
import { argmax } from '../metric/output.js';
import type { Network } from '../model/index.js';
import type { Prediction } from './computer.js';

export class Images {
  private last: { readonly index: number; readonly x: Float32Array } | undefined;

  /** @param predictor the network, compiled when it is needed */
  constructor(
    private readonly network: Network,
    private readonly dataset: Dataset,
    private readonly predictor: () => Promise<Predictor>,
  ) {}

  /** Pixels [3,H,W] of an image; the last one asked for is kept. */
  async pixels(index: number): Promise<Float32Array> {
    if (this.last?.index !== index) {
      const x = await this.dataset.load(this.dataset.entries[index]!, this.network);
      this.last = { index, x };
    }
    return this.last.x;
  }

  /** Scores of all classes. */
  async scores(index: number): Promise<Float32Array> {
    return (await this.predictor()).predict(await this.pixels(index));
  }

  async predict(index: number): Promise<Prediction> {
    const scores = await this.scores(index);
    const ranked = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
    return { label: argmax(scores), top5: ranked.slice(0, 5) };
  }
}
