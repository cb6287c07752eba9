// What computers have in common whose cells are images: the images they read, what the network says of them, and
// the time they take.
import type { Dataset, ImageEntry } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { Predictor } from '../explain/index.js';
import type { BoundNetwork } from '../model/index.js';
import { Images } from '../subject/images.js';
import type { Config } from '../tasks/attack/config.js';
import type { Computer, Prediction, Probe } from './computer.js';
import type { AnyCell, AnyRow, Found } from './task.js';

export abstract class ImageComputer<C extends Config, F extends Found<AnyRow>>
  implements Computer<AnyCell, F>
{
  protected readonly images: Images;

  constructor(
    protected readonly config: C,
    protected readonly network: BoundNetwork,
    private readonly dataset: Dataset,
    protected readonly engine: Engine,
  ) {
    this.images = new Images(network.network, dataset, engine.batch, () => this.predictor());
  }

  /** What predicts the class of an image; asked for at every image. */
  protected abstract predictor(): Promise<Predictor>;

  abstract prepare(): Promise<void>;

  ahead(images: readonly number[]): void {
    this.images.ahead(images);
  }

  predict(image: number): Promise<Prediction> {
    return this.images.predict(image);
  }

  abstract run(cell: AnyCell, label: number): Promise<F>;

  abstract probe(cell: AnyCell): Promise<Probe>;

  protected entry(image: number): ImageEntry {
    return this.dataset.entries[image]!;
  }

  /** An image's share of the seconds since a moment of `performance.now()`, with as many images as run together. */
  protected secondsSince(started: number): number {
    return (performance.now() - started) / 1000 / this.engine.batch;
  }
}
