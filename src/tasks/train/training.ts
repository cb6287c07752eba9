// Runs a training: passes over shuffled batches, a line of train-log.csv and a checkpoint at regular steps, the
// accuracy on the test images after every pass, and the trained weights at the end. A training that was interrupted
// resumes from its checkpoint, and ends with the weights that it would have had without the interruption.
import path from 'node:path';
import { usableCores } from '../../cores.js';
import { listHash } from '../../data/dataset.js';
import { processor } from '../../engine/choice.js';
import { openEngine } from '../../engine/choose.js';
import { UserError } from '../../errors.js';
import { startProgress } from '../../progress.js';
import { exists } from '../../record/files.js';
import { identityHash } from '../../record/identity.js';
import { claimFolder } from '../../record/output-folder.js';
import { type RunRecord, versionsHere, writeRecord } from '../../record/run-record.js';
import { augmented, type Batch, epochOrder, loadBatch } from '../../train/batches.js';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../train/checkpoint.js';
import { rateOf } from '../../train/rate.js';
import { compileTrainer, NotFinite, type Trainer, trainedTensors } from '../../train/trainer.js';
import { writeSafetensors } from '../../weights/safetensors.js';
import { removeTemporary } from '../../write-whole.js';
import { freeOf, type TrainingConfig, trainingVersions } from './config.js';
import { CHECKPOINT, LOG, trainingLeaves, WEIGHTS } from './files.js';
import { linesOf, TrainingLog } from './log.js';
import { type Materials, openMaterials } from './materials.js';
import { startOf } from './start.js';

export interface TrainOptions {
  /** Data root; default $FRAGILE_DATA, else ./data. */
  readonly data?: string | undefined;
  /** Threads; default one per usable core. */
  readonly workers?: number | undefined;
  readonly fresh?: boolean | undefined;
  /** Files and folders that a run of a task may leave; default: those of trainings for every task. */
  readonly leaves?: (task: string) => readonly string[];
  readonly quiet?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a training ended. */
export interface Trained {
  readonly end: 'done' | 'interrupted' | 'not finite';
  /** The reason of an end that is `not finite`. */
  readonly why?: string;
  readonly epochs: number;
  /** After the last whole epoch; undefined without test images. */
  readonly testAccuracy: number | undefined;
  readonly weights: string;
}

/** The outcome of a finished training in run.json. */
export type TrainingOutcome = {
  readonly epochs: number;
  readonly testImages: number;
  readonly testAccuracy: number | null;
  readonly secondsPerEpoch: number | null;
  readonly flopsPerEpoch: number | null;
};

/** Steps from one line of the log and checkpoint to the next. */
const LOG_EVERY = 50;

/** The checkpoint of a folder; undefined for a new training. Throws a UserError for results without a checkpoint. */
async function checkpointIn(
  { config, network }: Materials,
  hash: string,
): Promise<Checkpoint | undefined> {
  const { output } = config;
  const file = path.join(output, CHECKPOINT);
  if (await exists(file)) return readCheckpoint(file, network, hash);
  const trained =
    (await exists(path.join(output, WEIGHTS))) ||
    (await linesOf(path.join(output, LOG))).length > 0;
  if (trained)
    throw new UserError(
      `output: ${output}: holds a training but no ${CHECKPOINT} to resume from; use --fresh to begin again or --out for another folder`,
    );
  return undefined;
}

/** Trains the network of a config. Throws a UserError if images, weights or output folder do not fit. */
export async function train(config: TrainingConfig, options: TrainOptions = {}): Promise<Trained> {
  const materials = await openMaterials(config, options.data);
  const free = freeOf(config);
  const before = await claimFolder({
    config,
    versions: trainingVersions,
    free,
    inputs: materials.inputs,
    leaves: options.leaves ?? (() => trainingLeaves),
    fresh: options.fresh ?? false,
  });
  const hash = identityHash(config, trainingVersions, free);
  const checkpoint =
    (await checkpointIn(materials, hash)) ??
    (await startOf(config, materials.network, materials.dataset));
  return new Training(materials, checkpoint, { hash, before }, options).run();
}

class Training {
  private readonly inFolder: (name: string) => string;
  private readonly threads: number;
  private readonly start: string;
  /** When this start began, in milliseconds since 1970. */
  private readonly began = Date.now();
  private order: { readonly epoch: number; readonly entries: readonly number[] } | undefined;
  private seconds = 0;
  private testAccuracy: number | undefined;

  constructor(
    private readonly materials: Materials,
    private readonly checkpoint: Checkpoint,
    private readonly recorded: {
      readonly hash: string;
      /** The record of the training that is resumed. */
      readonly before: RunRecord | undefined;
    },
    private readonly options: TrainOptions,
  ) {
    const { output } = materials.config;
    this.inFolder = (name) => path.join(output, name);
    this.threads = options.workers ?? usableCores();
    this.start = recorded.before?.start ?? new Date().toISOString();
  }

  private batch(step: number): Promise<Batch> {
    const { config, dataset, network, steps } = this.materials;
    const epoch = Math.floor(step / steps);
    const at = (step % steps) * config.batch;
    if (this.order?.epoch !== epoch)
      this.order = { epoch, entries: epochOrder(config.seed, epoch, dataset.entries.length) };
    const entries = this.order.entries.slice(at, at + config.batch);
    const { augment } = config;
    return loadBatch(
      dataset,
      entries,
      network,
      augment.length === 0
        ? undefined
        : (image, entry) => augmented(image, network, augment, config.seed, epoch, entry),
    );
  }

  private finished(): boolean {
    const { config, steps } = this.materials;
    const { step } = this.checkpoint.state;
    if (step >= config.epochs * steps) return true;
    const { stopAt } = config;
    return (
      step % steps === 0 && stopAt !== undefined && (this.testAccuracy ?? 0) >= stopAt.accuracy
    );
  }

  private ended(end: Trained['end'], why?: string): Trained {
    return {
      end,
      ...(why === undefined ? {} : { why }),
      epochs: Math.floor(this.checkpoint.state.step / this.materials.steps),
      testAccuracy: this.testAccuracy,
      weights: this.inFolder(WEIGHTS),
    };
  }

  private save(): Promise<void> {
    const { network } = this.materials;
    return writeCheckpoint(this.inFolder(CHECKPOINT), network, this.checkpoint, this.recorded.hash);
  }

  async run(): Promise<Trained> {
    const { config, network, steps } = this.materials;
    const { state, mean } = this.checkpoint;
    const log = await TrainingLog.open(this.inFolder(LOG), state.step);
    this.seconds = log.seconds;
    this.testAccuracy = log.testAccuracy;
    // a training without steps left keeps its recorded end
    const end = this.finished() ? this.recorded.before?.end : null;
    await this.record(end ?? null, this.recorded.before?.outcome as TrainingOutcome | undefined);

    const { rate, schedule } = config.optimizer;
    const engine = await openEngine(processor, { threads: this.threads });
    const trainer = await compileTrainer(
      engine,
      network,
      mean,
      state,
      config.batch,
      rateOf(rate, schedule, config.epochs * steps),
    );
    try {
      const early = await this.steps(trainer, log);
      if (early !== undefined) return early;
    } finally {
      await trainer.release();
    }
    await this.writeWeights();
    await removeTemporary(config.output, this.began);
    const epochs = Math.floor(state.step / steps);
    await this.record(end ?? new Date().toISOString(), {
      epochs,
      testImages: this.materials.test?.entries.length ?? 0,
      testAccuracy: this.testAccuracy ?? null,
      secondsPerEpoch: epochs === 0 ? null : this.seconds / epochs,
      flopsPerEpoch: trainer.flops * steps,
    });
    return this.ended('done');
  }

  /** Takes all steps that are left. Returns how the training ended if that was before the last step. */
  private async steps(trainer: Trainer, log: TrainingLog): Promise<Trained | undefined> {
    const { config, steps } = this.materials;
    const { state } = this.checkpoint;
    const total = config.epochs * steps;
    const progress = startProgress(Math.max(total - state.step, 0), 'steps', {
      quiet: this.options.quiet ?? false,
    });
    let losses: number[] = [];
    let correct = 0;
    let next = this.batch(state.step);
    let clock = performance.now();
    try {
      while (!this.finished()) {
        if (this.options.signal?.aborted) {
          await this.save();
          return this.ended('interrupted');
        }
        const batch = await next;
        if (state.step + 1 < total) next = this.batch(state.step + 1);
        const outcome = await trainer.step(batch);
        this.seconds += (performance.now() - clock) / 1000;
        clock = performance.now();
        losses.push(outcome.loss);
        correct += outcome.correct;
        const loss = losses.reduce((a, b) => a + b, 0) / losses.length;
        const accuracy = correct / (losses.length * config.batch);
        const epochEnds = state.step % steps === 0;
        progress.advance(1, `loss ${loss.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} %`);
        if (!epochEnds && state.step % LOG_EVERY !== 0) continue;
        if (epochEnds) this.testAccuracy = await this.accuracy(trainer);
        const { step } = state;
        const { seconds, testAccuracy } = this;
        await log.append({
          ...{ epoch: Math.ceil(step / steps), step, seconds, loss, accuracy },
          ...(epochEnds && testAccuracy !== undefined ? { test_accuracy: testAccuracy } : {}),
        });
        await this.save();
        losses = [];
        correct = 0;
        clock = performance.now();
      }
    } catch (error) {
      // the last checkpoint was written before the step that failed
      if (error instanceof NotFinite) return this.ended('not finite', error.message);
      throw error;
    } finally {
      // a batch that is being read is no longer needed
      await next.catch(() => {});
      progress.stop();
    }
    return undefined;
  }

  /** The fraction of test images that are classified correctly. */
  private async accuracy(trainer: Trainer): Promise<number | undefined> {
    const { test, network, config } = this.materials;
    if (test === undefined) return undefined;
    const { length } = test.entries;
    let correct = 0;
    for (let at = 0; at < length; at += config.batch) {
      // the last batch is filled up with images that are not counted
      const entries = Array.from({ length: config.batch }, (_, i) => Math.min(at + i, length - 1));
      const batch = await loadBatch(test, entries, network);
      correct += await trainer.correct(batch, Math.min(config.batch, length - at));
    }
    return correct / length;
  }

  private async writeWeights(): Promise<void> {
    const { network } = this.materials;
    const { state, mean } = this.checkpoint;
    await writeSafetensors(this.inFolder(WEIGHTS), trainedTensors(network, state, mean), {
      network: network.name,
      ...(this.testAccuracy === undefined ? {} : { test_accuracy: String(this.testAccuracy) }),
    });
  }

  /** Writes run.json: without an end while steps are left. */
  private async record(end: string | null, outcome: TrainingOutcome | undefined): Promise<void> {
    const { config, dataset, inputs } = this.materials;
    await writeRecord(config.output, {
      config,
      configHash: this.recorded.hash,
      versions: versionsHere(trainingVersions),
      engine: { name: 'onnx', device: 'cpu', threads: this.threads },
      inputs,
      data: {
        name: config.data.name,
        images: dataset.entries.length,
        list: listHash(dataset),
        sha256: this.materials.sha256,
      },
      start: this.start,
      end,
      outcome: end === null ? null : outcome,
    });
  }
}
