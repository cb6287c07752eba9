// Computes a cell of smoothing: gives an image the map of another one under a method without smoothing, and compares the
// smoothed maps of the attacked image, of the image and of the other one. One program serves all β, and one all noises.

import { compileSmoothPredictor, type SmoothPredictor } from '../../analysis/agreement.js';
import type { Engine } from '../../engine/engine.js';
import {
  compileEvaluator,
  compilePredictor,
  type Draws,
  type Evaluator,
  type Method,
  oneHot,
  type Predictor,
  smoothgrad,
} from '../../explain/index.js';
import { pcc } from '../../metric/pcc.js';
import type { KeptRow } from '../../record/kept.js';
import { CleanMaps } from '../../subject/clean-maps.js';
import { isMap } from '../../subject/evaluators.js';
import type { Prediction } from '../../subject/images.js';
import {
  type ImagePair,
  type ManipulationCell,
  Manipulations,
} from '../../subject/manipulation.js';
import { Slot } from '../../subject/slot.js';
import { type Explaining, openExplaining, type Subject } from '../../subject/subject.js';
import { explainedActivation } from '../../subject/surrogates.js';
import { type Computer, type ComputerOn, type Probe, peakBytes } from '../../task/computer.js';
import { cellColumns, cellsOf } from '../../task/pair-task.js';
import type { Found } from '../../task/task.js';
import type { SmoothingConfig } from './config.js';
import { type EarlierRun, earlierRunOf } from './earlier-run.js';
import { type Smoothing, smoothingsOf } from './plan.js';
import type { SmoothingRow } from './results.js';

/** The smoothed maps [H,W] of an attacked image, of the image itself and of its target. */
export interface SmoothedMaps {
  readonly attacked: Float32Array;
  readonly original: Float32Array;
  readonly target: Float32Array;
}

/** The rows of a cell, and its maps where the config asks for them. */
export interface SmoothingFound extends Found<SmoothingRow> {
  readonly maps: readonly SmoothedMaps[];
}

class SmoothingComputer implements Computer<ManipulationCell, SmoothingFound> {
  private readonly maps: CleanMaps;
  private readonly manipulations: Manipulations;
  private readonly noisy = new Slot<Evaluator>();
  private readonly predictors = new Slot<Predictor | SmoothPredictor>();

  constructor(
    private readonly explaining: Explaining<SmoothingConfig>,
    private readonly engine: Engine,
    private readonly earlier: EarlierRun | undefined,
  ) {
    const predictor = () =>
      this.predictors.get('predictor', () =>
        compilePredictor(engine, explaining.network),
      ) as Promise<Predictor>;
    this.maps = new CleanMaps(explaining, engine, predictor);
    this.manipulations = new Manipulations(explaining, engine, this.maps);
  }

  /** A method under SmoothGrad, for each noise. Their programs are the same. */
  private noises(method: number): Method[] {
    const { config, network, methods } = this.explaining;
    const { noise, samples } = config.smoothing;
    return noise.map((one) => smoothgrad(network, { of: methods[method]!, samples, noise: one }));
  }

  private smoothPredictor(): Promise<SmoothPredictor> {
    return this.predictors.get('smooth', () =>
      compileSmoothPredictor(this.engine, this.explaining.network),
    ) as Promise<SmoothPredictor>;
  }

  private noiseEvaluator(method: number): Promise<Evaluator> {
    const { config, network } = this.explaining;
    const activation = explainedActivation({}, network.network.activation, config.semantics);
    return this.noisy.get(String(method), () =>
      compileEvaluator(this.engine, network, this.noises(method)[0]!, activation),
    );
  }

  async compile(): Promise<void> {
    const { config } = this.explaining;
    const { evaluators } = this.maps;
    await this.smoothPredictor();
    for (const { method, attack } of cellsOf(config, 0, 0)) {
      await evaluators.reported(method);
      await evaluators.sweep(method);
      if (config.smoothing.noise.length > 0) await this.noiseEvaluator(method);
      if (this.earlier === undefined) await this.manipulations.director(method, attack);
    }
  }

  ahead(images: readonly number[]): void {
    this.maps.images.ahead(images);
  }

  predict(image: number): Promise<Prediction> {
    return this.maps.images.predict(image);
  }

  /** Maps under a smoothing: of images for classes, with one draw for all. */
  private async smoothed(method: number, smoothing: Smoothing) {
    const { evaluators } = this.maps;
    const { noise } = this.explaining.config.smoothing;
    const classes = this.explaining.network.network.classes;
    const evaluator =
      smoothing.smoothing === 'none'
        ? await evaluators.reported(method)
        : smoothing.smoothing === 'beta'
          ? await evaluators.sweep(method)
          : await this.noiseEvaluator(method);
    const varied =
      smoothing.smoothing === 'none'
        ? {}
        : smoothing.smoothing === 'beta'
          ? { beta: smoothing.value }
          : { samples: this.noises(method)[noise.indexOf(smoothing.value)]!.samples! };
    return async (x: Float32Array, label: number, draws: Draws): Promise<Float32Array> =>
      (await evaluator.evaluate(x, oneHot(classes, label), draws, varied)).map;
  }

  /** The correlations of a pair under a smoothing, and the maps themselves. */
  private async compared(
    method: number,
    smoothing: Smoothing,
    { clean, other }: ImagePair,
    x: Float32Array,
  ) {
    const mapOf = await this.smoothed(method, smoothing);
    const { label, draws } = clean;
    const attacked = await mapOf(x, label, draws);
    const original = await mapOf(clean.x, label, draws);
    const target = await mapOf(other.image, other.label, draws);
    const cross = other.label === label ? target : await mapOf(other.image, label, draws);
    const agree =
      smoothing.smoothing === 'beta'
        ? (await (await this.smoothPredictor()).predict(clean.x, smoothing.value)) === label
        : undefined;
    return {
      maps: { attacked, original, target },
      row: {
        agree,
        pcc_original: pcc(attacked, clean.evaluation.map),
        pcc_target: pcc(attacked, other.map),
        pcc_smoothed_original: pcc(attacked, original),
        pcc_smoothed_target: pcc(attacked, target),
        pcc_clean_original: pcc(original, clean.evaluation.map),
        pcc_clean_target: pcc(original, other.map),
        pcc_cross: pcc(original, cross),
      },
    };
  }

  /** The attacked image of a cell, of the earlier run if there is one; undefined if it has lost its label. */
  private async attacked(
    cell: ManipulationCell,
    columns: KeptRow,
    pair: ImagePair,
    onStep: () => void,
  ): Promise<Float32Array | undefined> {
    if (this.earlier === undefined)
      return (await this.manipulations.attacked(cell, pair, onStep))?.x;
    const { epsilon } = this.explaining.config.attack[cell.attack]!;
    return this.earlier.attacked({ ...columns, epsilon });
  }

  async run(cell: ManipulationCell, onStep: () => void): Promise<SmoothingFound> {
    const { config, dataset } = this.explaining;
    let started = performance.now();
    /** The seconds since the row before. */
    const seconds = () => {
      const before = started;
      started = performance.now();
      return (started - before) / 1000 / this.engine.batch;
    };
    const pair = await this.manipulations.pair(cell);
    const columns = cellColumns(config, dataset.entries, cell, cell.label);
    const smoothings = smoothingsOf(config.smoothing);
    const without = (status: 'no-map' | 'label-lost'): SmoothingFound => ({
      rows: smoothings.map((smoothing) => ({ ...columns, ...smoothing, status })),
      maps: [],
    });
    if (!isMap(pair.clean.evaluation.map) || !isMap(pair.other.map)) return without('no-map');
    const x = await this.attacked(cell, columns, pair, onStep);
    if (x === undefined) return without('label-lost');
    const rows: SmoothingRow[] = [];
    const maps: SmoothedMaps[] = [];
    for (const smoothing of smoothings) {
      const compared = await this.compared(cell.method, smoothing, pair, x);
      onStep();
      if (config.save.images > 0) maps.push(compared.maps);
      rows.push({
        ...{ ...columns, ...smoothing, status: 'ok' },
        ...compared.row,
        seconds: seconds(),
      });
    }
    return { rows, maps };
  }

  /** Times a step of the attack, which takes nearly all of the time; where it is made already, a smoothed map. */
  async probe(cell: ManipulationCell): Promise<Probe> {
    const { label } = await this.predict(cell.image);
    const seconds =
      this.earlier === undefined
        ? await this.manipulations.secondsOfStep({ ...cell, label })
        : await this.secondsOfMap({ ...cell, label });
    return { seconds, peakBytes: peakBytes() };
  }

  private async secondsOfMap({ image, method, label }: ManipulationCell): Promise<number> {
    const { x, draws } = await this.maps.of(image, method, label);
    const mapOf = await this.smoothed(method, smoothingsOf(this.explaining.config.smoothing)[1]!);
    await mapOf(x, label, draws);
    const started = performance.now();
    await mapOf(x, label, draws);
    return (performance.now() - started) / 1000 / this.engine.batch;
  }
}

/** Opens the images and the methods of a config. */
export async function openSmoothingComputer(
  config: SmoothingConfig,
  subject: Subject,
): Promise<ComputerOn> {
  const explaining = await openExplaining(config, subject);
  const earlier = await earlierRunOf(config, subject);
  return (engine) => new SmoothingComputer(explaining, engine, earlier);
}
