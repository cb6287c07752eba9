// Runs an experiment: prepares the output folder, hands cells to worker processes, writes rows as they
// finish, and closes with a summary. Everything finished is on disk at every moment; a run started
// again computes only what is missing.
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Dataset, dataRootOf } from '../data/dataset.js';
import { openDataset } from '../data/open.js';
import type { Choice } from '../engine/choice.js';
import { chooseEngine, onCpu } from '../engine/choose.js';
import { UserError } from '../errors.js';
import type { BoundNetwork } from '../model/index.js';
import { packageVersion } from '../package.js';
import { type Progress, startProgress } from '../progress.js';
import { writeJson } from '../record/files.js';
import { Journal } from '../record/journal.js';
import { prepareOutput, timesOf } from '../record/output-folder.js';
import { methodsOf } from '../subject/methods.js';
import { loadNetwork } from '../subject/network.js';
import type { Source } from '../subject/patterns.js';
import type { Prediction } from '../task/computer.js';
import { type AnyCell, type AnyRow, type Found, type Task, taskOf } from '../task/task.js';
import { type Config, configHash } from '../tasks/attack/config.js';
import { candidateOrder, imagesAtMost } from '../tasks/attack/plan.js';
import { checkRegions } from '../tasks/attack/regions.js';
import { checkTargets } from '../tasks/attack/targets.js';
import { type FittedHead, fittedHead } from '../tasks/influence/head.js';
import { openTraining, type TrainingSet } from '../tasks/influence/training-set.js';
import type { LabelledCell, Ready } from './messages.js';
import { JobFailed, openWorkers, type Worker, WorkerLost } from './pool.js';
import { Schedule } from './schedule.js';

export interface RunOptions {
  /** Data root; default $FRAGILE_DATA, else ./data. */
  readonly data?: string | undefined;
  /** Worker processes; default the config's, else one per core, or one for a device that is not the processor. */
  readonly workers?: number | undefined;
  /** Replace what an earlier run left in the output folder. */
  readonly fresh?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  /** Ends the run, keeping what is finished. */
  readonly signal?: AbortSignal | undefined;
}

/** How a run ended. */
export interface Outcome {
  readonly interrupted: boolean;
  /** Why the run could not go on to its end. */
  readonly lost?: string;
  readonly images: {
    readonly asked: number | 'max';
    readonly used: number;
    readonly tried: number;
  };
  readonly failed: number;
  /** What came out, as a table to print; the file of all rows. */
  readonly summary: readonly (readonly string[])[];
  readonly file: string;
}

/** What a run works on, checked before anything is written. */
export interface Materials {
  readonly dataRoot: string;
  readonly dataset: Dataset;
  readonly network: BoundNetwork;
  readonly weights: Source;
  /** Patterns of pattern attribution, in the order of its items. */
  readonly patterns: readonly Source[];
  /** What the head of an influence experiment is fitted to. */
  readonly training: TrainingSet | undefined;
}

/** Throws a UserError where a label is not a class of the network. */
export function checkLabels(
  { data }: Config,
  { entries }: Dataset,
  { classes, name }: Pick<BoundNetwork['network'], 'classes' | 'name'>,
): void {
  const odd = entries.find(({ label }) => label !== undefined && label >= classes);
  if (odd !== undefined)
    throw new UserError(
      `data: ${data.name}: label ${odd.label} of ${odd.id}, expected 0 to ${classes - 1}, the classes of ${name}`,
    );
}

/** Opens the model and the data of a config. Throws a UserError where they are missing or do not fit each other. */
export async function openMaterials(config: Config, data: string | undefined): Promise<Materials> {
  const dataRoot = dataRootOf(data);
  const dataset = await openDataset(config.data, dataRoot);
  const { bound, file, sha256 } = await loadNetwork(config.model, dataRoot);
  const patterns: Source[] = [];
  await methodsOf(config, bound, dataRoot, (source) => patterns.push(source));
  await checkTargets(config, dataset, bound.network);
  if (config.data.correct) checkLabels(config, dataset, bound.network);
  if (config.data.correct && dataset.entries.every(({ label }) => label === undefined))
    throw new UserError(
      `data: correct: true, but the pictures in ${dataset.location} have no labels; expected correct: false, a labels.csv or class folders`,
    );
  const training =
    config.task === 'influence' ? await openTraining(config, dataset, dataRoot) : undefined;
  const weights = { file: path.basename(file), sha256 };
  return { dataRoot, dataset, network: bound, weights, patterns, training };
}

export const workerCount = (
  config: Config,
  { workers }: Pick<RunOptions, 'workers'>,
  choice: Choice,
): number => workers ?? config.engine.workers ?? (onCpu(choice) ? availableParallelism() : 1);

/** Runs a config to its end, or until it is interrupted. */
export async function run(config: Config, options: RunOptions = {}): Promise<Outcome> {
  const materials = await openMaterials(config, options.data);
  await checkRegions(config, materials.dataset, materials.network.network);
  const choice = await chooseEngine(config.engine);
  const hash = configHash(config);
  await prepareOutput(config.output, hash, {
    fresh: options.fresh ?? false,
    weights: materials.weights.sha256,
    patterns: materials.patterns,
    training: materials.training?.sha256,
    engine: choice,
    config,
  });
  const workers = workerCount(config, options, choice);
  const head =
    config.task === 'influence'
      ? await fittedHead(config, materials, { ...options, engine: choice, workers })
      : undefined;
  const run = new Run(config, hash, materials, choice, options, head);
  return config.task === 'influence' && head === undefined ? run.notBegun() : run.start();
}

class Run {
  private started = new Date().toISOString();
  /** When there was nothing left to compute; undefined while there is. */
  private ended: string | undefined;
  private readonly inFolder = (name: string) => path.join(this.config.output, name);
  private readonly task: Task;
  private failed = 0;

  constructor(
    private readonly config: Config,
    private readonly hash: string,
    private readonly materials: Materials,
    private readonly choice: Choice,
    private readonly options: RunOptions,
    private readonly head: FittedHead | undefined,
  ) {
    this.task = taskOf(config, materials.network.network, materials.training);
  }

  /** The outcome of a run that was interrupted before its first image. */
  notBegun(): Outcome {
    const images = { asked: this.config.data.count, used: 0, tried: 0 };
    const file = this.inFolder(this.task.file);
    return { interrupted: true, images, failed: 0, summary: [], file };
  }

  private keyOf(cell: AnyCell): string {
    return this.task.keyOf(cell, this.materials.dataset.entries[cell.image]!.id);
  }

  async start(): Promise<Outcome> {
    const { config, materials, options, task } = this;
    const file = this.inFolder(task.file);
    const journal = await Journal.open<AnyRow>(file, {
      table: task.table,
      key: (row) => task.key(row),
      rowsPerCell: (row) => task.rowsPerCell(row),
    });
    const setup = {
      ...{ config, dataRoot: materials.dataRoot, engine: this.choice },
      ...(this.head === undefined ? {} : { head: this.head.head }),
    };
    const { workers, ready } = await openWorkers(workerCount(config, options, this.choice), setup, {
      onStep: () => progress.advance(1),
      onNote: (text) => process.stderr.write(`${text}\n`),
    });
    // a run that goes on was started before
    const before = await timesOf(config.output);
    this.started = before.start ?? this.started;
    this.ended = before.end;
    await this.record(ready);
    await task.begin(journal.done);

    const { dataset } = materials;
    const accept = (image: number, { label }: Prediction) =>
      !config.data.correct || dataset.entries[image]!.label === label;
    const schedule = new Schedule({
      candidates: candidateOrder(config, dataset.entries.length),
      count: imagesAtMost(config, dataset),
      batch: ready.images,
      accept,
      cells: (image) => task.cells(image).filter((cell) => !journal.done.has(this.keyOf(cell))),
      group: (cell) => task.group(cell),
    });
    const whole =
      imagesAtMost(config, dataset) *
      task.cells(0).reduce((steps, cell) => steps + task.steps(cell), 0);
    const there = journal.rows.reduce(
      (steps, row) => steps + task.stepsOfRow(row) / task.rowsPerCell(row),
      0,
    );
    const progress = startProgress(Math.max(Math.round(whole - there), 0), 'steps', {
      quiet: options.quiet ?? false,
    });

    if (journal.done.size > 0 && !options.quiet)
      process.stderr.write(`going on: ${journal.done.size} cells are there already\n`);

    const stop = () => {
      schedule.close();
      for (const worker of workers) worker.stop();
    };
    options.signal?.addEventListener('abort', stop);
    const interrupted = () => options.signal?.aborted ?? false;
    let lost: string | undefined;
    try {
      await Promise.all(
        workers.map((worker) => this.serve(worker, schedule, journal, progress, interrupted)),
      );
    } catch (error) {
      if (error instanceof WorkerLost) lost = error.message;
      else if (!interrupted()) throw error;
    } finally {
      stop();
      options.signal?.removeEventListener('abort', stop);
      progress.stop();
      if (interrupted() || lost !== undefined) await journal.close();
    }
    const images = {
      asked: config.data.count,
      used: schedule.accepted.length,
      tried: schedule.tried,
    };
    const unfinished = { images, failed: this.failed, summary: [], file };
    if (interrupted()) return { interrupted: true, ...unfinished };
    if (lost !== undefined) return { interrupted: false, lost, ...unfinished };

    const order = new Map(
      schedule.accepted
        .flatMap((image) => task.cells(image))
        .map((cell, i) => [this.keyOf(cell), i]),
    );
    const rows = await journal.finish((row) => order.get(task.key(row)));
    const summary = await task.finish(rows);
    await this.record(ready, images);
    return { interrupted: false, images, failed: this.failed, summary, file };
  }

  /** Keeps one worker busy until nothing is left to do. */
  private async serve(
    worker: Worker,
    schedule: Schedule,
    journal: Journal<AnyRow>,
    progress: Progress,
    interrupted: () => boolean,
  ): Promise<void> {
    for (;;) {
      const job = await schedule.next();
      if (job === undefined || interrupted()) return worker.stop();
      const ahead = schedule.upcoming();
      if (job.kind === 'predict') {
        const answer = await worker.compute({ ...job, ahead });
        if (answer.kind === 'predicted')
          answer.predictions.forEach((prediction, i) => {
            schedule.predicted(job.images[i]!, prediction);
          });
        continue;
      }
      const results = await this.compute(worker, job.cells, ahead, interrupted);
      if (results === undefined) return;
      for (const [i, result] of results.entries()) {
        const { cell } = job.cells[i]!;
        await this.task.keep(result, schedule.accepted.indexOf(cell.image));
        await journal.append(result.rows);
        this.ended = undefined;
        if (this.task.steps(cell) === 1) progress.advance(1);
      }
    }
  }

  /** Results of cells; rows that say they failed when they did, twice; nothing when the run was interrupted. */
  private async compute(
    worker: Worker,
    cells: readonly LabelledCell[],
    ahead: readonly number[],
    interrupted: () => boolean,
  ): Promise<readonly Found<AnyRow>[] | undefined> {
    try {
      const answer = await worker.compute({ kind: 'cells', cells, ahead });
      if (answer.kind !== 'computed') return undefined;
      return answer.results.map((result, i) =>
        result.failure === undefined ? result : this.failure(cells[i]!, result.failure),
      );
    } catch (error) {
      if (interrupted()) return undefined;
      if (!(error instanceof JobFailed)) throw error;
      return cells.map((cell) => this.failure(cell, error.message));
    }
  }

  /** Says why a cell could not be computed, and gives rows that say that it was not. */
  private failure({ cell, label }: LabelledCell, why: string): Found<AnyRow> {
    this.failed++;
    process.stderr.write(`${this.keyOf(cell)}: ${why}\n`);
    const entry = this.materials.dataset.entries[cell.image]!;
    return { rows: this.task.failed(cell, entry, label) };
  }

  /** Writes run.json: at the start without an end, and at the end whole, with the hash of the data, which may take long. */
  private async record(
    { engine, images: together }: Ready,
    images?: Outcome['images'],
  ): Promise<void> {
    const { config, materials, options } = this;
    await writeJson(this.inFolder('run.json'), {
      config,
      configHash: this.hash,
      seed: config.seed,
      versions: { fragile: packageVersion(), node: process.version },
      engine: {
        ...engine,
        workers: workerCount(config, options, this.choice),
        batch: together,
        cores: availableParallelism(),
      },
      weights: materials.weights,
      ...(materials.patterns.length === 0 ? {} : { patterns: materials.patterns }),
      data: {
        name: config.data.name,
        images: materials.dataset.entries.length,
        sha256: images === undefined ? null : await materials.dataset.fingerprint(),
      },
      ...(this.head === undefined ? {} : { head: this.head.record }),
      start: this.started,
      end: images === undefined ? null : (this.ended ?? new Date().toISOString()),
      images: images ?? null,
    });
  }
}
