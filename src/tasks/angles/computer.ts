// Computes the angle between a score's gradient and its direction of largest curvature, image by image.
import { extremeEigenpair } from '../../analysis/lanczos.js';
import { compileScoreHessian, type ScoreHessian } from '../../analysis/score-hessian.js';
import { dot } from '../../analysis/vectors.js';
import { compilePredictor, oneHot, type Predictor } from '../../explain/index.js';
import { softmax } from '../../metric/output.js';
import { keyedRandom } from '../../random.js';
import { openImages, type Subject } from '../../subject/subject.js';
import { type ComputerOn, type Probe, peakBytes } from '../../task/computer.js';
import { type ImageCell, ImageComputer } from '../../task/image-computer.js';
import { imageColumns } from '../../task/image-task.js';
import type { Found } from '../../task/task.js';
import type { AnglesConfig } from './config.js';
import type { AngleRow } from './results.js';

class AnglesComputer extends ImageComputer<AnglesConfig, Found<AngleRow>> {
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

  async compile(): Promise<void> {
    await this.hessian();
  }

  async run({ image, label }: ImageCell): Promise<Found<AngleRow>> {
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
      ...imageColumns(this.config, entry, label),
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
  async probe({ image }: ImageCell): Promise<Probe> {
    const { label } = await this.predict(image);
    await this.run({ image, label });
    const started = performance.now();
    await this.run({ image, label });
    return {
      seconds: this.secondsSince(started),
      peakBytes: peakBytes(),
    };
  }
}

/** Opens the images of a config. */
export async function openAnglesComputer(
  config: AnglesConfig,
  subject: Subject,
): Promise<ComputerOn> {
  const dataset = await openImages(config, subject);
  return (engine) => new AnglesComputer(config, subject.network, dataset, engine);
}
