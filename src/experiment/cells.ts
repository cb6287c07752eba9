// Computes cells: holds the network, the data set and the programs in use, and turns an image, a
// method, an attack and ε into rows of results. Every draw is keyed by what it belongs to, so a row
// does not depend on which process computes it or when.
import { isDeepStrictEqual } from 'node:util';
import {
  type Clean,
  compileDirector,
  compileJudge,
  type Director,
  type Judge,
  type Kept,
  type Observed,
  randomSign,
  randomWalk,
  runTrajectory,
} from '../attack/index.js';
import type { Dataset, ImageEntry } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { UserError } from '../errors.js';
import {
  compileEvaluator,
  compilePredictor,
  type Evaluator,
  type Method,
  oneHot,
  type Predictor,
} from '../explain/index.js';
import { type Point, truncatedCenter } from '../metric/center.js';
import { argmax } from '../metric/output.js';
import type { Activation, BoundNetwork } from '../model/index.js';
import { comparisonOf, hasMap, rowOf, traceOf } from './cell-rows.js';
import type { Computer, Prediction, Probe } from './computer.js';
import type { AttackItem, IterativeAttackItem, ResolvedConfig, WalkItem } from './config.js';
import { type DrawKey, drawsOf, randomOf } from './draws.js';
import { Images } from './images.js';
import { dissimilarityOf, explainedOf, isIterative, isWalk, surrogateOf } from './methods.js';
import type { Cell } from './plan.js';
import { regionOf } from './regions.js';
import type { ResultRow, TraceRow } from './results.js';
import { Slot } from './slot.js';

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
  /** Why the cell could not be computed; there are no rows then. */
  readonly failure?: string;
}

/** An attack compiled for one method. */
interface Attacker {
  readonly director: Director;
  readonly judge: Judge;
  release(): Promise<void>;
}

export class Cells implements Computer<Cell, CellResult> {
  private readonly evaluators = new Slot<Evaluator>();
  /** Of surrogates' maps, where shifts are measured from their centers. */
  private readonly surrogates = new Slot<Evaluator>();
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
    const predictor = () =>
      this.programs.get('predictor', () => compilePredictor(engine, network)) as Promise<Predictor>;
    this.images = new Images(network.network, dataset, engine.images, predictor);
    const { height, width } = network.network;
    this.everywhere = new Float32Array(height * width).fill(1);
  }

  private entry(index: number): ImageEntry {
    return this.dataset.entries[index]!;
  }

  async prepare(): Promise<void> {
    const { explain, attack } = this.config;
    for (const method of explain.keys()) {
      await this.evaluator(method);
      if (this.truncates) await this.surrogate(method);
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

  /** The nonlinearity of a method's reported maps. */
  private explained(method: number): Activation {
    const { config, network } = this;
    return explainedOf(config.explain[method]!, network.network.activation, config.semantics);
  }

  private evaluator(method: number): Promise<Evaluator> {
    return this.evaluators.get(String(method), () =>
      compileEvaluator(this.engine, this.network, this.methods[method]!, this.explained(method)),
    );
  }

  /** What gives the surrogate's map: what gives the reported one where a method has no surrogate. */
  private surrogate(method: number): Promise<Evaluator> {
    const { config, network, engine, methods } = this;
    const activation = surrogateOf(config, config.explain[method]!, network.network.activation);
    return isDeepStrictEqual(activation, this.explained(method))
      ? this.evaluator(method)
      : this.surrogates.get(String(method), () =>
          compileEvaluator(engine, network, methods[method]!, activation),
        );
  }

  /** An image with its scores and the map of a method for the class `label`. */
  async clean(index: number, method: number, label: number): Promise<Clean> {
    const key = `${index} ${method}`;
    if (this.latest?.key !== key) {
      const x = await this.images.pixels(index);
      const target = oneHot(this.network.network.classes, label);
      const draws = drawsOf(x, [this.config.seed, this.entry(index).id]);
      const evaluation = await (await this.evaluator(method)).evaluate(x, target, draws);
      let center: Point | undefined;
      if (this.truncates) {
        const { map } = await (await this.surrogate(method)).evaluate(x, target, draws);
        center = truncatedCenter(map, this.network.network.height, this.network.network.width);
      }
      this.latest = { key, value: { x, label, target, evaluation, draws, center } };
    }
    return this.latest.value;
  }

  private attacker(method: number, attack: number, item: IterativeAttackItem): Promise<Attacker> {
    const build = async (): Promise<Attacker> => {
      const { engine, network, config } = this;
      const explain = config.explain[method]!;
      // the form of what is maximised: the same for every region
      const dissimilarity = dissimilarityOf(item, this.everywhere, config.semantics);
      const director = await compileDirector(
        engine,
        network,
        this.methods[method]!,
        dissimilarity,
        surrogateOf(config, explain, network.network.activation),
      );
      const judge = await compileJudge(engine, network, dissimilarity);
      return {
        director,
        judge,
        async release() {
          await director.release();
          await judge.release();
        },
      };
    };
    return this.programs.get(`${method} ${attack}`, build) as Promise<Attacker>;
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
    const clean = await this.clean(cell.image, cell.method, label);
    const selections = 'select' in item ? item.select : [undefined];
    const row = rowOf(config, cell, this.entry(cell.image), clean);
    const seconds = () => (performance.now() - started) / 1000 / this.engine.images;
    if (!hasMap(clean))
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
      ...(config.save.images > 0 ? { cleanImage: clean.x, cleanMap: clean.evaluation.map } : {}),
    };
  }

  /** Times a step of an attack and its share of the looks at iterates. */
  async probe({ image, method, attack }: Cell): Promise<Probe> {
    const item = this.config.attack[attack]!;
    const { label } = await this.predict(image);
    const clean = await this.clean(image, method, label);
    const evaluator = await this.evaluator(method);
    const look = async () => void (await evaluator.evaluate(clean.x, clean.target, clean.draws));
    const step = async () => {
      if (!isIterative(item)) return;
      const { director } = await this.attacker(method, attack, item);
      const { height, width } = this.network.network;
      const { semantics } = this.config;
      const references = dissimilarityOf(item, this.everywhere, semantics).clean(
        clean.evaluation.map,
        height,
        width,
        clean,
      );
      const stepped = await director.step({
        x: clean.x,
        origin: clean.x,
        target: clean.target,
        references,
        epsilon: 1,
        step: item.step,
        draws: clean.draws,
      });
      stepped.next.release();
      stepped.map.release();
    };
    /** Seconds of one image's share, after one time to warm up. */
    const timed = async (work: () => Promise<void>): Promise<number> => {
      await work();
      const started = performance.now();
      await work();
      return (performance.now() - started) / 1000 / this.engine.images;
    };
    const every = 'evaluate' in item ? item.evaluate.every : 1;
    return {
      seconds: (await timed(step)) + (await timed(look)) / every,
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
  }

  private keyOf(cell: Cell): DrawKey {
    const { seed, attack } = this.config;
    return [seed, this.entry(cell.image).id, attack[cell.attack]!.name, cell.epsilon];
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
          dissimilarity: dissimilarityOf(item, region ?? this.everywhere, semantics),
          ...(await this.attacker(cell.method, cell.attack, item)),
        };
    const found: ReadonlyMap<string | undefined, Kept> = await runTrajectory({
      clean,
      height: this.network.network.height,
      width: this.network.network.width,
      ...attacker,
      evaluator: await this.evaluator(cell.method),
      epsilon: cell.epsilon,
      step: item.step,
      iterations: item.iterations,
      every: item.evaluate.every,
      selections: item.select,
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
    const x = randomSign(clean.x, cell.epsilon, () => random.sign());
    const kept = {
      iteration: 1,
      ...(await this.look(cell.method, clean, item.quantise ? x.map(Math.round) : x)),
    };
    return argmax(kept.evaluation.scores) === clean.label ? kept : undefined;
  }

  /** Another image in the place of a clean one, with its scores and the map of the clean one's class. */
  async look(method: number, { target, draws }: Clean, x: Float32Array) {
    return { x, evaluation: await (await this.evaluator(method)).evaluate(x, target, draws) };
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
    await this.surrogates.clear();
    await this.programs.clear();
  }
}
