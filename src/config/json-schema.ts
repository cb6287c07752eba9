// The form of a config: which fields each task has, and its JSON Schema; a plain word is short for `{ name: word }`.
import { z } from 'zod';
import {
  attackFields,
  dataFields,
  dataFieldsWithout,
  engineFields,
  evaluate,
  file,
  headDataFields,
  influenceAttackFields,
  methodFields,
  modelFields,
  named,
  optimizerFields,
  selections,
  semantics,
  strict,
  surrogate,
  whole,
  withWeights,
} from '../tasks/attack/fields.js';
import { presetNames } from './semantics.js';

/** Fields whose items may be written as a plain word, and whether they are lists. */
export const shorthands = {
  model: false,
  data: false,
  training: false,
  explain: true,
  attack: true,
  semantics: false,
  engine: false,
} as const;

/** Names of explanation methods. */
export const methodNames: readonly string[] = Object.keys(methodFields);

/** Names that each of those fields accepts. */
export const names: Readonly<Record<string, readonly string[]>> = {
  model: Object.keys(modelFields),
  data: Object.keys(dataFields),
  training: Object.keys(headDataFields),
  explain: methodNames,
  attack: Object.keys(attackFields),
  semantics: presetNames,
  influenceAttack: Object.keys(influenceAttackFields),
  engine: Object.keys(engineFields),
  optimizer: Object.keys(optimizerFields),
};

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
  error: 'expected letters, digits, dots, dashes and underscores',
});
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
  .optional();

/** What configs of all tasks have, before and after what is their own. */
const subject = {
  seed,
  model: named(withWeights),
  data: named(dataFieldsWithout('pairs')),
};
const execution = { engine: named(engineFields).optional(), output: file.optional() };

/** A config of the angles between gradients and directions of largest curvature. */
export const anglesSchema = strict({
  name,
  task: z.literal('angles'),
  ...subject,
  ...execution,
});

const epsilons = z
  .array(z.number().positive().max(255), {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'expected a number or a list of numbers' : undefined,
  })
  .min(1)
  .refine((v) => new Set(v).size === v.length, { error: 'expected each ε once' });

/** A config of attacks on influence functions. */
export const influenceSchema = strict({
  name,
  task: z.literal('influence'),
  ...subject,
  training: named(headDataFields).optional(),
  influence: strict({
    loss: z.enum(['cross-entropy', 'squared']).optional(),
    reduction: z.enum(['mean', 'sum']).optional(),
    regularisation: z.number().positive().optional(),
    damping: z.number().min(0).optional(),
    sign: z.enum(['helpfulness', 'paper']).optional(),
    normalise: z.enum(['none', 'unit']).optional(),
    direction: z.enum(['image', 'features']).optional(),
    label: z.enum(['clean', 'current']).optional(),
  }).optional(),
  semantics: strict({ name: z.enum(presetNames) }).optional(),
  attack: z.array(named(influenceAttackFields)).min(1),
  epsilon: epsilons,
  save: strict({ images: whole(0).optional() }).optional(),
  ...execution,
});

/** The schemas of tasks that a config must name; others are of an attack. */
export const taskSchemas = { angles: anglesSchema, influence: influenceSchema } as const;

/** A config of an attack in which every plain word has been spelled out. */
export const configSchema = strict({
  name,
  task: z
    .literal('attack', {
      error: `expected one of ${['attack', ...Object.keys(taskSchemas)].join(', ')}`,
    })
    .optional(),
  ...subject,
  data: named(dataFields),
  explain: z.array(named(methodFields)).min(1),
  attack: z.array(named(attackFields)).min(1),
  epsilon: epsilons.optional(),
  surrogate: surrogate.optional(),
  select: selections.optional(),
  evaluate: evaluate.optional(),
  metrics: strict({ k: whole(1).optional() }).optional(),
  semantics: semantics.optional(),
  save: strict({ images: whole(0).optional(), trace: z.boolean().optional() }).optional(),
  ...execution,
});

export const trainingShorthands = { model: false, data: false, optimizer: false } as const;

/** A config of `fragile train` in which every plain word has been spelled out. */
export const trainingSchema = strict({
  name,
  seed,
  model: named(modelFields),
  data: named(dataFieldsWithout('count', 'correct', 'pairs', 'split')),
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
});

/** The JSON Schema of a config as people write it: items may be plain words, ε one number. */
function asWritten(
  schema: z.ZodObject,
  spelling: Readonly<Record<string, boolean>>,
  own: Readonly<Record<string, readonly string[]>> = {},
): object {
  const made = z.toJSONSchema(schema, { io: 'input' }) as { properties: Record<string, object> };
  const { $schema: _, ...rest } = made as typeof made & { $schema?: string };
  const properties = { ...made.properties };
  for (const [field, list] of Object.entries(spelling)) {
    const long = properties[field] as { items?: object } | undefined;
    if (long === undefined) continue;
    const item = { anyOf: [{ enum: own[field] ?? names[field] }, list ? long.items! : long] };
    properties[field] = list ? { anyOf: [item, { ...long, items: item }] } : item;
  }
  if (properties.epsilon !== undefined)
    properties.epsilon = {
      anyOf: [{ type: 'number', exclusiveMinimum: 0, maximum: 255 }, properties.epsilon],
    };
  return { ...rest, properties };
}

/** The JSON Schema of configs as people write them, for editors. */
export const jsonSchema = (): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'fragile experiment or training',
  anyOf: [
    asWritten(configSchema, shorthands),
    asWritten(anglesSchema, shorthands),
    asWritten(influenceSchema, shorthands, { attack: names.influenceAttack! }),
    asWritten(trainingSchema, trainingShorthands),
  ],
});
