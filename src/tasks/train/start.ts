// The start of a training: its network, and the weights that its config names or random ones.
import type { Dataset } from '../../data/dataset.js';
import { UserError } from '../../errors.js';
import { bind, type Network, networkOf, parametersOf } from '../../model/index.js';
import { zeroMoments } from '../../train/adam.js';
import { meanImage } from '../../train/batches.js';
import type { Checkpoint } from '../../train/checkpoint.js';
import { initialValues } from '../../train/initial.js';
import { statistics, trainable } from '../../train/step.js';
import { readWeights } from '../../weights/read.js';
import type { WeightTensor } from '../../weights/safetensors.js';
import type { TrainingConfig } from './config.js';

/** The network of a config, with the config's nonlinearity. */
export const trainedNetwork = ({ model, activation }: TrainingConfig): Network => ({
  ...networkOf(model.name, model),
  activation,
});

/**
 * The mean of the preprocessing, in the network's own units: the network's own mean color, or the mean of the training
 * images.
 */
async function meanOf(network: Network, dataset: Dataset): Promise<WeightTensor> {
  const first = network.layers[0]!;
  if (first.kind !== 'preprocess') throw new Error(`${network.name} does not begin with its input`);
  if (!('parameter' in first.mean)) return { shape: [3], data: Float32Array.from(first.mean) };
  const { scale } = first;
  const mean = await meanImage(dataset, network);
  return { shape: first.shape, data: Float32Array.from(mean, (v) => v / scale) };
}

/**
 * The state of a training without a checkpoint: the weights that its config names, or random ones and the mean of its
 * images.
 * Throws a UserError if training cannot start from the file of weights.
 */
export async function startOf(
  { from, seed }: TrainingConfig,
  network: Network,
  dataset: Dataset,
): Promise<Checkpoint> {
  const names = [...trainable(network)];
  const seen = [...statistics(network)];
  const moments = new Map(
    names.map(([name, shape]) => [name, zeroMoments(shape.reduce((n, d) => n * d, 1))]),
  );
  if (from !== undefined) {
    const file = await readWeights(from);
    const { mean } = bind(network, file);
    const tensors = parametersOf(network, file);
    const absent = seen.find(([name]) => !tensors.has(name));
    if (absent !== undefined)
      throw new UserError(
        `from: ${from}: no tensor ${absent[0]}: its batch norms are already folded; training needs running_mean and running_var`,
      );
    const read = (of: typeof names) =>
      new Map(of.map(([name]) => [name, Float32Array.from(tensors.get(name)!.data)]));
    return { state: { parameters: read(names), moments, statistics: read(seen), step: 0 }, mean };
  }
  const first = (of: typeof names) =>
    new Map(of.map(([name, shape]) => [name, initialValues(seed, name, shape)]));
  return {
    state: { parameters: first(names), moments, statistics: first(seen), step: 0 },
    mean: await meanOf(network, dataset),
  };
}
