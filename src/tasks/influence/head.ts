// The head of an influence experiment: features of the training images, computed by workers and kept in the data
// root under a hash of all they depend on, and the head fitted to them.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { Influence } from '../../analysis/influence.js';
import { dot, type Examples, fitHead, withOne } from '../../analysis/logistic.js';
import type { Choice } from '../../engine/choice.js';
import { messageOf } from '../../errors.js';
import { makeFolder } from '../../folder.js';
import { startProgress } from '../../progress.js';
import { exists } from '../../record/files.js';
import type { Setup } from '../../run/messages.js';
import { openWorkers, type Worker } from '../../run/pool.js';
import { readSafetensors, writeSafetensors } from '../../weights/safetensors.js';
import { canonical, type InfluenceConfig } from '../attack/config.js';
import { type TrainingSet, trainingSource } from './training-set.js';

/** What workers are told of a head. */
export interface Head {
  /** Weights, and the bias behind them. */
  readonly theta: Float64Array;
  /** Features of the training images, one row after another. */
  readonly features: Float32Array;
  /** 0 or 1 of each. */
  readonly labels: readonly number[];
  /** The names of the training images. */
  readonly ids: readonly string[];
  /** The label that the head calls 0, and the one it calls 1. */
  readonly classes: readonly [number, number];
}

/** A head with what run.json tells of it. */
export interface FittedHead {
  readonly head: Head;
  readonly record: Readonly<Record<string, unknown>>;
}

/** What features are computed of, and with. */
export interface FeatureMaterials {
  readonly dataRoot: string;
  readonly weights: { readonly sha256: string };
  readonly training: TrainingSet | undefined;
}

export interface FeatureOptions {
  readonly engine: Choice;
  readonly workers: number;
  readonly quiet?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The examples a head was fitted to. */
export function examplesOf({ features, labels }: Pick<Head, 'features' | 'labels'>): Examples {
  const size = features.length / labels.length;
  return {
    rows: labels.map((_, i) => withOne(features.subarray(i * size, (i + 1) * size))),
    labels,
  };
}

/** Gives every worker images to compute features of, until all are done. */
async function computeFeatures(
  workers: readonly Worker[],
  images: readonly number[],
  batch: number,
  advance: (steps: number) => void,
): Promise<Float32Array> {
  const found: Float32Array[] = [];
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      while (next < images.length) {
        const from = next;
        next += batch;
        const answer = await worker.compute({
          kind: 'features',
          images: images.slice(from, next),
          ahead: images.slice(next, next + batch),
        });
        if (answer.kind !== 'features')
          throw new Error(`a worker answered ${answer.kind} when asked for features`);
        answer.features.forEach((row, i) => {
          found[from + i] = row;
        });
        advance(answer.features.length);
      }
    }),
  );
  const size = found[0]!.length;
  const together = new Float32Array(images.length * size);
  found.forEach((row, i) => {
    together.set(row, i * size);
  });
  return together;
}

interface KeptFeatures {
  readonly features: Float32Array;
  readonly key: string;
}

/** Features of the training images: those that are kept, else computed and kept; undefined where it was interrupted. */
async function trainingFeatures(
  config: InfluenceConfig,
  { dataset, images, sha256 }: TrainingSet,
  { dataRoot, weights }: FeatureMaterials,
  { engine, workers: count, quiet = false, signal }: FeatureOptions,
): Promise<KeptFeatures | undefined> {
  const data = { ...config.data, ...trainingSource(config), correct: false };
  const setup: Setup = { config: { ...config, data }, dataRoot, engine };
  const { workers, ready } = await openWorkers(count, setup);
  const stop = () => {
    for (const worker of workers) worker.stop();
  };
  signal?.addEventListener('abort', stop);
  try {
    const { weights: _, ...model } = config.model;
    const { resize, crop } = data;
    const depends = {
      ...{
        model,
        weights: weights.sha256,
        engine: ready.engine,
        batch: ready.images,
        resize,
        crop,
      },
      images: images.map((image) => dataset.entries[image]!.id),
      data: sha256,
    };
    const key = createHash('sha256').update(canonical(depends)).digest('hex');
    const folder = path.join(dataRoot, 'features');
    const file = path.join(folder, `${config.model.name}-${key.slice(0, 16)}.safetensors`);
    const kept = (await exists(file)) ? await readSafetensors(file) : undefined;
    if (kept?.metadata.key === key) return { features: kept.tensors.get('features')!.data, key };
    const progress = startProgress(images.length, 'training images', { quiet });
    let features: Float32Array;
    try {
      features = await computeFeatures(workers, images, ready.images, (n) => progress.advance(n));
    } finally {
      progress.stop();
    }
    const shape = [images.length, features.length / images.length];
    try {
      await makeFolder(folder);
      await writeSafetensors(file, new Map([['features', { shape, data: features }]]), { key });
    } catch (error) {
      process.stderr.write(`the features are not kept: ${messageOf(error)}\n`);
    }
    return { features, key };
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

/**
 * Fits the head of a config, and says where something about it is not as asked.
 * @returns undefined where it was interrupted
 */
export async function fittedHead(
  config: InfluenceConfig,
  materials: FeatureMaterials,
  options: FeatureOptions,
): Promise<FittedHead | undefined> {
  const set = materials.training!;
  const { influence, training } = config;
  const say = (text: string) => process.stderr.write(`${text}\n`);
  if (training.count !== 'max' && set.images.length < training.count)
    say(`${training.count} training images asked, ${set.images.length} used: there are no more`);
  const kept = await trainingFeatures(config, set, materials, options);
  if (kept === undefined) return undefined;
  const { features, key } = kept;
  const entries = set.images.map((image) => set.dataset.entries[image]!);
  const labels = entries.map(({ label }) => (label === set.classes[1] ? 1 : 0));
  const examples = examplesOf({ features, labels });
  const { rows } = examples;
  const { theta, steps, gradientNorm } = fitHead(examples, {
    loss: influence.loss,
    regularisation: influence.regularisation / (influence.reduction === 'sum' ? rows.length : 1),
  });
  const { by, rank } = new Influence(theta, examples, influence).system;
  if (by === 'pseudo-inverse')
    say(
      `influence: damping ${influence.damping}: the Hessian of ${theta.length} parameters has no Cholesky factors (rank ${rank}), its pseudo-inverse is used`,
    );
  const right = rows.filter((row, i) => (dot(row, theta) > 0 ? 1 : 0) === labels[i]).length;
  return {
    head: { theta, features, labels, ids: entries.map(({ id }) => id), classes: set.classes },
    record: {
      trainingImages: { asked: training.count, used: rows.length, sha256: set.sha256 },
      features: key,
      parameters: theta.length,
      trainingAccuracy: right / rows.length,
      steps,
      gradientNorm,
      solvedBy: by,
      rank,
    },
  };
}
