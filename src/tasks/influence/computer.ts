// Computes attacks on influence functions, image by image: the influences of the training images on it, the direction
// in which the influence of the three most influential falls, and the influences after a step in that direction.
import { compileFeatures, type Features } from '../../analysis/features.js';
import { Influence } from '../../analysis/influence.js';
import { influenceSign, randomSign } from '../../attack/index.js';
import type { Dataset } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import type { Engine } from '../../engine/engine.js';
import type { Predictor } from '../../explain/index.js';
import { spearman } from '../../metric/spearman.js';
import { topKIntersection } from '../../metric/topk.js';
import { isCorrelatable } from '../../metric/values.js';
import type { BoundNetwork } from '../../model/index.js';
import { randomOf } from '../../subject/draws.js';
import { Images, type Prediction } from '../../subject/images.js';
import { openImages, type Subject } from '../../subject/subject.js';
import { type ComputerOn, type Probe, peakBytes } from '../../task/computer.js';
import { type ImageCell, ImageComputer } from '../../task/image-computer.js';
import { imageColumns } from '../../task/image-task.js';
import { ATTACKED, COMPARED, type InfluenceAttackItem, type InfluenceConfig } from './config.js';
import { examplesOf, type FeaturesOf, type Head } from './head.js';
import type { ShownAttack } from './panel.js';
import type { InfluenceRow } from './results.js';
import type { InfluenceFound } from './task.js';
import { trainingSource } from './training-set.js';

/** Indices of the largest influences, the largest first; of equal ones the lower index first. */
const mostInfluential = (influences: Float64Array, count: number): number[] =>
  [...influences.keys()].sort((a, b) => influences[b]! - influences[a]! || a - b).slice(0, count);

/** A vector in float32, scaled so that its largest entry is ±1: only its direction matters. */
function unit(v: Float64Array): Float32Array {
  const largest = v.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return Float32Array.from(v, (x) => x / (largest || 1));
}

/** The angle between two vectors, in degrees; undefined if one of them is zero. */
function angleBetween(a: Float32Array, b: Float32Array): number | undefined {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  if (aa === 0 || bb === 0) return undefined;
  const cosine = ab / Math.sqrt(aa * bb);
  return (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
}

/** The sum of the influences that are attacked. */
const sumOf = (influences: Float64Array, most: readonly number[]): number =>
  most.slice(0, ATTACKED).reduce((total, place) => total + influences[place]!, 0);

/** A test image and its influences before it is attacked. */
interface CleanInfluences {
  readonly id: string;
  readonly x: Float32Array;
  /** The class that the head predicts for it, 0 or 1. */
  readonly y: number;
  readonly influences: Float64Array;
  readonly most: readonly number[];
}

export class InfluenceComputer extends ImageComputer<InfluenceConfig, InfluenceFound> {
  private head: Head | undefined;
  private influence: Influence | undefined;
  private compiled: Promise<Features> | undefined;
  private readonly training: Images;

  /** @param training images that the head is fitted to */
  constructor(
    config: InfluenceConfig,
    network: BoundNetwork,
    { dataset, training }: { readonly dataset: Dataset; readonly training: Dataset },
    engine: Engine,
  ) {
    super(config, network, dataset, engine);
    this.training = new Images(network, training, engine.batch, () => this.predictor());
  }

  share(head: Head): void {
    this.head = head;
    this.influence = new Influence(head.theta, examplesOf(head), this.config.influence);
  }

  /** The head behind the frozen network: scores of its two classes. */
  protected async predictor(): Promise<Predictor> {
    const { influence } = this.fitted();
    const { of, release } = await this.frozen();
    return { predict: async (x) => Float32Array.of(0, influence.logit(await of(x))), release };
  }

  private frozen(): Promise<Features> {
    this.compiled ??= compileFeatures(this.engine, this.network);
    return this.compiled;
  }

  private fitted(): { head: Head; influence: Influence } {
    if (this.head === undefined || this.influence === undefined)
      throw new Error('the head has not been fitted');
    return { head: this.head, influence: this.influence };
  }

  async compile(): Promise<void> {
    await this.frozen();
  }

  /** Features of a training image, [d]. */
  async part({ training }: FeaturesOf): Promise<Float32Array> {
    return (await this.frozen()).of(await this.training.pixels(training));
  }

  override async predict(image: number): Promise<Prediction> {
    const { classes } = this.fitted().head;
    const { label, top5 } = await super.predict(image);
    return { label: classes[label]!, top5: top5.map((y) => classes[y]!) };
  }

  async run({ image, label }: ImageCell): Promise<InfluenceFound> {
    const started = performance.now();
    const { config } = this;
    const { head, influence } = this.fitted();
    const entry = this.entry(image);
    const x = await this.images.pixels(image);
    const f = await (await this.frozen()).of(x);
    const y = head.classes.indexOf(label);
    const influences = influence.of(f, y);
    const clean: CleanInfluences = {
      ...{ id: entry.id, x, y, influences },
      most: mostInfluential(influences, COMPARED),
    };
    const named = (places: readonly number[]) => places.map((place) => head.ids[place]!).join(';');
    const common = {
      ...imageColumns(config, entry, label),
      confidence: this.confidence(f, y),
      influential: named(clean.most),
      influence: sumOf(influences, clean.most),
    };
    const has = isCorrelatable(influences);
    const directions = has ? await this.directions(clean, f) : undefined;
    const rows: InfluenceRow[] = [];
    const shown: ShownAttack[] = [];
    for (const item of config.attack)
      for (const epsilon of config.epsilon) {
        const row = { ...common, attack: item.id, epsilon };
        if (directions === undefined) {
          rows.push({ ...row, status: 'no-map' });
          continue;
        }
        const perturbed = this.perturbed(clean, item, epsilon, directions.descent);
        const { after, ...figures } = await this.compare(clean, perturbed);
        const attacked = item.name === 'influence-sign';
        rows.push({
          ...{ ...row, ...figures, angle: attacked ? directions.angle : undefined },
          influential_perturbed: after && named(after.most),
        });
        if (after !== undefined && attacked && config.save.images > 0)
          shown.push({ image: entry.id, attack: item.id, epsilon, before: clean, after });
      }
    const seconds = this.secondsSince(started) / rows.length;
    return { rows: rows.map((row) => ({ ...row, seconds })), shown };
  }

  private confidence(f: Float32Array, y: number): number {
    const p = this.fitted().influence.probability(f);
    return y === 1 ? p : 1 - p;
  }

  /**
   * The direction [3,H,W] in which the influence of the three most influential falls, and the angle between its
   * steepest rise and that of the predicted class's score.
   */
  private async directions({ x, y, most }: CleanInfluences, f: Float32Array) {
    const { influence } = this.fitted();
    const { pullback } = await this.frozen();
    const attacked = most.slice(0, ATTACKED);
    const rise = await pullback(x, unit(influence.gradient(f, y, attacked)));
    const weights = influence.theta.subarray(0, f.length);
    const score = await pullback(x, unit(weights.map((w) => (y === 1 ? w : -w))));
    const descent =
      this.config.influence.direction === 'image'
        ? rise.map((v) => -v)
        : await pullback(x, unit(influence.sequential(f, y, attacked)));
    return { descent, angle: angleBetween(rise, score) };
  }

  private perturbed(
    { id, x }: CleanInfluences,
    { name }: InfluenceAttackItem,
    epsilon: number,
    descent: Float32Array,
  ): Float32Array {
    if (name === 'influence-sign') return influenceSign(x, descent, epsilon);
    const random = randomOf([this.config.seed, id, name, epsilon], 'perturbation');
    return randomSign(x, epsilon, () => random.sign());
  }

  /**
   * The metrics of a perturbed image's influences. If its class is lost there are none, except with `label: current`.
   */
  private async compare(clean: CleanInfluences, x: Float32Array) {
    const { influence } = this.fitted();
    const f = await (await this.frozen()).of(x);
    const predicted = influence.predict(f);
    const kept = predicted === clean.y;
    if (!kept && this.config.influence.label === 'clean')
      return { status: 'label-lost' as const, label_kept: false, after: undefined };
    const influences = influence.of(f, predicted);
    return {
      status: 'ok' as const,
      label_kept: kept,
      confidence_perturbed: this.confidence(f, clean.y),
      linf: clean.x.reduce((most, v, i) => Math.max(most, Math.abs(v - x[i]!)), 0),
      topk_intersection: topKIntersection(clean.influences, influences, COMPARED),
      spearman: spearman(clean.influences, influences),
      influence_perturbed: sumOf(influences, clean.most),
      after: { x, influences, most: mostInfluential(influences, COMPARED) },
    };
  }

  /** A cell is one step. Its passes through the network are timed; the time of the rest is negligible. */
  async probe({ image }: ImageCell): Promise<Probe> {
    const { attack, epsilon } = this.config;
    const x = await this.images.pixels(image);
    const frozen = await this.frozen();
    const v = (await frozen.of(x)).fill(1);
    await frozen.pullback(x, v);
    const started = performance.now();
    for (let pass = 0; pass < 3; pass++) await frozen.pullback(x, v);
    const backward = performance.now();
    await frozen.of(x);
    const forward = performance.now() - backward;
    const milliseconds = backward - started + forward * (2 + attack.length * epsilon.length);
    return {
      seconds: milliseconds / 1000 / this.engine.batch,
      peakBytes: peakBytes(),
    };
  }
}

/** Opens the images that are attacked and those that the head is fitted to. */
export async function openInfluenceComputer(
  config: InfluenceConfig,
  subject: Subject,
): Promise<ComputerOn> {
  const dataset = await openImages(config, subject, 'own');
  const training = await openDataset(trainingSource(config), subject.dataRoot);
  return (engine) => new InfluenceComputer(config, subject.network, { dataset, training }, engine);
}
