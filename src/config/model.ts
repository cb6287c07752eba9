// The model of a config: its form, and the properties of the network that an experiment needs before the weights are
// read.
import { z } from 'zod';
import {
  type Activation,
  defaultsOf,
  type ModelDefaults,
  type ModelOptions,
  models,
  networkOf,
  optionsOf,
  type Preprocessing,
} from '../model/index.js';
import { type Fields, file } from './forms.js';

/** A model as a config names it. */
export interface NamedModel extends ModelOptions {
  readonly name: string;
  /** File of its weights; by default the file is found by the model's name. */
  readonly weights?: string;
}

/** A model with every default filled in. */
export interface ModelConfig extends NamedModel {
  /** The size of its input in pixels, and the preprocessing of pixels 0..255: (x/scale − mean)/std. */
  readonly input: { readonly height: number; readonly width: number } & Preprocessing;
  readonly classes: number;
}

/** A model, and the defaults of experiments on it. */
export interface ResolvedModel {
  readonly model: ModelConfig;
  readonly defaults: ModelDefaults;
  /** The network's own nonlinearity. */
  readonly activation: Activation;
}

const optionForms = {
  pool: z.enum(['ceil', 'floor']).optional(),
  width: z.number().positive().max(4).optional(),
  batchNorm: z.boolean().optional(),
} satisfies Record<keyof ModelOptions, z.ZodType>;

/** The fields of each model. */
export const modelFields: Fields = Object.fromEntries(
  Object.keys(models).map((name) => [
    name,
    Object.fromEntries(
      Object.keys(optionsOf(name)).map((option) => [
        option,
        optionForms[option as keyof ModelOptions],
      ]),
    ),
  ]),
);

/** The fields of each model in experiments, which may name a file of weights. */
export const withWeights: Fields = Object.fromEntries(
  Object.entries(modelFields).map(([name, shape]) => [
    name,
    { weights: file.optional(), ...shape },
  ]),
);

/** Whether a model has the option `pool`, the rounding of its max-pools' output size. */
export const hasPools = (name: string): boolean => 'pool' in optionsOf(name);

/** Fills in every default of a model. */
export async function resolveModel(given: NamedModel): Promise<ResolvedModel> {
  const { name, ...chosen } = given;
  const options = { ...optionsOf(name), ...chosen };
  const { height, width, classes, layers, activation } = networkOf(name, options);
  const first = layers[0]!;
  if (first.kind !== 'preprocess') throw new Error(`${name} does not begin with its input`);
  const { scale, mean, std } = first;
  const { surrogateBeta, matchBeta, k, resize } = defaultsOf(name);
  return {
    model: {
      name,
      ...options,
      input: { height, width, scale, mean, std },
      classes,
    },
    defaults: { surrogateBeta, matchBeta, k, resize },
    activation,
  };
}
