// The clean images of a data set, with their maps under the methods of a config.
import type { Engine } from '../engine/engine.js';
import {
  compilePredictor,
  type Draws,
  type Evaluation,
  oneHot,
  type Predictor,
} from '../explain/index.js';
import type { BoundNetwork } from '../model/index.js';
import { drawsOf } from './draws.js';
import { Evaluators } from './evaluators.js';
import { Images } from './images.js';
import type { Explaining } from './subject.js';

/** An image with its scores and its map. */
export interface CleanMap {
  /** Pixels [3,H,W], 0..255. */
  readonly x: Float32Array;
  /** The class that the network predicts. */
  readonly label: number;
  /** The class that its map is for. */
  readonly explained: number;
  /** The one-hot vector of that class. */
  readonly target: Float32Array;
  readonly evaluation: Evaluation;
  /** The random numbers for the samples of its map. */
  readonly draws: Draws;
}

/** The clean images and maps of a config. */
export class CleanMaps {
  readonly evaluators: Evaluators;
  readonly images: Images;

  /** @param predictor compiles the predictor of the network when it is needed; by default it is compiled once */
  constructor(
    private readonly explaining: Explaining,
    engine: Engine,
    predictor: () => Promise<Predictor> = compiledOnce(engine, explaining.network),
  ) {
    const { network, dataset } = explaining;
    this.evaluators = new Evaluators(explaining, engine);
    this.images = new Images(network, dataset, engine.batch, predictor);
  }

  /** The class of an image that its maps are for. */
  private async explained(image: number, label: number): Promise<number> {
    const { target, dataset } = this.explaining;
    if (typeof target === 'number') return target;
    if (target === 'label') return dataset.entries[image]!.label!;
    if (target === 'predicted') return label;
    return (await this.images.predict(image)).top5[1]!;
  }

  /**
   * An image with its scores and the map of a method.
   * @param label the class that the network predicts
   */
  async of(image: number, method: number, label: number): Promise<CleanMap> {
    const { config, network, dataset } = this.explaining;
    const x = await this.images.pixels(image);
    const explained = await this.explained(image, label);
    const target = oneHot(network.network.classes, explained);
    const draws = drawsOf(x, [config.seed, dataset.entries[image]!.id]);
    const evaluation = await (await this.evaluators.reported(method)).evaluate(x, target, draws);
    return { x, label, explained, target, evaluation, draws };
  }
}

function compiledOnce(engine: Engine, network: BoundNetwork): () => Promise<Predictor> {
  let compiled: Promise<Predictor> | undefined;
  return () => {
    compiled ??= compilePredictor(engine, network);
    return compiled;
  };
}
