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

/** An image with its scores and its map for a class. */
export interface CleanMap {
  /** Pixels [3,H,W], 0..255. */
  readonly x: Float32Array;
  readonly label: number;
  /** The one-hot vector of the class. */
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

  /** An image with its scores and the map of a method for the class `label`. */
  async of(image: number, method: number, label: number): Promise<CleanMap> {
    const { config, network, dataset } = this.explaining;
    const x = await this.images.pixels(image);
    const target = oneHot(network.network.classes, label);
    const draws = drawsOf(x, [config.seed, dataset.entries[image]!.id]);
    const evaluation = await (await this.evaluators.reported(method)).evaluate(x, target, draws);
    return { x, label, target, evaluation, draws };
  }
}

function compiledOnce(engine: Engine, network: BoundNetwork): () => Promise<Predictor> {
  let compiled: Promise<Predictor> | undefined;
  return () => {
    compiled ??= compilePredictor(engine, network);
    return compiled;
  };
}
