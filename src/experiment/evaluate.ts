// The accuracy of a network on a data set.
import { dataRootOf } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { Config } from './config.js';
import { Worker } from './pool.js';
import { startProgress } from './progress.js';
import { openMaterials, type RunOptions, workerCount } from './run.js';

export interface Accuracy {
  readonly images: number;
  /** Fractions of images whose label is the network's first class, or among its first five. */
  readonly top1: number;
  readonly top5: number;
}

/**
 * Classifies the first `limit` images (default all) of a config's data set.
 * Throws a UserError when the images have no labels.
 */
export async function evaluate(
  config: Config,
  limit: number | undefined,
  options: RunOptions,
): Promise<Accuracy> {
  const { dataset } = await openMaterials(config, options.data);
  const images = dataset.entries.slice(0, limit);
  if (images.some(({ label }) => label === undefined))
    throw new UserError(
      `${dataset.location}: pictures without labels; expected a labels.csv or class folders`,
    );
  const setup = { config, dataRoot: dataRootOf(options.data) };
  const progress = startProgress(images.length, 'images', { quiet: options.quiet ?? false });
  const workers = Array.from(
    { length: workerCount(config, options) },
    () => new Worker(setup, () => {}),
  );
  let next = 0;
  let top1 = 0;
  let top5 = 0;
  try {
    await Promise.all(
      workers.map(async (worker) => {
        while (next < images.length) {
          const image = next++;
          const answer = await worker.compute({ kind: 'predict', image });
          if (answer.kind !== 'predicted')
            throw new Error(`a worker answered ${answer.kind} when asked to predict`);
          const { label } = images[image]!;
          if (answer.prediction.label === label) top1++;
          if (answer.prediction.top5.includes(label!)) top5++;
          progress.advance(1);
        }
      }),
    );
  } finally {
    for (const worker of workers) worker.stop();
    progress.stop();
  }
  return { images: images.length, top1: top1 / images.length, top5: top5 / images.length };
}
