// The config of a command that is given a model and a data set instead of a file.
import { type ResolvedConfig, resolveConfig } from '../tasks/attack/config.js';

/**
 * A model on all images of a data set.
 * @param changes `field=value` pairs
 * @param split the part of the data set, where it has parts
 * Throws a UserError that names the option at fault.
 */
export const subjectOf = (
  model: string,
  dataset: string,
  changes: readonly string[] = [],
  split?: 'train',
): ResolvedConfig =>
  resolveConfig(
    {
      name: 'subject',
      model,
      data: { name: dataset, correct: false, ...(split === undefined ? {} : { split }) },
      explain: 'gradient',
      attack: 'random-sign',
      epsilon: 1,
    },
    changes,
    ([field]) => (field === 'data' ? '--dataset' : `--${field}`),
  );
