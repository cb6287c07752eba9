// A config of `fragile train` with every default filled in.
import { createHash } from 'node:crypto';
import { readConfig } from '../../config/file.js';
import { trainingSchema, trainingShorthands } from '../../config/json-schema.js';
import type { DataSource } from '../../data/dataset.js';
import type { Activation, ModelName, ModelOptions } from '../../model/index.js';
import type { Augmentation } from '../../train/batches.js';
import type { Schedule } from '../../train/rate.js';
import { canonical } from '../attack/config.js';

export interface TrainingConfig {
  readonly name: string;
  readonly seed: number;
  readonly model: { readonly name: ModelName } & ModelOptions;
  readonly data: DataSource;
  /** At most so many passes over the training images. */
  readonly epochs: number;
  readonly batch: number;
  readonly optimizer: {
    readonly name: 'adam';
    readonly rate: number;
    /** How the rate falls over all epochs; default not at all. */
    readonly schedule?: Schedule;
  };
  readonly augment: readonly Augmentation[];
  /** In place of the model's own nonlinearity. */
  readonly activation?: Activation;
  /** Weights to start from; default He-normal ones. */
  readonly from?: string;
  /** Training ends after the first epoch with this test accuracy. */
  readonly stopAt?: { readonly accuracy: number };
  readonly output: string;
}

const form = { schema: () => trainingSchema, shorthands: trainingShorthands, lists: [] };

/**
 * Reads a config of `fragile train`; `changes` are laid over it.
 * Throws a UserError of one line for the first mistake.
 */
export async function loadTrainingConfig(
  file: string,
  changes: readonly string[],
): Promise<TrainingConfig> {
  const { value } = await readConfig(form, file, changes);
  return {
    ...value,
    seed: value.seed ?? 1,
    batch: value.batch ?? 128,
    optimizer: { rate: 1e-3, ...value.optimizer, name: 'adam' },
    augment: value.augment ?? [],
    output: value.output ?? `results/${value.name}`,
  } as TrainingConfig;
}

/**
 * SHA-256 of what the trained weights depend on, in hexadecimal: all but where they go and when training ends. A
 * falling rate depends on how many epochs there will be.
 */
export function trainingHash(config: TrainingConfig): string {
  const { output: _, epochs, stopAt: __, ...rest } = config;
  const lasting = config.optimizer.schedule === undefined ? rest : { ...rest, epochs };
  return createHash('sha256').update(canonical(lasting)).digest('hex');
}
