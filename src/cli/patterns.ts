// fragile patterns

import { hasSplits } from '../config/subject.js';
import { learnPatterns } from '../subject/pattern-learning.js';
import { print } from './say.js';
import { status } from './status.js';
import { modelOnDataset } from './subject.js';

interface Options {
  readonly model: string;
  readonly dataset: string;
  readonly limit?: number;
  readonly out?: string;
  readonly set?: readonly string[];
  readonly data?: string;
  readonly workers?: number;
  readonly fresh?: true;
  readonly quiet?: true;
}

/** Learns the patterns of a network and prints their file. */
export async function patternsCommand({
  model,
  dataset,
  limit,
  out,
  set = [],
  ...options
}: Options): Promise<number> {
  const split = hasSplits(dataset) ? 'train' : undefined;
  const config = await modelOnDataset(model, dataset, set, split);
  const { file, images } = await learnPatterns(config, { limit, out, ...options });
  print(`${file}\nimages: ${images}\n`);
  return status.done;
}
