// The accuracy of a network on a data set.
import type { ImageConfig } from '../config/subject.js';
import { dataRootOf } from '../data/dataset.js';
import { chooseEngine } from '../engine/choose.js';
import { UserError } from '../errors.js';
import { note } from '../note.js';
import { startProgress } from '../progress.js';
import { openImages, openSubject, requireClasses } from '../subject/subject.js';
import { openCrew, workerCount } from './crew.js';
import type { RunOptions } from './phases.js';

export interface Accuracy {
  /** Images that were classified, and images that cannot be read. */
  readonly images: number;
  readonly unreadable: number;
  /** Fractions of images whose label is the network's first class, or among its first five. */
  readonly top1: number;
  readonly top5: number;
}

/**
 * Classifies the first `limit` images (default all) of a config's data set.
 * Throws a UserError if images have no labels.
 */
export async function evaluate(
  config: ImageConfig,
  limit: number | undefined,
  options: RunOptions,
): Promise<Accuracy> {
  const subject = await openSubject(config, dataRootOf(options.data));
  const dataset = await openImages(config, subject);
  requireClasses(config, dataset, subject.network.network);
  const images = dataset.entries.slice(0, limit);
  if (images.some(({ label }) => label === undefined))
    throw new UserError(
      `${dataset.location}: pictures without labels; expected a labels.csv or class folders`,
    );
  if (dataset.note !== undefined) note(dataset.note);
  const choice = await chooseEngine(config.engine);
  const crew = await openCrew(
    workerCount(config, options, choice),
    {
      config: { ...config, task: 'evaluate' },
      dataRoot: subject.dataRoot,
      engine: choice,
      most: images.length,
    },
    options,
    { onNote: note },
  );
  const progress = startProgress(images.length, 'images', { quiet: options.quiet ?? false });
  let top1 = 0;
  let top5 = 0;
  let unreadable = 0;
  try {
    await crew.spread(images.length, async (worker, batch, ahead) => {
      const predictions = await worker.compute({ kind: 'predict', images: batch, ahead });
      predictions.forEach((prediction, i) => {
        if ('failure' in prediction) {
          note(prediction.failure);
          unreadable++;
          return;
        }
        const { label } = images[batch[i]!]!;
        if (prediction.label === label) top1++;
        if (prediction.top5.includes(label!)) top5++;
      });
      progress.advance(batch.length);
    });
  } finally {
    crew.stop();
    progress.stop();
  }
  const classified = images.length - unreadable;
  return { images: classified, unreadable, top1: top1 / classified, top5: top5 / classified };
}
