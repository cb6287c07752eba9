// What training needs to go on: the parameters, the moments of its optimizer, the running statistics of its
// batch norms and how far it is, in one safetensors file that is replaced as a whole.
import { UserError } from '../errors.js';
import type { Network } from '../model/index.js';
import { readSafetensors, type WeightTensor, writeSafetensors } from '../weights/safetensors.js';
import type { Moments } from './adam.js';
import { statistics, trainable } from './step.js';
import type { TrainingState } from './trainer.js';

export interface Checkpoint {
  readonly state: TrainingState;
  /** The mean of the network's preprocessing, in its own units. */
  readonly mean: WeightTensor;
}

const MEAN = 'mean';

/** The names of the moments beside the parameters' own. */
const momentNames = (name: string) =>
  ({ first: `adam.first.${name}`, second: `adam.second.${name}` }) as const;

/** Writes a checkpoint; `hash` identifies the training it belongs to. */
export async function writeCheckpoint(
  file: string,
  network: Network,
  { state, mean }: Checkpoint,
  hash: string,
): Promise<void> {
  const tensors = new Map<string, WeightTensor>();
  for (const [name, shape] of trainable(network)) {
    const { first, second } = state.moments.get(name)!;
    const at = momentNames(name);
    tensors.set(name, { shape, data: state.parameters.get(name)! });
    tensors.set(at.first, { shape, data: first });
    tensors.set(at.second, { shape, data: second });
  }
  for (const [name, shape] of statistics(network))
    tensors.set(name, { shape, data: state.statistics.get(name)! });
  tensors.set(MEAN, mean);
  await writeSafetensors(file, tensors, {
    network: network.name,
    step: String(state.step),
    training: hash,
  });
}

/**
 * Reads a checkpoint. Throws a UserError when it is not one, or belongs to another network or training.
 */
export async function readCheckpoint(
  file: string,
  network: Network,
  hash: string,
): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(file);
  const step = Number(metadata.step);
  if (metadata.training === undefined || !Number.isInteger(step))
    throw new UserError(`${file}: not a checkpoint of a training; use --fresh to begin again`);
  if (metadata.training !== hash)
    throw new UserError(
      `${file}: a checkpoint of another training (${metadata.network}), expected one of this config; use --fresh to begin again or --out for another folder`,
    );
  const of = (key: string, shape: readonly number[]) => {
    const tensor = tensors.get(key);
    if (tensor?.shape.join() !== shape.join())
      throw new UserError(
        `${file}: a checkpoint of another network: ${key} has shape [${tensor?.shape ?? ''}], expected [${shape}]`,
      );
    return tensor.data;
  };
  const parameters = new Map<string, Float32Array>();
  const moments = new Map<string, Moments>();
  for (const [name, shape] of trainable(network)) {
    const at = momentNames(name);
    parameters.set(name, of(name, shape));
    moments.set(name, { first: of(at.first, shape), second: of(at.second, shape) });
  }
  const running = new Map(
    [...statistics(network)].map(([name, shape]) => [name, of(name, shape)] as const),
  );
  const mean = tensors.get(MEAN);
  if (mean === undefined)
    throw new UserError(`${file}: not a checkpoint: tensor ${MEAN} is missing`);
  return { state: { parameters, moments, statistics: running, step }, mean };
}
