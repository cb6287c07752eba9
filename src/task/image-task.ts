// Shared by tasks on images: their units, and the columns of a row that describe its image.

import type { ImageConfig } from '../config/subject.js';
import type { Dataset, ImageEntry } from '../data/dataset.js';
import { modelName } from '../record/model-name.js';
import { candidateOrder, imagesAtMost } from '../subject/candidates.js';
import type { Screened } from './task.js';

/** The images of a config, as screened units. */
export const screened = (config: ImageConfig, dataset: Dataset): Screened => ({
  kind: 'images',
  dataset,
  name: config.data.name,
  candidates: candidateOrder(config, dataset.entries.length),
  count: imagesAtMost(config, dataset),
  screens: config.data.correct,
  asked: config.data.count,
  accept: (image, { label }) => !config.data.correct || dataset.entries[image]!.label === label,
});

/**
 * The columns of every row: its experiment, its image, and the class that the network predicts for the image, undefined
 * for an image that cannot be read.
 */
export const imageColumns = (
  { name, model, data, seed }: ImageConfig,
  { id, label }: ImageEntry,
  prediction: number | undefined,
) => ({
  experiment: name,
  model: modelName(model),
  dataset: data.name,
  image: id,
  label,
  prediction,
  seed,
});
