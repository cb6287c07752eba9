// The images that the head of an influence experiment is fitted to. They are chosen by the seed if there are more than
// asked for. They must be of two classes, the same as the classes of the attacked images.

import { type DataSource, type Dataset, fingerprint } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import { UserError } from '../../errors.js';
import { keyedRandom, permutation } from '../../random.js';
import { shown } from '../../shown.js';
import { COMPARED, type InfluenceConfig } from './config.js';

export interface TrainingSet {
  readonly dataset: Dataset;
  /** Indices of the chosen images in the data set, ascending. */
  readonly images: readonly number[];
  /** The label of the head's class 0, and the label of its class 1. */
  readonly classes: readonly [number, number];
  /** SHA-256 of the whole data set. */
  readonly sha256: string;
}

/** The data set of the training images. Its pictures are resized and cropped as those of `data`. */
export const trainingSource = ({
  training: { count: _, ...source },
  data: { resize, crop },
}: InfluenceConfig): DataSource => ({
  ...source,
  resize,
  ...(crop === undefined ? {} : { crop }),
});

/** The folder of an image's class; undefined if the image is in none. */
const folderOf = (id: string): string | undefined =>
  id.includes('/') ? id.slice(0, id.indexOf('/')) : undefined;

/**
 * Throws a UserError if a test image has a label that the head does not know, or if its label is another class in
 * training.
 */
function checkTest(
  { data, training }: InfluenceConfig,
  test: Dataset,
  { dataset, images, classes }: TrainingSet,
): void {
  const folders = new Map(
    images.map((image) => {
      const { label, id } = dataset.entries[image]!;
      return [label, folderOf(id)];
    }),
  );
  for (const { id, label } of test.entries) {
    if (label === undefined) continue;
    if (!classes.includes(label))
      throw new UserError(
        `data: ${data.name}: label ${label} of ${shown(id)}, expected ${classes.join(' or ')}, the classes of training`,
      );
    const [there, here] = [folders.get(label), folderOf(id)];
    if (there !== undefined && here !== undefined && there !== here)
      throw new UserError(
        `data: ${data.name}: label ${label} is ${shown(here)} in ${test.location}, but ${shown(there)} in training (${training.name}); expected class folders of the same names`,
      );
  }
}

/**
 * Opens the training images of a config.
 * @param test the data set whose images are attacked
 * Throws a UserError if they are missing, have no labels, are not of two classes, or are fewer than are compared.
 */
export async function openTraining(
  config: InfluenceConfig,
  test: Dataset,
  dataRoot: string,
): Promise<TrainingSet> {
  const { training, seed } = config;
  const dataset = await openDataset(trainingSource(config), dataRoot);
  const { entries, location, unclear } = dataset;
  if (unclear !== undefined) throw new UserError(`training: ${training.name}: ${unclear}`);
  const order = permutation(entries.length, keyedRandom(seed, training.name, 'training choice'));
  const images = order
    .slice(0, training.count === 'max' ? undefined : training.count)
    .sort((a, b) => a - b);
  const labels = [...new Set(images.map((image) => entries[image]!.label))];
  if (labels.includes(undefined))
    throw new UserError(
      `training: ${training.name}: pictures in ${location} have no labels; expected a labels.csv or two class folders`,
    );
  if (labels.length !== 2)
    throw new UserError(
      `training: ${training.name}: ${images.length} ${images.length === 1 ? 'image' : 'images'} of ${labels.length} ${labels.length === 1 ? 'class' : 'classes'} in ${location}, expected two classes`,
    );
  if (images.length < COMPARED)
    throw new UserError(
      `training: ${training.name}: ${images.length} images of ${location}, expected at least ${COMPARED}, as many as are compared`,
    );
  const [a, b] = labels as [number, number];
  const classes = [Math.min(a, b), Math.max(a, b)] as const;
  const set: TrainingSet = { dataset, images, classes, sha256: await fingerprint(dataset) };
  checkTest(config, test, set);
  return set;
}
