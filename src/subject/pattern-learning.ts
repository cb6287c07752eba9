// Learns the patterns of a network from the images of a data set.

import path from 'node:path';
import type { ImageConfig } from '../config/subject.js';
import { usableCores } from '../cores.js';
import { dataRootOf } from '../data/dataset.js';
import { processor } from '../engine/choice.js';
import { openEngine } from '../engine/choose.js';
import { UserError } from '../errors.js';
import { patternName } from '../explain/index.js';
import { makeFolder } from '../folder.js';
import { startProgress } from '../progress.js';
import { modelName } from '../record/model-name.js';
import { checkNamed } from '../record/named.js';
import { imagesAtOnce, patternLearner } from '../train/patterns.js';
import { writeSafetensors } from '../weights/safetensors.js';
import { candidateOrder } from './candidates.js';
import { patternsFile } from './patterns.js';
import { openImages, openSubject } from './subject.js';

export interface LearningOptions {
  /** Largest number of images, drawn from the whole data set; default all. */
  readonly limit?: number | undefined;
  /** File to write; default the file that pattern attribution reads. */
  readonly out?: string | undefined;
  /** Data root; default $FRAGILE_DATA, else ./data. */
  readonly data?: string | undefined;
  /** Threads; default one per usable core. */
  readonly workers?: number | undefined;
  /** Replace a file that holds no patterns. */
  readonly fresh?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** Learns the patterns of a config's network from its data set and writes them. */
export async function learnPatterns(
  config: ImageConfig,
  { limit, out, data, workers, fresh = false, quiet = false }: LearningOptions,
): Promise<{ readonly file: string; readonly images: number }> {
  const subject = await openSubject(config, dataRootOf(data));
  const { dataRoot, network, weights } = subject;
  const dataset = await openImages(config, subject);
  const file = out ?? patternsFile(config.model, dataRoot);
  await checkNamed(file, { kind: 'patterns', fresh });
  await makeFolder(path.dirname(file));
  const images = candidateOrder(config, dataset.entries.length).slice(0, limit);
  const threads = workers ?? usableCores();
  const learner = patternLearner(await openEngine(processor, { threads }), network);
  const progress = startProgress(images.length, 'images', { quiet });
  try {
    const size = imagesAtOnce(network);
    for (let at = 0; at < images.length; at += size) {
      const group = images.slice(at, at + size);
      const x = new Float32Array(group.length * 3 * network.network.height * network.network.width);
      for (const [n, image] of group.entries()) {
        const one = await dataset.load(dataset.entries[image]!, network.network);
        x.set(one, n * one.length);
      }
      await learner.add(x, group.length);
      progress.advance(group.length);
    }
    const patterns = [...learner.patterns()];
    const odd = patterns.find(([, { data }]) => !data.every(Number.isFinite));
    if (odd !== undefined)
      throw new UserError(
        `${network.file}: not weights that patterns can be learned of: those of ${odd[0]} are not finite`,
      );
    await writeSafetensors(
      file,
      new Map(patterns.map(([layer, tensor]) => [patternName(layer), tensor])),
      {
        model: modelName(config.model),
        dataset: config.data.name,
        images: String(images.length),
        weights: weights.sha256,
      },
    );
  } finally {
    progress.stop();
    await learner.release();
  }
  return { file, images: images.length };
}
