// fragile evaluate
import { evaluate } from '../run/evaluate.js';
import { unread } from './outcome.js';
import { print } from './say.js';
import { status } from './status.js';
import { modelOnDataset } from './subject.js';

interface Options {
  readonly model: string;
  readonly dataset: string;
  readonly limit?: number;
  readonly set?: readonly string[];
  readonly data?: string;
  readonly workers?: number;
  readonly quiet?: true;
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;

/** Prints a network's accuracy on a data set. */
export async function evaluateCommand({
  model,
  dataset,
  limit,
  set = [],
  ...options
}: Options): Promise<number> {
  const config = await modelOnDataset(model, dataset, set);
  const { images, unreadable, top1, top5 } = await evaluate(config, limit, options);
  if (images > 0) print(`top-1: ${percent(top1)}\ntop-5: ${percent(top5)}\nimages: ${images}\n`);
  return unreadable === 0 ? status.done : unread(unreadable);
}
