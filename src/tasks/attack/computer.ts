// Computes the cells of an attack: holds the network, the images and the programs in use, and turns an image, a method,
// an attack and ε into rows. Random draws are keyed by seed and image, those of an attack also by its name and ε, so a
// row does not depend on which process computes it or when.
import {
  type Clean,
  type Dissimilarity,
  type Kept,
  type Observed,
  randomSign,
  randomWalk,
  referencesOf,
  releaseStep,
  runTrajectory,
} from '../../attack/index.js';
import { aimsAt } from '../../config/aims.js';
import type { ImageEntry } from '../../data/dataset.js';
import type { Engine } from '../../engine/engine.js';
import { UserError } from '../../errors.js';
import { compilePredictor, type Predictor } from '../../explain/index.js';
import { argmax } from '../../metric/output.js';
import type { BoundNetwork } from '../../model/index.js';
import { nameOfBound } from '../../record/bound.js';
import { CleanMaps } from '../../subject/clean-maps.js';
import { type DrawKey, drawsOf, randomOf } from '../../subject/draws.js';
import { isMap } from '../../subject/evaluators.js';
import type { Prediction } from '../../subject/images.js';
import { Slot } from '../../subject/slot.js';
import { type Explaining, openExplaining, type Subject } from '../../subject/subject.js';
import { type Computer, type ComputerOn, type Probe, peakBytes } from '../../task/computer.js';
import { type Attacker, compileAttacker, dissimilarityOf, stepsBy } from './attackers.js';
import { CleanImages, truncates } from './clean.js';
import type { AttackConfig } from './config.js';
import {
  type AttackItem,
  type IterativeAttackItem,
  isIterative,
  isWalk,
  type WalkItem,
} from './items.js';
import { measured, pairOf } from './metrics.js';
import { type Cell, selectionsOf } from './plan.js';
import { quantized } from './quantise.js';
import { regionOf } from './regions.js';
import type { ResultRow, TraceRow } from './results.js';
import { keptColumns, rowOf, traceOf } from './rows.js';
import { Targets } from './targets.js';

/** The result of a cell. */
export interface CellResult {
  readonly rows: ResultRow[];
  /** One row per evaluated iterate, when the config asks for a trace. */
  readonly trace: TraceRow[];
  /** The kept iterates by selection rule with their maps, when the config asks for images. */
  readonly kept: {
    readonly select: string;
    readonly x: Float32Array;
    readonly map: Float32Array;
  }[];
  /** The clean image, and its map where it has one, when the config asks for images. */
  readonly cleanImage?: Float32Array;
  readonly cleanMap?: Float32Array;
  /** The target map of match-target, when the config asks for images. */
  readonly targetMap?: Float32Array | undefined;
  /** Why the cell could not be computed; there are no rows then. */
  readonly failure?: string;
}

/** Kept iterates by their selection rules. */
type KeptBy = ReadonlyMap<string | undefined, Kept | undefined>;

export class AttackComputer implements Computer<Cell, CellResult> {
  private readonly maps: CleanMaps;
  private readonly cleans: CleanImages;
  readonly targets: Targets;
  // a predictor and an attacker are never needed at the same time
  private readonly programs = new Slot<Predictor | Attacker>();
  /** A region of all pixels. */
  private readonly everywhere: Float32Array;

  private readonly config: AttackConfig;
  private readonly network: BoundNetwork;

  constructor(
    private readonly explaining: Explaining<AttackConfig>,
    private readonly engine: Engine,
  ) {
    const { config, network } = explaining;
    this.config = config;
    this.network = network;
    const predictor = () =>
      this.programs.get('predictor', () => compilePredictor(engine, network)) as Promise<Predictor>;
    this.maps = new CleanMaps(explaining, engine, predictor);
    this.cleans = new CleanImages(config, network, this.maps);
    this.targets = new Targets(explaining, this.maps.evaluators);
    const { height, width } = network.network;
    this.everywhere = new Float32Array(height * width).fill(1);
  }

  private entry(image: number): ImageEntry {
    return this.explaining.dataset.entries[image]!;
  }

  async compile(): Promise<void> {
    const { config } = this;
    const { explain, attack } = config;
    for (const method of explain.keys()) {
      await this.maps.evaluators.reported(method);
      if (truncates(config)) await this.maps.evaluators.surrogate(method);
      for (const [i, item] of attack.entries())
        if (isIterative(item) && aimsAt(item, explain[method]!))
          await this.attacker(method, i, item);
    }
  }

  ahead(images: readonly number[]): void {
    this.maps.images.ahead(images);
  }

  predict(image: number): Promise<Prediction> {
    return this.maps.images.predict(image);
  }

  /** An image with its scores and the map of a method for the class `label`. */
  clean(image: number, method: number, label: number): Promise<Clean> {
    return this.cleans.of(image, method, label);
  }

  /** The dissimilarity that an attack maximizes in an image. */
  private dissimilarity(item: IterativeAttackItem, region = this.everywhere): Dissimilarity {
    const { classes } = this.network.network;
    return dissimilarityOf(item, region, classes, this.config.semantics);
  }

  private attacker(method: number, attack: number, item: IterativeAttackItem): Promise<Attacker> {
    const of = { at: method, item, dissimilarity: this.dissimilarity(item) };
    return this.programs.get(`${method} ${attack}`, () =>
      compileAttacker(this.engine, this.explaining, of),
    ) as Promise<Attacker>;
  }

  /** Computes a cell; the seconds of a row are the image's share of its batch. */
  async run(cell: Cell, onStep: () => void): Promise<CellResult> {
    const started = performance.now();
    const { config } = this;
    const item = config.attack[cell.attack]!;
    const target = await this.targets.of(cell);
    const clean = {
      ...(await this.clean(cell.image, cell.method, cell.label)),
      goal: target?.map,
    };
    const { height, width } = this.network.network;
    const size = { height, width, k: config.metrics.k };
    const row = {
      ...rowOf(config, cell, this.entry(cell.image)),
      target_image: target?.id,
      ...measured(pairOf(clean, clean, size), 'clean'),
      ...(config.target === undefined ? {} : { explained: argmax(clean.target) }),
    };
    const seconds = () => (performance.now() - started) / 1000 / this.engine.batch;
    const saved = config.save.images > 0;
    if (!isMap(clean.evaluation.map) || (target !== undefined && !isMap(target.map)))
      return {
        rows: selectionsOf(item).map((select) => ({
          ...{ ...row, select, status: 'no-map' as const },
          seconds: seconds(),
        })),
        trace: [],
        kept: [],
        ...(saved ? { cleanImage: clean.x } : {}),
      };

    let region: Float32Array | undefined;
    try {
      region = await regionOf(item, row.image, clean.x, { height, width });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { rows: [], trace: [], kept: [], failure: error.message };
    }
    const trace: TraceRow[] = [];
    const onObserved = (observed: Observed) => {
      if (config.save.trace) trace.push(traceOf(row, clean, observed, size));
    };
    const found: KeptBy =
      'iterations' in item
        ? await this.iterate(cell, item, clean, { region, onStep, onObserved, goalAt: target?.at })
        : new Map([[undefined, await this.draw(cell, item, clean)]]);
    const rows = selectionsOf(item).map((select): ResultRow => {
      const kept = found.get(select);
      return {
        ...{ ...row, select },
        ...(kept === undefined
          ? { status: 'label-lost', label_kept: false }
          : keptColumns(clean, kept, size, region)),
        seconds: seconds(),
      };
    });
    return { rows, trace, ...this.saved(item, clean, found) };
  }

  /** The images and maps of a cell, when the config asks for images. */
  private saved(item: AttackItem, clean: Clean, found: KeptBy): Omit<CellResult, 'rows' | 'trace'> {
    if (this.config.save.images === 0) return { kept: [] };
    const kept = selectionsOf(item).flatMap((select) => {
      const one = found.get(select);
      return one === undefined ? [] : [{ select: select ?? '', x: one.x, map: one.evaluation.map }];
    });
    return { kept, cleanImage: clean.x, cleanMap: clean.evaluation.map, targetMap: clean.goal };
  }

  /** Times a step of an attack and its share of the evaluation of iterates. */
  async probe({ image, method, attack }: Cell): Promise<Probe> {
    const item = this.config.attack[attack]!;
    const { label } = await this.predict(image);
    const clean = await this.clean(image, method, label);
    const evaluator = await this.maps.evaluators.reported(method);
    const look = async () => void (await evaluator.evaluate(clean.x, clean.target, clean.draws));
    const step = async () => {
      if (!isIterative(item)) return;
      const { director } = await this.attacker(method, attack, item);
      const stepped = await director.step({
        x: clean.x,
        origin: clean.x,
        target: clean.target,
        references: referencesOf(
          this.dissimilarity(item),
          { ...clean, goal: clean.evaluation.map },
          this.network.network,
        ),
        epsilon: 1,
        step: stepsBy(item, this.config.explain[method]!).step,
        draws: clean.draws,
      });
      releaseStep(stepped);
    };
    /** Seconds of one image's share, after one call to warm up. */
    const timed = async (work: () => Promise<void>): Promise<number> => {
      await work();
      const started = performance.now();
      await work();
      return (performance.now() - started) / 1000 / this.engine.batch;
    };
    const every = 'evaluate' in item ? item.evaluate.every : 1;
    return {
      seconds: (await timed(step)) + (await timed(look)) / every,
      peakBytes: peakBytes(),
    };
  }

  private drawKey(cell: Cell): DrawKey {
    const { seed, attack } = this.config;
    return [seed, this.entry(cell.image).id, attack[cell.attack]!.name, nameOfBound(cell.epsilon)];
  }

  private async iterate(
    cell: Cell,
    item: IterativeAttackItem | WalkItem,
    clean: Clean,
    {
      region,
      ...watched
    }: {
      readonly region: Float32Array | undefined;
      readonly onStep: () => void;
      readonly onObserved: (o: Observed) => void;
      readonly goalAt: ((iteration: number) => Promise<Float32Array>) | undefined;
    },
  ): Promise<KeptBy> {
    const key = this.drawKey(cell);
    const random = randomOf(key, 'perturbation');
    const { semantics, metrics, explain } = this.config;
    const attacker = isWalk(item)
      ? { director: randomWalk(() => random.sign()) }
      : {
          dissimilarity: this.dissimilarity(item, region),
          ...(await this.attacker(cell.method, cell.attack, item)),
        };
    const found: ReadonlyMap<string | undefined, Kept> = await runTrajectory({
      clean,
      height: this.network.network.height,
      width: this.network.network.width,
      ...attacker,
      evaluator: await this.maps.evaluators.reported(cell.method),
      epsilon: cell.epsilon,
      step: stepsBy(item, explain[cell.method]!).step,
      iterations: item.iterations,
      every: item.evaluate.every,
      selections: selectionsOf(item).filter((rule) => rule !== undefined),
      ties: semantics.ties,
      k: metrics.k,
      draws: drawsOf(clean.x, key),
      ...watched,
    });
    return item.quantise ? this.inGrayLevels(cell, clean, found) : found;
  }

  /** The single random draw, kept if the label stays. */
  private async draw(cell: Cell, item: AttackItem, clean: Clean): Promise<Kept | undefined> {
    const random = randomOf(this.drawKey(cell), 'perturbation');
    const x = randomSign(clean.x, cell.epsilon!, () => random.sign());
    const kept = {
      iteration: 1,
      ...(await this.look(cell.method, clean, item.quantise ? quantized(x, clean.x) : x)),
    };
    return argmax(kept.evaluation.scores) === clean.label ? kept : undefined;
  }

  /** A changed image, with its scores and its map for the class of the clean image. */
  async look(method: number, { target, draws }: Pick<Clean, 'target' | 'draws'>, x: Float32Array) {
    return {
      x,
      evaluation: await (await this.maps.evaluators.reported(method)).evaluate(x, target, draws),
    };
  }

  /** Kept iterates in whole gray levels, evaluated again. Those that then lose the label are dropped. */
  private async inGrayLevels(
    cell: Cell,
    clean: Clean,
    found: ReadonlyMap<string | undefined, Kept>,
  ): Promise<KeptBy> {
    const all = new Map<string | undefined, Kept>();
    for (const [select, { iteration, x }] of found) {
      const rounded = quantized(x, clean.x);
      const kept = { iteration, ...(await this.look(cell.method, clean, rounded)) };
      if (argmax(kept.evaluation.scores) === clean.label) all.set(select, kept);
    }
    return all;
  }

  async release(): Promise<void> {
    await this.maps.evaluators.clear();
    await this.programs.clear();
  }
}

/** Opens the images and the methods of a config. */
export async function openAttackComputer(
  config: AttackConfig,
  subject: Subject,
): Promise<ComputerOn> {
  const explaining = await openExplaining(config, subject);
  return (engine) => new AttackComputer(explaining, engine);
}
