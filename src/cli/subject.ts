// The config of a command that is given a model and a data set instead of a file.
import { type ImageConfig, images } from '../config/subject.js';
import { resolveValues } from '../config/values.js';

/**
 * A model on all images of a data set.
 * @param changes `field=value` pairs
 * @param split the split of the data set, if it has splits
 * Throws a UserError that names the option at fault.
 */
export const modelOnDataset = (
  model: string,
  dataset: string,
  changes: readonly string[] = [],
  split?: 'train',
): Promise<ImageConfig> =>
  resolveValues(
    images,
    {
      name: 'subject',
      model,
      data: { name: dataset, correct: false, ...(split === undefined ? {} : { split }) },
    },
    changes,
    ([field]) => (field === 'data' ? '--dataset' : `--${field}`),
  );
