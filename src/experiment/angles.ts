// Computes the angle between a score's gradient and its direction of largest curvature, image by image.
import { extremeEigenpair } from '../analysis/lanczos.js';
import { compileScoreHessian, type ScoreHessian } from '../analysis/score-hessian.js';
import type { Dataset } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { compilePredictor, oneHot, type Predictor } from '../explain/index.js';
import { softmax } from '../metric/output.js';
import type { BoundNetwork } from '../model/index.js';
import { keyedRandom } from '../random.js';
import type { AngleRow } from './angles-task.js';
import type { Computer, Prediction, Probe } from './computer.js';
import type { AnglesConfig } from './config.js';
import { Images } from './images.js';
import type { AnyCell, Found } from './task.js';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};

export class Angles implements Computer<AnyCell, Found<AngleRow>> {
  private readonly images: Images;
  private compiled: Promise<ScoreHessian> | undefined;
  private predictor: Promise<Predictor> | undefined;

  constructor(
    private readonly config: AnglesConfig,
    private readonly network: BoundNetwork,
    private readonly dataset: Dataset,
    private readonly engine: Engine,
  ) {
    this.images = new Images(network.network, dataset, engine.images, () => {
      this.predictor ??= compilePredictor(engine, network);
      return this.predictor;
    });
  }

  private hessian(): Promise<ScoreHessian> {
    this.compiled ??= compileScoreHessian(this.engine, this.network);
    return this.compiled;
  }

  async prepare(): Promise<void> {
    await this.hessian();
  }

  ahead(images: readonly number[]): void {
    this.images.ahead(images);
  }

  predict(image: number): Promise<Prediction> {
    return this.images.predict(image);
  }

  async run({ image }: AnyCell, label: number): Promise<Found<AngleRow>> {
    const started = performance.now();
    const { config } = this;
    const entry = this.dataset.entries[image]!;
    const x = await this.images.pixels(image);
    const target = oneHot(this.network.network.classes, label);
    const hessian = await this.hessian();
    const slope = await hessian.gradient(x, target);
    const norm = Math.sqrt(dot(slope, slope));
    const random = keyedRandom(config.seed, entry.id, 'start of Lanczos');
    const { value, vector, residual, products } = await extremeEigenpair(
      (v) => hessian.product(x, target, Float32Array.from(v)),
      Float64Array.from(x, () => random.uniform() - 0.5),
    );
    const flat = norm === 0 || value === 0;
    const cosine = Math.min(1, Math.abs(dot(vector, slope)) / norm);
    const row: AngleRow = {
      experiment: config.name,
      model: config.model.name,
      dataset: config.data.name,
      image: entry.id,
      label: entry.label,
      prediction: label,
      status: flat ? 'no-map' : 'ok',
      confidence: softmax(await this.images.scores(image))[label]!,
      angle: flat ? undefined : (Math.acos(cosine) * 180) / Math.PI,
      eigenvalue: value,
      gradient_norm: norm,
      residual,
      products,
      seed: config.seed,
      seconds: (performance.now() - started) / 1000 / this.engine.images,
    };
    return { rows: [row] };
  }

  /** A cell is one step: it is timed whole. */
  async probe({ image }: AnyCell): Promise<Probe> {
    const { label } = await this.predict(image);
    await this.run({ image }, label);
    const started = performance.now();
    await this.run({ image }, label);
    return {
      seconds: (performance.now() - started) / 1000 / this.engine.images,
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
  }
}
