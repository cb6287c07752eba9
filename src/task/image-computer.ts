// The base of computers whose cells are whole images: it reads and times images and predicts their classes.
import type { ImageConfig } from '../config/subject.js';
import type { Dataset, ImageEntry } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { compilePredictor, type Predictor } from '../explain/index.js';
import type { BoundNetwork } from '../model/index.js';
import { Images, type Prediction } from '../subject/images.js';
import { openImages, type Subject } from '../subject/subject.js';
import type { Computer, ComputerOn, Probe } from './computer.js';
import type { AnyRow, Found, TaskConfig } from './task.js';

/** A cell that is an image. */
export interface ImageCell {
  /** Its index in the data set. */
  readonly image: number;
  /** The class that the network predicts for it. */
  readonly label: number;
}

export abstract class ImageComputer<Config extends ImageConfig, F extends Found<AnyRow>>
  implements Computer<ImageCell, F>
{
  protected readonly images: Images;

  constructor(
    protected readonly config: Config,
    protected readonly network: BoundNetwork,
    private readonly dataset: Dataset,
    protected readonly engine: Engine,
  ) {
    this.images = new Images(network, dataset, engine.batch, () => this.predictor());
  }

  /** The predictor of classes; called for every image. */
  protected abstract predictor(): Promise<Predictor>;

  abstract compile(): Promise<void>;

  ahead(images: readonly number[]): void {
    this.images.ahead(images);
  }

  predict(image: number): Promise<Prediction> {
    return this.images.predict(image);
  }

  abstract run(cell: ImageCell): Promise<F>;

  abstract probe(cell: ImageCell): Promise<Probe>;

  protected entry(image: number): ImageEntry {
    return this.dataset.entries[image]!;
  }

  /** An image's share of its batch's seconds since a moment of `performance.now()`. */
  protected secondsSince(started: number): number {
    return (performance.now() - started) / 1000 / this.engine.batch;
  }
}

/** Opens a computer that predicts the classes of a config's images and computes no cells. */
export async function openPredictions(
  config: ImageConfig & TaskConfig,
  subject: Subject,
): Promise<ComputerOn> {
  const dataset = await openImages(config, subject);
  const { network } = subject;
  const no = () => Promise.reject(new Error('there are no cells'));
  return (engine) => {
    let compiled: Promise<Predictor> | undefined;
    const predictor = () => {
      compiled ??= compilePredictor(engine, network);
      return compiled;
    };
    const images = new Images(network, dataset, engine.batch, predictor);
    return {
      compile: async () => void (await predictor()),
      ahead: (indices) => images.ahead(indices),
      predict: (image) => images.predict(image),
      run: no,
      probe: no,
    };
  };
}
