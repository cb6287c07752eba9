// The materials of a training: its network, its training images and its test images.
import path from 'node:path';
import { type DataSource, type Dataset, dataRootOf, fingerprint } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import { UserError } from '../../errors.js';
import type { Network } from '../../model/index.js';
import { note } from '../../note.js';
import type { Input } from '../../record/run-record.js';
import { shown } from '../../shown.js';
import { classesOf } from '../../subject/class-names.js';
import { readWeights } from '../../weights/read.js';
import type { TrainingConfig } from './config.js';
import { trainedNetwork } from './start.js';

/** Data sets with images set apart for testing. */
const split = new Set(['cifar-10', 'flowers']);

/**
 * Opens labelled images. Their classes are the network's where they have its names, or else classes of their own; a note
 * on stderr says so if they are fewer than the network's. Throws a UserError where labels are unclear.
 */
async function openLabelled(
  source: DataSource,
  network: Network,
  dataRoot: string,
): Promise<Dataset> {
  const named = await openDataset(source, dataRoot, await classesOf(network, dataRoot));
  if (named.unclear === undefined && named.note === undefined) return named;
  const own = await openDataset(source, dataRoot);
  if (own.unclear !== undefined) throw new UserError(`data: ${source.name}: ${own.unclear}`);
  const classes = new Set(own.entries.map(({ label }) => label)).size;
  if (classes < network.classes)
    note(
      `data: ${source.name}: ${classes} classes of ${own.location} are numbered 0 to ${classes - 1} in their order and trained as the first of the ${network.classes} of ${network.name}`,
    );
  return own;
}

/** Throws a UserError for an image without a label, or with one that is not a class of the network. */
function requireLabels(dataset: Dataset, network: Network): void {
  const odd = dataset.entries.find(({ label }) => label === undefined || label >= network.classes);
  if (odd !== undefined)
    throw new UserError(
      `data: ${dataset.location}: ${shown(odd.id)} has ${odd.label === undefined ? 'no label' : `label ${odd.label}`}, expected 0 to ${network.classes - 1}, the classes of ${network.name}`,
    );
}

/** The weights that a training begins with. Throws a UserError for a file that is none of weights. */
const firstWeights = async (file: string): Promise<Input> => ({
  of: 'first weights',
  file: path.basename(file),
  sha256: (await readWeights(file)).sha256,
});

/** A config with its images, opened and checked. */
export interface Materials {
  readonly config: TrainingConfig;
  readonly network: Network;
  readonly dataset: Dataset;
  readonly test: Dataset | undefined;
  /** Batches in a pass; the remaining images are left out of that pass. */
  readonly steps: number;
  /** SHA-256 of all training images. */
  readonly sha256: string;
  readonly inputs: readonly Input[];
}

/**
 * Opens the images of a config.
 * @param data the data root; default $FRAGILE_DATA, else ./data
 * Throws a UserError if they are missing, too few, or do not fit the network.
 */
export async function openMaterials(
  config: TrainingConfig,
  data: string | undefined,
): Promise<Materials> {
  const network = trainedNetwork(config);
  const dataRoot = dataRootOf(data);
  const dataset = await openLabelled({ ...config.data, split: 'train' }, network, dataRoot);
  requireLabels(dataset, network);
  const test = split.has(config.data.name)
    ? await openLabelled({ ...config.data, split: 'test' }, network, dataRoot)
    : undefined;
  if (test !== undefined) requireLabels(test, network);
  if (test === undefined && config.stopAt !== undefined)
    throw new UserError(`stopAt: ${config.data.name} has no test images, expected no stopAt`);
  const steps = Math.floor(dataset.entries.length / config.batch);
  if (steps === 0)
    throw new UserError(
      `batch: ${config.batch}, expected at most ${dataset.entries.length}, the training images of ${dataset.location}`,
    );
  const { from } = config;
  const sha256 = await fingerprint(dataset);
  const images = (of: string, hash: string): Input => ({
    of,
    file: config.data.name,
    sha256: hash,
  });
  const inputs = [
    ...(from === undefined ? [] : [await firstWeights(from)]),
    images('training images', sha256),
    ...(test === undefined ? [] : [images('test images', await fingerprint(test))]),
  ];
  return { config, network, dataset, test, steps, sha256, inputs };
}
