// A config of `fragile train` with every default filled in.
import { z } from 'zod';
import { type Form, type Origin, readConfig } from '../../config/file.js';
import {
  type Fields,
  file,
  name,
  named,
  seed,
  strict,
  whole,
  without,
} from '../../config/forms.js';
import { type ModelConfig, modelFields, type ResolvedModel } from '../../config/model.js';
import { dataFields, type Given, resolveResizing, subjectWords } from '../../config/subject.js';
import { resolveChecked } from '../../config/values.js';
import type { DataSource } from '../../data/dataset.js';
import { PREPROCESSING_VERSION } from '../../data/resize.js';
import type { Activation } from '../../model/index.js';
import type { AnyConfig, Versions } from '../../record/identity.js';
import type { Augmentation } from '../../train/batches.js';
import type { Schedule } from '../../train/rate.js';

export interface TrainingConfig extends AnyConfig {
  readonly task: 'train';
  readonly name: string;
  readonly seed: number;
  readonly model: ModelConfig;
  readonly data: DataSource;
  /** Largest number of passes over the training images. */
  readonly epochs: number;
  readonly batch: number;
  readonly optimizer: {
    readonly name: 'adam';
    readonly rate: number;
    /** How the rate falls over all epochs; absent: it is constant. */
    readonly schedule?: Schedule;
  };
  readonly augment: readonly Augmentation[];
  readonly activation: Activation;
  /** Weights to start from; absent: He-normal ones. */
  readonly from?: string;
  /** Training ends after the first epoch with this test accuracy. */
  readonly stopAt?: { readonly accuracy: number };
  readonly output: string;
}

/** Raised when a training of the same config leaves other weights. */
const VERSION = 1;

const optimizerFields: Fields = {
  adam: {
    rate: z.number().positive().optional(),
    schedule: z.enum(['cosine']).optional(),
  },
};

export const trainForm = {
  schema: strict({
    name,
    seed,
    model: named(modelFields),
    data: named(without(dataFields, 'count', 'correct', 'pairs', 'split')),
    epochs: whole(1),
    batch: whole(1).optional(),
    optimizer: named(optimizerFields).optional(),
    augment: z.array(z.enum(['crop', 'flip'])).optional(),
    activation: z
      .union([z.literal('relu'), strict({ softplus: z.number().positive() })], {
        error: 'expected relu or { softplus: number above 0 }',
      })
      .optional(),
    from: file.optional(),
    stopAt: strict({ accuracy: z.number().positive().max(1) }).optional(),
    output: file.optional(),
  }),
  words: {
    model: subjectWords.model,
    data: subjectWords.data,
    optimizer: { names: Object.keys(optimizerFields) },
  },
  lists: [],
} satisfies Form;

/** A config as it is written, with checked fields. */
interface GivenConfig
  extends Given,
    Partial<Omit<TrainingConfig, keyof Given | 'model' | 'optimizer' | 'task'>> {
  readonly data: DataSource;
  readonly epochs: number;
  readonly optimizer?: Partial<TrainingConfig['optimizer']>;
}

/** Fills in every default of a config. */
export function resolveTraining(
  given: GivenConfig,
  resolved: ResolvedModel,
  origin: Origin,
): TrainingConfig {
  const { model, activation } = resolved;
  return {
    task: 'train',
    batch: 128,
    augment: [],
    activation,
    ...given,
    seed: given.seed ?? 1,
    output: given.output ?? `results/${given.name}`,
    model,
    data: { ...given.data, ...resolveResizing(given.data, resolved, origin) },
    optimizer: { rate: 1e-3, ...given.optimizer, name: 'adam' },
  };
}

/**
 * Reads a config of `fragile train`; `changes` are laid over it.
 * Throws a UserError of one line for the first mistake.
 */
export async function loadTrainingConfig(
  file: string,
  changes: readonly string[],
): Promise<TrainingConfig> {
  const { value, origin } = await readConfig(
    () => trainForm,
    file,
    changes,
    (given) =>
      'attack' in given || 'explain' in given || 'task' in given
        ? 'is an experiment: fragile run'
        : undefined,
  );
  return resolveChecked({ resolve: resolveTraining }, value, origin);
}

/**
 * Fields that the weights do not depend on. With a schedule the rate depends on `epochs`, so `stopAt` alone is left.
 */
export const freeOf = ({ optimizer }: TrainingConfig): readonly string[] =>
  optimizer.schedule === undefined ? ['epochs', 'stopAt'] : ['stopAt'];

/** The versions of the components that a training uses. */
export const trainingVersions: Versions = {
  'task train': VERSION,
  preprocessing: PREPROCESSING_VERSION,
};
