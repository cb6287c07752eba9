// Computes the angle between a score's gradient and its direction of largest curvature, image by image.
import { extremeEigenpair } from '../../analysis/lanczos.js';
import { compileScoreHessian, type ScoreHessian } from '../../analysis/score-hessian.js';
import { compilePredictor, oneHot, type Predictor } from '../../explain/index.js';
import { softmax } from '../../metric/output.js';
import { keyedRandom } from '../../random.js';
import type { Probe } from '../../task/computer.js';
import { ImageComputer } from '../../task/image-computer.js';
import { subjectOf } from '../../task/image-task.js';
import type { AnyCell, Found } from '../../task/task.js';
import type { AnglesConfig } from '../attack/config.js';
import type { AngleRow } from './task.js';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};

export class Angles extends ImageComputer<AnglesConfig, Found<AngleRow>> {
  private compiled: Promise<ScoreHessian> | undefined;
  private compiledPredictor: Promise<Predictor> | undefined;

  protected predictor(): Promise<Predictor> {
    this.compiledPredictor ??= compilePredictor(this.engine, this.network);
    return this.compiledPredictor;
  }

  private hessian(): Promise<ScoreHessian> {
    this.compiled ??= compileScoreHessian(this.engine, this.network);
    return this.compiled;
  }

  async prepare(): Promise<void> {
    await this.hessian();
  }

  async run({ image }: AnyCell, label: number): Promise<Found<AngleRow>> {
    const started = performance.now();
    const entry = this.entry(image);
    const x = await this.images.pixels(image);
    const target = oneHot(this.network.network.classes, label);
    const hessian = await this.hessian();
    const slope = await hessian.gradient(x, target);
    const norm = Math.sqrt(dot(slope, slope));
    const random = keyedRandom(this.config.seed, entry.id, 'start of Lanczos');
    const { value, vector, residual, products } = await extremeEigenpair(
      (v) => hessian.product(x, target, Float32Array.from(v)),
      Float64Array.from(x, () => random.uniform() - 0.5),
    );
    const flat = norm === 0 || value === 0;
    const cosine = Math.min(1, Math.abs(dot(vector, slope)) / norm);
    const row: AngleRow = {
      ...subjectOf(this.config, entry, label),
      status: flat ? 'no-map' : 'ok',
      confidence: softmax(await this.images.scores(image))[label]!,
      angle: flat ? undefined : (Math.acos(cosine) * 180) / Math.PI,
      eigenvalue: value,
      gradient_norm: norm,
      residual,
      products,
      seconds: this.secondsSince(started),
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
      seconds: this.secondsSince(started),
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
  }
}
