// Computes the curvature of the level sets at an image, and walks on them, one β after another.
import { bendingConstant, type Norms, operatorNorm } from '../../analysis/hessian-bound.js';
import { walkOnLevel } from '../../analysis/level-path.js';
import {
  compileScoreSurfaces,
  type ScoreSurface,
  type ScoreSurfaces,
} from '../../analysis/score-surface.js';
import { curvatureAt, frobeniusAt } from '../../analysis/surface.js';
import { norm } from '../../analysis/vectors.js';
import type { ImageEntry } from '../../data/dataset.js';
import { compilePredictor, type Predictor } from '../../explain/index.js';
import { softmax } from '../../metric/output.js';
import { keyedRandom } from '../../random.js';
import { openImages, type Subject } from '../../subject/subject.js';
import { type ComputerOn, type Probe, peakBytes } from '../../task/computer.js';
import { type ImageCell, ImageComputer } from '../../task/image-computer.js';
import type { Found } from '../../task/task.js';
import type { CurvatureConfig } from './config.js';
import type { NormOf } from './operator-norms.js';
import type { CurvatureRow, PathRow } from './results.js';
import { curvatureColumns } from './task.js';

/** Whether all pixels are in 0..255, but for the rounding of float32. */
const inRange = (pixels: Float64Array): boolean => pixels.every((v) => v >= -1e-4 && v <= 255.0001);

/** An image on the network of one β. */
interface Spot {
  readonly entry: ImageEntry;
  readonly label: number;
  readonly beta: number;
  readonly surface: ScoreSurface;
  /** The image as the network's input. */
  readonly x: Float64Array;
}

class CurvatureComputer extends ImageComputer<CurvatureConfig, Found<CurvatureRow>> {
  private compiled: Promise<ScoreSurfaces> | undefined;
  private compiledPredictor: Promise<Predictor> | undefined;
  private norms: Norms | undefined;

  protected predictor(): Promise<Predictor> {
    this.compiledPredictor ??= compilePredictor(this.engine, this.network);
    return this.compiledPredictor;
  }

  private surfaces(): Promise<ScoreSurfaces> {
    const { pools = false } = this.config;
    this.compiled ??= compileScoreSurfaces(this.engine, this.network, pools);
    return this.compiled;
  }

  async compile(): Promise<void> {
    await this.surfaces();
  }

  part(part: unknown): Promise<number> {
    const { layer } = part as NormOf;
    const random = keyedRandom(this.config.seed, layer, 'start of power iteration');
    return operatorNorm(this.engine, this.network, layer, random);
  }

  share(shared: unknown): void {
    this.norms = shared as Norms | undefined;
  }

  async run({ image, label }: ImageCell): Promise<Found<CurvatureRow>> {
    const entry = this.entry(image);
    const surfaces = await this.surfaces();
    const pixels = await this.images.pixels(image);
    const confidence = softmax(await this.images.scores(image))[label]!;
    const rows: CurvatureRow[] = [];
    const trace: PathRow[] = [];
    for (const beta of this.config.beta) {
      const surface = surfaces.of(label, beta);
      const spot = { entry, label, beta, surface, x: surface.toInput(pixels) };
      const row = await this.row(spot, confidence);
      rows.push(row);
      if (row.status === 'ok') trace.push(...(await this.walk(spot)));
    }
    return { rows, trace };
  }

  private random({ entry, beta }: Spot, purpose: string) {
    return keyedRandom(this.config.seed, entry.id, beta, purpose);
  }

  /** The curvature at an image. */
  private async row(spot: Spot, confidence: number): Promise<CurvatureRow> {
    const started = performance.now();
    const { entry, label, beta, surface, x } = spot;
    const point = await surface.at(x);
    const length = norm(point.gradient);
    const common = {
      ...curvatureColumns(this.config, entry, label),
      ...{ beta, confidence, score: point.score, gradient_norm: length },
      agree: point.prediction === label,
    };
    if (length === 0) return { ...common, status: 'no-map', seconds: this.secondsSince(started) };
    const lanczos = this.random(spot, 'start of Lanczos');
    const curvature = await curvatureAt(surface, x, point, lanczos);
    return {
      ...common,
      status: 'ok',
      lambda: curvature.lambda,
      lambda_min: curvature.least,
      lambda_max: curvature.largest,
      frobenius: await frobeniusAt(surface, x, point, this.random(spot, 'Hutchinson')),
      bound: this.bound(label, beta / length),
      products: curvature.products,
      residual: curvature.residual,
      seconds: this.secondsSince(started),
    };
  }

  /** The bound of |λ|, for networks that have one. */
  private bound(label: number, factor: number): number | undefined {
    if (this.norms === undefined) return undefined;
    return factor * bendingConstant(this.network, this.norms, label, this.config.pools ?? false);
  }

  /** The walk on the level set, where the config asks for one. */
  private async walk(spot: Spot): Promise<PathRow[]> {
    const { paths } = this.config;
    if (paths === undefined) return [];
    const { entry, label, beta, surface, x } = spot;
    const random = this.random(spot, 'walk');
    const waypoints = await walkOnLevel(surface, x, { ...paths, random });
    return waypoints.map(({ x, ...found }, point) => ({
      ...curvatureColumns(this.config, entry, label),
      ...{ beta, point, ...found },
      inside: inRange(surface.toPixels(x)),
    }));
  }

  /** A cell is one step: it is timed whole. */
  async probe({ image }: ImageCell): Promise<Probe> {
    const { label } = await this.predict(image);
    await this.run({ image, label });
    const started = performance.now();
    await this.run({ image, label });
    return { seconds: this.secondsSince(started), peakBytes: peakBytes() };
  }
}

/** Opens the images of a config. */
export async function openCurvatureComputer(
  config: CurvatureConfig,
  subject: Subject,
): Promise<ComputerOn> {
  const dataset = await openImages(config, subject);
  return (engine) => new CurvatureComputer(config, subject.network, dataset, engine);
}
