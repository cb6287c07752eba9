// Computes cells: holds the network, the data set and the programs in use, and turns an image, a
// method, an attack and ε into rows of results. Every draw is keyed by what it belongs to, so a row
// does not depend on which process computes it or when.
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
import type { Dataset, ImageEntry } from '../../data/dataset.js';
import type { Engine } from '../../engine/engine.js';
import { UserError } from '../../errors.js';
import { compilePredictor, type Method, oneHot, type Predictor } from '../../explain/index.js';
import { type Point, truncatedCenter } from '../../metric/center.js';
import { argmax } from '../../metric/output.js';
import type { BoundNetwork } from '../../model/index.js';
import { type DrawKey, drawsOf, randomOf } from '../../subject/draws.js';
import { Evaluators } from '../../subject/evaluators.js';
import { Images } from '../../subject/images.js';
import { dissimilarityOf, isIterative, isWalk, stepsBy } from '../../subject/methods.js';
import { Slot } from '../../subject/slot.js';
import type { Computer, Prediction, Probe } from '../../task/computer.js';
import { type Attacker, compileAttacker } from './attackers.js';
import type { AttackItem, IterativeAttackItem, ResolvedConfig, WalkItem } from './config.js';
import { type Cell, selectionsOf } from './plan.js';
import { regionOf } from './regions.js';
import type { ResultRow, TraceRow } from './results.js';
import { comparisonOf, isMap, rowOf, traceOf } from './rows.js';
import { Targets } from './targets.js';

/** What a cell gives. */
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
  /** The map it was to be given, likewise. */
  readonly targetMap?: Float32Array | undefined;
  /** Why the cell could not be computed; there are no rows then. */
  readonly failure?: string;
}

/** A bound that no pixel can reach. */
const WHOLE_RANGE = 255;

export class Cells implements Computer<Cell, CellResult> {
  private readonly evaluators: Evaluators;
  readonly targets: Targets;
  // a predictor and an attacker are never needed at the same time
  private readonly programs = new Slot<Predictor | Attacker>();
  private readonly images: Images;
  private latest: { key: string; value: Clean } | undefined;
  /** A region of all pixels. */
  private readonly everywhere: Float32Array;

  constructor(
    private readonly config: ResolvedConfig,
    private readonly network: BoundNetwork,
    private readonly dataset: Dataset,
    private readonly engine: Engine,
    private readonly methods: readonly Method[],
  ) {
    this.evaluators = new Evaluators(config, network, engine, methods);
    this.targets = new Targets(config, dataset, network.network, (method) =>
      this.evaluators.reported(method),
    );
    const predictor = () =>
      this.programs.get('predictor', () => compilePredictor(engine, network)) as Promise<Predictor>;
    this.images = new Images(network.network, dataset, engine.batch, predictor);
    const { height, width } = network.network;
    this.everywhere = new Float32Array(height * width).fill(1);
  }

  private entry(index: number): ImageEntry {
    return this.dataset.entries[index]!;
  }

  async prepare(): Promise<void> {
    const { explain, attack } = this.config;
    for (const method of explain.keys()) {
      await this.evaluators.reported(method);
      if (this.truncates) await this.evaluators.surrogate(method);
      for (const [i, item] of attack.entries())
        if (isIterative(item)) await this.attacker(method, i, item);
    }
  }

  ahead(images: readonly number[]): void {
    this.images.ahead(images);
  }

  predict(index: number): Promise<Prediction> {
    return this.images.predict(index);
  }

  private get truncates(): boolean {
    return this.config.semantics.center === 'truncated';
  }

  /** An image with its scores and the map of a method for the class `label`. */
  async clean(index: number, method: number, label: number): Promise<Clean> {
    const key = `${index} ${method}`;
    if (this.latest?.key !== key) {
      const x = await this.images.pixels(index);
      const target = oneHot(this.network.network.classes, label);
      const draws = drawsOf(x, [this.config.seed, this.entry(index).id]);
      const evaluation = await (await this.evaluators.reported(method)).evaluate(x, target, draws);
      let center: Point | undefined;
      if (this.truncates) {
        const { map } = await (await this.evaluators.surrogate(method)).evaluate(x, target, draws);
        center = truncatedCenter(map, this.network.network.height, this.network.network.width);
      }
      this.latest = { key, value: { x, label, target, evaluation, draws, center } };
    }
    return this.latest.value;
  }

  /** What an attack maximises in an image. */
  private dissimilarity(item: IterativeAttackItem, region = this.everywhere): Dissimilarity {
    const { classes } = this.network.network;
    return dissimilarityOf(item, region, classes, this.config.semantics);
  }

  private attacker(method: number, attack: number, item: IterativeAttackItem): Promise<Attacker> {
    const { engine, network, config, methods } = this;
    const of = { explain: config.explain[method]!, method: methods[method]! };
    return this.programs.get(`${method} ${attack}`, () =>
      compileAttacker(engine, network, config, of, item, this.dissimilarity(item)),
    ) as Promise<Attacker>;
  }

  /**
   * Computes a cell; the time a row gives is the image's share of its batch.
   * @param label the class the ReLU network gives the clean image
   * @param onStep called after every step of an iterative attack
   */
  async run(cell: Cell, label: number, onStep: () => void): Promise<CellResult> {
    const started = performance.now();
    const { config } = this;
    const item = config.attack[cell.attack]!;
    const target = await this.targets.of(cell);
    const clean = {
      ...(await this.clean(cell.image, cell.method, label)),
      goal: target?.map,
    };
    const selections = selectionsOf(item);
    const row = rowOf(config, cell, this.entry(cell.image), clean, target);
    const seconds = () => (performance.now() - started) / 1000 / this.engine.batch;
    if (!isMap(clean.evaluation.map) || (target !== undefined && !isMap(target.map)))
      return {
        rows: selections.map((select) => ({
          ...row,
          select,
          status: 'no-map',
          seconds: seconds(),
        })),
        trace: [],
        kept: [],
        ...(config.save.images > 0 ? { cleanImage: clean.x } : {}),
      };

    const { height, width } = this.network.network;
    let region: Float32Array | undefined;
    try {
      region = await regionOf(item, row.image, clean.x, { height, width });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { rows: [], trace: [], kept: [], failure: error.message };
    }
    const size = { height, width, k: config.metrics.k };
    const trace: TraceRow[] = [];
    const observe = (observed: Observed) => {
      if (config.save.trace) trace.push(traceOf(row, clean, observed, size));
    };
    const found: ReadonlyMap<string | undefined, Kept | undefined> =
      'iterations' in item
        ? await this.iterate(cell, item, clean, region, onStep, observe)
        : new Map([[undefined, await this.draw(cell, item, clean)]]);
    const kept = (config.save.images > 0 ? selections : []).flatMap((select) => {
      const one = found.get(select);
      return one === undefined ? [] : [{ select: select ?? '', x: one.x, map: one.evaluation.map }];
    });
    const rows = selections.map((select): ResultRow => {
      const one = found.get(select);
      return {
        ...row,
        select,
        ...(one === undefined
          ? { status: 'label-lost', label_kept: false }
          : comparisonOf(clean, one, size, region)),
        seconds: seconds(),
      };
    });
    return {
      rows,
      trace,
      kept,
      ...(config.save.images > 0
        ? { cleanImage: clean.x, cleanMap: clean.evaluation.map, targetMap: clean.goal }
        : {}),
    };
  }

  /** Times a step of an attack and its share of the looks at iterates. */
  async probe({ image, method, attack }: Cell): Promise<Probe> {
    const item = this.config.attack[attack]!;
    const { label } = await this.predict(image);
    const clean = await this.clean(image, method, label);
    const evaluator = await this.evaluators.reported(method);
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
    /** Seconds of one image's share, after one time to warm up. */
    const timed = async (work: () => Promise<void>): Promise<number> => {
      await work();
      const started = performance.now();
      await work();
      return (performance.now() - started) / 1000 / this.engine.batch;
    };
    const every = 'evaluate' in item ? item.evaluate.every : 1;
    return {
      seconds: (await timed(step)) + (await timed(look)) / every,
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
  }

  private keyOf(cell: Cell): DrawKey {
    const { seed, attack } = this.config;
    return [seed, this.entry(cell.image).id, attack[cell.attack]!.name, cell.epsilon ?? 'any'];
  }

  private async iterate(
    cell: Cell,
    item: IterativeAttackItem | WalkItem,
    clean: Clean,
    region: Float32Array | undefined,
    onStep: () => void,
    onObserved: (o: Observed) => void,
  ) {
    const key = this.keyOf(cell);
    const random = randomOf(key, 'perturbation');
    const { semantics } = this.config;
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
      evaluator: await this.evaluators.reported(cell.method),
      epsilon: cell.epsilon ?? WHOLE_RANGE,
      step: stepsBy(item, this.config.explain[cell.method]!).step,
      iterations: item.iterations,
      every: item.evaluate.every,
      selections: selectionsOf(item).filter((rule) => rule !== undefined),
      ties: semantics.ties,
      k: this.config.metrics.k,
      draws: drawsOf(clean.x, key),
      onStep,
      onObserved,
    });
    return item.quantise ? this.quantised(cell, clean, found) : found;
  }

  /** The one random draw, kept where it leaves the label. */
  private async draw(cell: Cell, item: AttackItem, clean: Clean): Promise<Kept | undefined> {
    const random = randomOf(this.keyOf(cell), 'perturbation');
    const x = randomSign(clean.x, cell.epsilon!, () => random.sign());
    const kept = {
      iteration: 1,
      ...(await this.look(cell.method, clean, item.quantise ? x.map(Math.round) : x)),
    };
    return argmax(kept.evaluation.scores) === clean.label ? kept : undefined;
  }

  /** Another image in the place of a clean one, with its scores and the map of the clean one's class. */
  async look(method: number, { target, draws }: Clean, x: Float32Array) {
    return {
      x,
      evaluation: await (await this.evaluators.reported(method)).evaluate(x, target, draws),
    };
  }

  /** Kept iterates in whole grey levels, evaluated again; those that lose the label that way are lost. */
  private async quantised(cell: Cell, clean: Clean, found: ReadonlyMap<string | undefined, Kept>) {
    const rounded = new Map<string | undefined, Kept>();
    for (const [select, { iteration, x }] of found) {
      const kept = { iteration, ...(await this.look(cell.method, clean, x.map(Math.round))) };
      if (argmax(kept.evaluation.scores) === clean.label) rounded.set(select, kept);
    }
    return rounded;
  }

  async release(): Promise<void> {
    await this.evaluators.clear();
    await this.programs.clear();
  }
}
