// Computes the curvature of the level sets at an image, and paths on them, one β after another.
import { bendingConstant, type Norms, operatorNorm } from '../../analysis/hessian-bound.js';
import { distance, type Place, pathPointsOf, placeAt } from '../../analysis/path.js';
import { pathAlongCurvature, TOLERANCE } from '../../analysis/path-along-curvature.js';
import {
  compileScoreSurfaces,
  type ScoreSurface,
  type ScoreSurfaces,
} from '../../analysis/score-surface.js';
import { shortestPath } from '../../analysis/shortest-path.js';
import { curvatureAt, frobeniusAt, normalOf } from '../../analysis/surface.js';
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
import { type Attacked, compileTopK, type TopK } from './top-k.js';

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
  /** The image after an attack that kept its label. */
  readonly attacked: Attacked | undefined;
}

class CurvatureComputer extends ImageComputer<CurvatureConfig, Found<CurvatureRow>> {
  private compiled: Promise<ScoreSurfaces> | undefined;
  private compiledPredictor: Promise<Predictor> | undefined;
  private compiledTopK: Promise<TopK> | undefined;
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

  /** The attack, where the config asks for one. */
  private topK(): Promise<TopK> | undefined {
    const { attack } = this.config;
    if (attack !== undefined) this.compiledTopK ??= compileTopK(this.engine, this.network, attack);
    return this.compiledTopK;
  }

  async compile(): Promise<void> {
    await this.surfaces();
    await this.topK();
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
    const topK = await this.topK();
    const key = [this.config.seed, entry.id] as const;
    const attacked = await topK?.attack(pixels, label, key);
    const rows: CurvatureRow[] = [];
    const trace: PathRow[] = [];
    for (const beta of this.config.beta) {
      const surface = surfaces.of(label, beta);
      const spot = { entry, label, beta, surface, x: surface.toInput(pixels), attacked };
      const row = await this.row(spot, confidence);
      rows.push(row);
      if (row.status === 'ok') trace.push(...(await this.paths(spot)));
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
      ...(await this.attackColumns(spot, normalOf(point))),
      seconds: this.secondsSince(started),
    };
  }

  /** How far the attack has got, where the config asks for one. */
  private async attackColumns({ surface, attacked }: Spot, normal: Float64Array) {
    if (this.config.attack === undefined) return {};
    if (attacked === undefined) return { attack_kept: false };
    const after = await surface.at(surface.toInput(attacked.x));
    return {
      attack_kept: true,
      attack_turned: distance(normalOf(after), normal),
      attack_topk: attacked.topkIntersection,
      attack_spearman: attacked.spearman,
    };
  }

  /** The bound of |λ|, for networks that have one. */
  private bound(label: number, factor: number): number | undefined {
    if (this.norms === undefined) return undefined;
    return factor * bendingConstant(this.network, this.norms, label, this.config.pools ?? false);
  }

  /** The path along the curvature, and that to the attacked image, where the config asks for them. */
  private async paths(spot: Spot): Promise<PathRow[]> {
    const { paths } = this.config;
    if (paths === undefined) return [];
    const { surface, x, attacked } = spot;
    const random = this.random(spot, 'path along the curvature');
    const curved = await pathAlongCurvature(surface, x, { ...paths, random });
    const rows = this.pathRows(spot, 'along curvature', curved);
    if (attacked === undefined) return rows;
    const { step } = paths;
    const end = surface.toInput(attacked.x);
    const places: Place[] = [];
    for (const at of await shortestPath(surface, x, end, { step, within: TOLERANCE * step }))
      places.push(await placeAt(surface, at, random));
    return [...rows, ...this.pathRows(spot, 'to attacked', places)];
  }

  private pathRows(
    { entry, label, beta, surface }: Spot,
    path: PathRow['path'],
    places: readonly Place[],
  ): PathRow[] {
    return pathPointsOf(places).map(({ x, ...found }, point) => ({
      ...curvatureColumns(this.config, entry, label),
      ...{ beta, path, point, ...found },
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
