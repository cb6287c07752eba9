// The model of a config: its form, and the properties of the network that an experiment needs before the weights are
// read.
import { z } from 'zod';
import {
  type Activation,
  defaultsOf,
  type ModelDefaults,
  type ModelOptions,
  models,
  networkFor,
  networkOf,
  optionsOf,
  type Preprocessing,
} from '../model/index.js';
import { modelName } from '../record/model-name.js';
import { readWeights } from '../weights/read.js';
import { type Fields, file } from './forms.js';
import {
  IMPORTED,
  type ImportedModel,
  importedFields,
  importOptions,
  resolveImported,
} from './imported-model.js';

/** Which model it is: one that comes with the program, or a file. */
export interface ModelChoice
  extends ModelOptions,
    Partial<Omit<ImportedModel, 'name' | 'input' | 'classes'>> {
  readonly name: string;
  /** File of its weights; by default the file is found by the model's name. */
  readonly weights?: string;
}

/** A model as a config names it. */
export interface NamedModel extends ModelChoice {
  /** How pixels become the input of a model file. */
  readonly input?: ImportedModel['input'] | undefined;
  /** A file of class names, one a line. */
  readonly classes?: string | undefined;
}

/** A model with every default filled in. */
export interface ModelConfig extends ModelChoice {
  /** The size of its input in pixels, and the preprocessing of pixels 0..255: (x/scale − mean)/std. */
  readonly input: { readonly height: number; readonly width: number } & Preprocessing;
  readonly classes: number;
  /** The file of their names, where the config gives one. */
  readonly names?: string;
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

/** The fields of each model in experiments, which may name a file of weights, and those of a model file. */
export const withWeights: Fields = {
  ...Object.fromEntries(
    Object.entries(modelFields).map(([name, shape]) => [
      name,
      { weights: file.optional(), classes: file.optional(), ...shape },
    ]),
  ),
  [IMPORTED]: importedFields,
};

/** The model that the name of a file stands for; undefined for other words. */
export const modelFileOf = (
  word: string,
): { readonly name: string; readonly file: string } | undefined =>
  /\.onnx$/i.test(word) ? { name: IMPORTED, file: word } : undefined;

/** A model that is a file; undefined for one that comes with the program. */
export const importedOf = (model: ModelChoice): ImportedModel | undefined =>
  model.name === IMPORTED ? (model as ImportedModel) : undefined;

export { importOptions, modelName };

/** Whether a model has the option `pool`, the rounding of its max-pools' output size. */
export const hasPools = (name: string): boolean => name !== IMPORTED && 'pool' in optionsOf(name);

/** The network of a model, with the classes of the weights that a config names; where these cannot be read is told later. */
async function networkGiven(name: string, options: ModelOptions & { readonly weights?: string }) {
  const { weights } = options;
  const file =
    weights === undefined ? undefined : await readWeights(weights).catch(() => undefined);
  return file === undefined ? networkOf(name, options) : networkFor(name, options, file);
}

/** Fills in every default of a model. */
export async function resolveModel(given: NamedModel): Promise<ResolvedModel> {
  const imported = importedOf(given);
  if (imported !== undefined) return resolveImported(imported);
  const { name, classes: names, input: _, ...chosen } = given;
  const options = { ...optionsOf(name), ...chosen };
  const { height, width, classes, layers, activation } = await networkGiven(name, options);
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
      ...(names === undefined ? {} : { names }),
    },
    defaults: { surrogateBeta, matchBeta, k, resize },
    activation,
  };
}
