// Runs a training: passes over shuffled batches, a line of train-log.csv and a checkpoint now and then, the
// accuracy on the test images after every pass, and the trained weights at the end. A training started
// again goes on from its checkpoint to the weights it would have had.
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Dataset, dataRootOf } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import { processor } from '../../engine/choice.js';
import { openEngine } from '../../engine/choose.js';
import { UserError } from '../../errors.js';
import { bind, type Network, networkOf } from '../../model/index.js';
import { packageVersion } from '../../package.js';
import { startProgress } from '../../progress.js';
import { exists, writeJson } from '../../record/files.js';
import { prepareOutput } from '../../record/output-folder.js';
import { zeroMoments } from '../../train/adam.js';
import { augmented, type Batch, epochOrder, loadBatch, meanImage } from '../../train/batches.js';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../train/checkpoint.js';
import { initialValues } from '../../train/initial.js';
import { rateOf } from '../../train/rate.js';
import { statistics, trainable } from '../../train/step.js';
import { compileTrainer, NotFinite, type Trainer, trainedTensors } from '../../train/trainer.js';
import { readWeights } from '../../weights/read.js';
import { type WeightTensor, writeSafetensors } from '../../weights/safetensors.js';
import { type TrainingConfig, trainingHash } from './config.js';
import { TrainingLog } from './log.js';

export interface TrainOptions {
  /** Data root; default $FRAGILE_DATA, else ./data. */
  readonly data?: string | undefined;
  /** Threads; default one per core. */
  readonly workers?: number | undefined;
  readonly fresh?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a training ended. */
export interface Trained {
  readonly end: 'done' | 'interrupted' | 'not finite';
  /** The reason of an end that is `not finite`. */
  readonly why?: string;
  readonly epochs: number;
  /** After the last whole epoch; undefined where there are no test images. */
  readonly testAccuracy: number | undefined;
  readonly weights: string;
}

/** Steps from one line of the log and checkpoint to the next. */
const LOG_EVERY = 50;

const WEIGHTS = 'weights.safetensors';
const CHECKPOINT = 'checkpoint.safetensors';
const LOG = 'train-log.csv';

/** Data sets with images set apart for testing. */
const split = new Set(['cifar-10', 'flowers']);

/** The network of a config, with the config's own nonlinearity where it names one. */
function trainedNetwork({ model, activation }: TrainingConfig): Network {
  const network = networkOf(model.name, model);
  return activation === undefined ? network : { ...network, activation };
}

function checkLabels(dataset: Dataset, network: Network): void {
  const odd = dataset.entries.find(({ label }) => label === undefined || label >= network.classes);
  if (odd !== undefined)
    throw new UserError(
      `data: ${dataset.location}: ${odd.id} has ${odd.label === undefined ? 'no label' : `label ${odd.label}`}, expected 0 to ${network.classes - 1}, the classes of ${network.name}`,
    );
}

/** Where a training without a checkpoint starts: the weights it names, or random ones and the mean of its images. */
async function start(
  config: TrainingConfig,
  network: Network,
  dataset: Dataset,
): Promise<Checkpoint> {
  const names = [...trainable(network)];
  const seen = [...statistics(network)];
  const moments = new Map(
    names.map(([name, shape]) => [name, zeroMoments(shape.reduce((n, d) => n * d, 1))]),
  );
  if (config.from !== undefined) {
    const file = await readWeights(config.from);
    const { mean } = bind(network, file);
    const absent = seen.find(([name]) => !file.tensors.has(name));
    if (absent !== undefined)
      throw new UserError(
        `from: ${config.from} has its batch norms worked in, expected a tensor ${absent[0]}`,
      );
    const read = (of: typeof names) =>
      new Map(of.map(([name]) => [name, Float32Array.from(file.tensors.get(name)!.data)]));
    return { state: { parameters: read(names), moments, statistics: read(seen), step: 0 }, mean };
  }
  const first = (of: typeof names) =>
    new Map(of.map(([name, shape]) => [name, initialValues(config.seed, name, shape)]));
  return {
    state: { parameters: first(names), moments, statistics: first(seen), step: 0 },
    mean: await meanOf(network, dataset),
  };
}

/** The mean of the preprocessing, in the network's own units: the network's colour, or that of the training images. */
async function meanOf(network: Network, dataset: Dataset): Promise<WeightTensor> {
  const first = network.layers[0]!;
  if (first.kind !== 'preprocess') throw new Error(`${network.name} does not begin with its input`);
  if (!('parameter' in first.mean)) return { shape: [3], data: Float32Array.from(first.mean) };
  const { scale } = first;
  const mean = await meanImage(dataset, network);
  return { shape: first.shape, data: Float32Array.from(mean, (v) => v / scale) };
}

/** Trains a network as a config says. Throws a UserError for what does not fit. */
export async function train(config: TrainingConfig, options: TrainOptions = {}): Promise<Trained> {
  const network = trainedNetwork(config);
  const dataRoot = dataRootOf(options.data);
  const dataset = await openDataset({ ...config.data, split: 'train' }, dataRoot);
  checkLabels(dataset, network);
  const test = split.has(config.data.name)
    ? await openDataset({ ...config.data, split: 'test' }, dataRoot)
    : undefined;
  if (test !== undefined) checkLabels(test, network);
  if (test === undefined && config.stopAt !== undefined)
    throw new UserError(`stopAt: ${config.data.name} has no test images, expected no stopAt`);
  const steps = Math.floor(dataset.entries.length / config.batch);
  if (steps === 0)
    throw new UserError(
      `batch: ${config.batch}, expected at most ${dataset.entries.length}, the training images of ${dataset.location}`,
    );
  return new Training(config, network, dataset, test, steps, options).run();
}

class Training {
  private readonly hash: string;
  private readonly started = new Date();
  private readonly inFolder = (name: string) => path.join(this.config.output, name);
  private order: { readonly epoch: number; readonly entries: readonly number[] } | undefined;
  private seconds = 0;
  private testAccuracy: number | undefined;

  constructor(
    private readonly config: TrainingConfig,
    private readonly network: Network,
    private readonly dataset: Dataset,
    private readonly test: Dataset | undefined,
    /** Batches in a pass; what is left over of the images is left out of that pass. */
    private readonly steps: number,
    private readonly options: TrainOptions,
  ) {
    this.hash = trainingHash(config);
  }

  private batch(step: number): Promise<Batch> {
    const { config, dataset, network, steps } = this;
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

  async run(): Promise<Trained> {
    const { config, network, options, steps } = this;
    await prepareOutput(config.output, this.hash, { fresh: options.fresh ?? false, config });
    const file = this.inFolder(CHECKPOINT);
    const checkpoint = (await exists(file))
      ? await readCheckpoint(file, network, this.hash)
      : await start(config, network, this.dataset);
    const { state } = checkpoint;
    const log = await TrainingLog.open(this.inFolder(LOG), state.step);
    this.seconds = log.seconds;
    this.testAccuracy = log.testAccuracy;
    await this.record(undefined, undefined);

    const total = config.epochs * steps;
    const { rate, schedule } = config.optimizer;
    const threads = options.workers ?? availableParallelism();
    const engine = await openEngine(processor, { threads });
    const trainer = await compileTrainer(
      engine,
      network,
      checkpoint.mean,
      state,
      config.batch,
      rateOf(rate, schedule, total),
    );
    const progress = startProgress(Math.max(total - state.step, 0), 'steps', {
      quiet: options.quiet ?? false,
    });
    const save = async () => {
      await writeCheckpoint(file, network, checkpoint, this.hash);
    };
    const ended = (end: Trained['end'], why?: string): Trained => ({
      end,
      ...(why === undefined ? {} : { why }),
      epochs: Math.floor(state.step / steps),
      testAccuracy: this.testAccuracy,
      weights: this.inFolder(WEIGHTS),
    });

    let losses: number[] = [];
    let correct = 0;
    let next = this.batch(state.step);
    let clock = performance.now();
    const lap = () => {
      const now = performance.now();
      this.seconds += (now - clock) / 1000;
      clock = now;
    };
    const finished = () =>
      state.step >= total ||
      (state.step % steps === 0 &&
        config.stopAt !== undefined &&
        (this.testAccuracy ?? 0) >= config.stopAt.accuracy);
    try {
      while (!finished()) {
        if (options.signal?.aborted) {
          await save();
          return ended('interrupted');
        }
        const batch = await next;
        if (state.step + 1 < total) next = this.batch(state.step + 1);
        const outcome = await trainer.step(batch);
        lap();
        losses.push(outcome.loss);
        correct += outcome.correct;
        const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
        const accuracy = correct / (losses.length * config.batch);
        const epochEnds = state.step % steps === 0;
        progress.advance(1, `loss ${mean.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} %`);
        if (!epochEnds && state.step % LOG_EVERY !== 0) continue;
        if (epochEnds) this.testAccuracy = await this.accuracy(trainer);
        clock = performance.now();
        await log.append({
          epoch: Math.ceil(state.step / steps),
          step: state.step,
          seconds: this.seconds,
          loss: mean,
          accuracy,
          ...(epochEnds && this.testAccuracy !== undefined
            ? { test_accuracy: this.testAccuracy }
            : {}),
        });
        await save();
        losses = [];
        correct = 0;
        clock = performance.now();
      }
    } catch (error) {
      // the checkpoint is from before
      if (error instanceof NotFinite) return ended('not finite', error.message);
      throw error;
    } finally {
      // a batch that was being read is of no more use
      await next.catch(() => {});
      progress.stop();
      await trainer.release();
    }
    await this.writeWeights(checkpoint);
    await this.record(trainer.flops, Math.floor(state.step / steps));
    return ended('done');
  }

  /** The fraction of test images that are classified correctly. */
  private async accuracy(trainer: Trainer): Promise<number | undefined> {
    const { test, network, config } = this;
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

  private async writeWeights({ state, mean }: Checkpoint): Promise<void> {
    const tensors = trainedTensors(this.network, state, mean);
    await writeSafetensors(this.inFolder(WEIGHTS), tensors, {
      network: this.network.name,
      ...(this.testAccuracy === undefined ? {} : { test_accuracy: String(this.testAccuracy) }),
    });
  }

  private async record(flops: number | undefined, epochs: number | undefined): Promise<void> {
    const { config, dataset, test, steps } = this;
    await writeJson(this.inFolder('run.json'), {
      config,
      configHash: this.hash,
      seed: config.seed,
      versions: { fragile: packageVersion(), node: process.version },
      engine: {
        name: 'onnx',
        device: 'cpu',
        threads: this.options.workers ?? availableParallelism(),
      },
      data: {
        name: config.data.name,
        images: dataset.entries.length,
        testImages: test?.entries.length ?? 0,
        sha256: epochs === undefined ? null : await dataset.fingerprint(),
      },
      start: this.started.toISOString(),
      end: epochs === undefined ? null : new Date().toISOString(),
      epochs: epochs ?? null,
      testAccuracy: this.testAccuracy ?? null,
      secondsPerEpoch: epochs === undefined || epochs === 0 ? null : this.seconds / epochs,
      flopsPerEpoch: flops === undefined ? null : flops * steps,
    });
  }
}
