// The head of an influence experiment: logistic regression on the features of the training images. Features are
// computed by the workers and kept in the data root under a hash of all they depend on.

import { createHash } from 'node:crypto';
import path from 'node:path';
import { Influence } from '../../analysis/influence.js';
import { type Examples, fitHead, withOne } from '../../analysis/logistic.js';
import { dot } from '../../analysis/vectors.js';
import { messageOf } from '../../errors.js';
import { makeFolder } from '../../folder.js';
import { note } from '../../note.js';
import { exists } from '../../record/files.js';
import { canonical } from '../../record/identity.js';
import { modelName } from '../../record/model-name.js';
import type { Subject } from '../../subject/subject.js';
import type { Crew, Prepared } from '../../task/task.js';
import { readSafetensors, writeSafetensors } from '../../weights/safetensors.js';
import type { InfluenceConfig } from './config.js';
import type { TrainingSet } from './training-set.js';

/** A head, as it is sent to workers. */
export interface Head {
  /** Weights, and the bias behind them. */
  readonly theta: Float64Array;
  /** Features of the training images, one row after another. */
  readonly features: Float32Array;
  /** The class of each training image, 0 or 1. */
  readonly labels: readonly number[];
  /** The names of the training images. */
  readonly ids: readonly string[];
  /** The label of the head's class 0, and the label of its class 1. */
  readonly classes: readonly [number, number];
}

/** A part of the preparation: a training image whose features a worker computes. */
export interface FeaturesOf {
  /** Its index in the training data set. */
  readonly training: number;
}

/** The examples a head was fitted to. */
export function examplesOf({ features, labels }: Pick<Head, 'features' | 'labels'>): Examples {
  const size = features.length / labels.length;
  return {
    rows: labels.map((_, i) => withOne(features.subarray(i * size, (i + 1) * size))),
    labels,
  };
}

/**
 * SHA-256 of all that features depend on. Of the model these are the config's fields; the weights are given by their
 * hash.
 */
function featuresKey(
  { model, data: { resize, crop } }: InfluenceConfig,
  { dataset, images, sha256 }: TrainingSet,
  weights: string,
  { engine, batch }: Pick<Crew, 'engine' | 'batch'>,
): string {
  const { weights: _, ...network } = model;
  const depends = {
    ...{ model: network, weights, engine, batch, resize, crop },
    images: images.map((image) => dataset.entries[image]!.id),
    data: sha256,
  };
  return createHash('sha256').update(canonical(depends)).digest('hex');
}

interface KeptFeatures {
  readonly features: Float32Array;
  readonly key: string;
}

/** Features of the training images: read from the data root, or else computed and kept there. */
async function trainingFeatures(
  config: InfluenceConfig,
  set: TrainingSet,
  { dataRoot, weights }: Subject,
  crew: Crew,
): Promise<KeptFeatures> {
  const key = featuresKey(config, set, weights.sha256, crew);
  const folder = path.join(dataRoot, 'features');
  const file = path.join(folder, `${modelName(config.model)}-${key.slice(0, 16)}.safetensors`);
  const kept = (await exists(file)) ? await readSafetensors(file) : undefined;
  if (kept?.metadata.key === key) return { features: kept.tensors.get('features')!.data, key };

  const parts = set.images.map((training): FeaturesOf => ({ training }));
  const rows = (await crew.parts(parts, 'training images')) as readonly Float32Array[];
  const size = rows[0]!.length;
  const features = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    features.set(row, i * size);
  });
  const shape = [rows.length, size];
  try {
    await makeFolder(folder);
    await writeSafetensors(file, new Map([['features', { shape, data: features }]]), { key });
  } catch (error) {
    note(`the features are not kept: ${messageOf(error)}`);
  }
  return { features, key };
}

/**
 * Fits the head of a config. Notes on stderr report too few training images, and a pseudo-inverse in place of factors.
 */
export async function fitConfigHead(
  config: InfluenceConfig,
  set: TrainingSet,
  subject: Subject,
  crew: Crew,
): Promise<Prepared & { readonly shared: Head }> {
  const { influence, training } = config;
  if (training.count !== 'max' && set.images.length < training.count)
    note(`${training.count} training images asked, ${set.images.length} used: there are no more`);
  const { features, key } = await trainingFeatures(config, set, subject, crew);
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
    note(
      `influence: damping ${influence.damping}: the Hessian of ${theta.length} parameters has no Cholesky factors (rank ${rank}), its pseudo-inverse is used`,
    );
  const right = rows.filter((row, i) => (dot(row, theta) > 0 ? 1 : 0) === labels[i]).length;
  return {
    shared: { theta, features, labels, ids: entries.map(({ id }) => id), classes: set.classes },
    facts: {
      trainingImages: { asked: training.count, used: rows.length },
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
