// Manipulated images: an image is given the map of the other one of its pair by match-target. One step is compiled for
// each explanation and attack of a config; the latest is kept.
import {
  type Clean,
  type Director,
  referencesOf,
  releaseStep,
  runTrajectory,
} from '../attack/index.js';
import type { ExplanationConfig } from '../config/explanations.js';
import type { Matching } from '../config/matchings.js';
import type { Engine } from '../engine/engine.js';
import type { CleanMaps } from './clean-maps.js';
import { drawsOf } from './draws.js';
import { loadImage } from './images.js';
import { compileMatching, goalsOf, matchDissimilarity } from './matching.js';
import { type ExplainedOther, explainedOther, type Other, partnerOf } from './pairs.js';
import { Slot } from './slot.js';
import type { Explaining } from './subject.js';

/** A config of explanations and of attacks on them. */
export interface ManipulationConfig extends ExplanationConfig {
  readonly attack: readonly Matching[];
}

/** An image under an explanation and an attack; the numbers index the lists of the config and of the data set. */
export interface ManipulationCell {
  readonly image: number;
  /** The class that the network predicts for the clean image. */
  readonly label: number;
  readonly method: number;
  readonly attack: number;
}

/** A pair of images. The map of the other one is the goal of the first. */
export interface ImagePair {
  readonly clean: Clean;
  readonly other: Other & ExplainedOther;
}

/** The manipulated images of a config. */
export class Manipulations {
  private readonly directors = new Slot<Director>();

  constructor(
    private readonly explaining: Explaining<ManipulationConfig>,
    private readonly engine: Engine,
    private readonly maps: CleanMaps,
  ) {}

  /** Compiles the step of an attack on an explanation. */
  director(method: number, attack: number): Promise<Director> {
    const { config, network, methods } = this.explaining;
    return this.directors.get(`${method} ${attack}`, () =>
      compileMatching(
        this.engine,
        { ...config, network, method: methods[method]!, item: config.explain[method]! },
        config.attack[attack]!,
      ),
    );
  }

  /** An image and the other one of its pair, with their reported maps. */
  async pair({ image, method, label }: Omit<ManipulationCell, 'attack'>): Promise<ImagePair> {
    const { config, network, dataset } = this.explaining;
    const clean = await this.maps.of(image, method, label);
    const partner = partnerOf(config.seed, dataset.entries, image);
    const other = {
      id: dataset.entries[partner]!.id,
      image: await loadImage(dataset, partner, network.network),
    };
    const evaluator = await this.maps.evaluators.reported(method);
    const explained = await explainedOther(evaluator, network, config.seed, other);
    return { clean: { ...clean, goal: explained.map }, other: { ...other, ...explained } };
  }

  /**
   * The manipulated image, the last iterate, with its reported map; undefined if it has lost its label.
   * @param onStep called after each step
   */
  async attacked(
    { image, method, attack }: ManipulationCell,
    { clean, other }: ImagePair,
    onStep: () => void,
  ): Promise<{ readonly x: Float32Array; readonly map: Float32Array } | undefined> {
    const { config, network, dataset } = this.explaining;
    const { id } = dataset.entries[image]!;
    const item = config.attack[attack]!;
    const { evaluators } = this.maps;
    const kept = await runTrajectory({
      clean,
      ...network.network,
      dissimilarity: matchDissimilarity(item, network),
      director: await this.director(method, attack),
      evaluator: await evaluators.reported(method),
      epsilon: item.epsilon,
      step: item.directions[config.explain[method]!.id]!.rate,
      iterations: item.iterations,
      every: item.iterations,
      selections: ['last'],
      // it selects nothing that is kept
      k: 1,
      draws: drawsOf(clean.x, [config.seed, id, 'match-target', item.epsilon ?? 'any']),
      goalAt: goalsOf({ ...config, network, item: config.explain[method]! }, item, other, () =>
        evaluators.sweep(method),
      ),
      onStep,
    });
    const last = kept.get('last');
    return last && { x: last.x, map: last.evaluation.map };
  }

  /** Seconds of a step of an attack on one image, after one to warm up. */
  async secondsOfStep(cell: ManipulationCell): Promise<number> {
    const { config, network } = this.explaining;
    const { clean } = await this.pair(cell);
    const item = config.attack[cell.attack]!;
    const director = await this.director(cell.method, cell.attack);
    const step = async () =>
      releaseStep(
        await director.step({
          x: clean.x,
          origin: clean.x,
          target: clean.target,
          references: referencesOf(matchDissimilarity(item, network), clean, network.network),
          epsilon: item.epsilon,
          step: item.directions[config.explain[cell.method]!.id]!.rate,
          draws: drawsOf(clean.x, [config.seed, 'probe']),
        }),
      );
    await step();
    const started = performance.now();
    await step();
    return (performance.now() - started) / 1000 / this.engine.batch;
  }
}
