// The accuracy of a network on a data set.
import { dataRootOf } from '../data/dataset.js';
import { chooseEngine } from '../engine/choose.js';
import { UserError } from '../errors.js';
import { startProgress } from '../progress.js';
import type { Config } from '../tasks/attack/config.js';
import { openWorkers } from './pool.js';
import { checkLabels, openMaterials, type RunOptions, workerCount } from './run.js';

export interface Accuracy {
  readonly images: number;
  /** Fractions of images whose label is the network's first class, or among its first five. */
  readonly top1: number;
  readonly top5: number;
}

const upTo = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/**
 * Classifies the first `limit` images (default all) of a config's data set.
 * Throws a UserError when the images have no labels.
 */
export async function evaluate(
  config: Config,
  limit: number | undefined,
  options: RunOptions,
): Promise<Accuracy> {
  const { dataset, network } = await openMaterials(config, options.data);
  const images = dataset.entries.slice(0, limit);
  if (images.some(({ label }) => label === undefined))
    throw new UserError(
      `${dataset.location}: pictures without labels; expected a labels.csv or class folders`,
    );
  checkLabels(config, dataset, network.network);
  const engine = await chooseEngine(config.engine);
  const { workers, ready } = await openWorkers(
    workerCount(config, options, engine),
    { config, dataRoot: dataRootOf(options.data), engine },
    { onNote: (text) => process.stderr.write(`${text}\n`) },
  );
  const progress = startProgress(images.length, 'images', { quiet: options.quiet ?? false });
  let next = 0;
  let top1 = 0;
  let top5 = 0;
  try {
    await Promise.all(
      workers.map(async (worker) => {
        while (next < images.length) {
          const batch = upTo(next, Math.min(next + ready.images, images.length));
          next += batch.length;
          const ahead = upTo(next, Math.min(next + ready.images, images.length));
          const answer = await worker.compute({ kind: 'predict', images: batch, ahead });
          if (answer.kind !== 'predicted')
            throw new Error(`a worker answered ${answer.kind} when asked to predict`);
          answer.predictions.forEach((prediction, i) => {
            const { label } = images[batch[i]!]!;
            if (prediction.label === label) top1++;
            if (prediction.top5.includes(label!)) top5++;
          });
          progress.advance(batch.length);
        }
      }),
    );
  } finally {
    for (const worker of workers) worker.stop();
    progress.stop();
  }
  return { images: images.length, top1: top1 / images.length, top5: top5 / images.length };
}
