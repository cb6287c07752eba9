// Learns the patterns of a network from the images of a data set.
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { processor } from '../engine/choice.js';
import { openEngine } from '../engine/choose.js';
import { patternName } from '../explain/index.js';
import { makeFolder } from '../folder.js';
import { startProgress } from '../progress.js';
import { openMaterials, type RunOptions } from '../run/run.js';
import type { Config } from '../tasks/attack/config.js';
import { candidateOrder } from '../tasks/attack/plan.js';
import { imagesAtOnce, patternLearner } from '../train/patterns.js';
import { writeSafetensors } from '../weights/safetensors.js';
import { patternsFile } from './patterns.js';

/** What was learned. */
export interface Learned {
  readonly file: string;
  readonly images: number;
}

/**
 * Learns the patterns of a config's network from its data set and writes them.
 * @param limit most images, taken from all over the set (default all)
 * @param out file to write; default where pattern attribution looks for them
 */
export async function learnPatterns(
  config: Config,
  limit: number | undefined,
  out: string | undefined,
  options: Pick<RunOptions, 'data' | 'workers' | 'quiet'>,
): Promise<Learned> {
  const { dataRoot, dataset, network, weights } = await openMaterials(config, options.data);
  const file = out ?? patternsFile(config.model, dataRoot);
  const images = candidateOrder(config, dataset.entries.length).slice(0, limit);
  const threads = options.workers ?? availableParallelism();
  const learner = patternLearner(await openEngine(processor, { threads }), network);
  const progress = startProgress(images.length, 'images', { quiet: options.quiet ?? false });
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
    await makeFolder(path.dirname(file));
    await writeSafetensors(
      file,
      new Map([...learner.patterns()].map(([layer, tensor]) => [patternName(layer), tensor])),
      {
        model: config.model.name,
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
