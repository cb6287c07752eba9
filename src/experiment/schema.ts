// The form of a config: what may stand in it, and the messages for what may not. One table entry per
// model, data set, explanation method and attack; a plain word is short for `{ name: word }`.
import { z } from 'zod';
import type { models } from '../model/index.js';
import { nearest } from './nearest.js';
import { presetNames, semanticsFields } from './semantics.js';

/** An object that accepts the keys of its shape and no others, and says so. */
const strict = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) => {
      const keys = Object.keys(shape);
      if (issue.code === 'invalid_type') return `expected fields: ${keys.join(', ')}`;
      if (issue.code !== 'unrecognized_keys') return undefined;
      const meant = nearest(issue.keys[0]!, keys);
      const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
      return `unknown key${hint}, expected one of ${keys.join(', ')}`;
    },
  });

const whole = (least: number) => z.int().min(least);
const file = z.string().min(1, { error: 'expected the name of a file or folder' });
// a line of results.csv is a row, so what stands in one has no line breaks
const id = z
  .string()
  .min(1, { error: 'expected at least one character' })
  .refine((v) => !/\p{Cc}/u.test(v), { error: 'expected no line breaks or control characters' });

const surrogate = z.union([z.literal('none'), strict({ beta: z.number().positive() })], {
  error: 'expected none or { beta: number above 0 }',
});
const selection = z.enum(['dissimilarity', 'intersection', 'correlation', 'center']);
const selections = z
  .union([selection, z.array(selection).min(1)], {
    error: `expected one of ${selection.options.join(', ')}, or a list of them`,
  })
  .refine((v) => !Array.isArray(v) || new Set(v).size === v.length, {
    error: 'expected each rule once',
  });
const evaluate = strict({ every: whole(1) });

/** One of a field's values, or a list of them where the field is one. */
const choice = ({ values, paper }: { values: readonly (string | number)[]; paper: unknown }) =>
  Array.isArray(paper) ? z.array(z.literal(values)) : z.literal(values);
/** A preset, or one whose fields are changed. */
const semantics = strict({
  name: z.enum(presetNames).optional(),
  ...Object.fromEntries(
    Object.entries(semanticsFields).map(([field, form]) => [field, choice(form).optional()]),
  ),
});

type Fields = Readonly<Record<string, z.ZodRawShape>>;

/** Items of one kind, told apart by their names. */
function named<F extends Fields>(table: F) {
  const names = Object.keys(table);
  const options = names.map((name) => strict({ name: z.literal(name), ...table[name] }));
  return z.discriminatedUnion('name', options as [(typeof options)[number]], {
    error: (issue) =>
      issue.code === 'invalid_union' || issue.code === 'invalid_type'
        ? `expected one of ${names.join(', ')}`
        : undefined,
  });
}

const pool = { pool: z.enum(['ceil', 'floor']).optional() };
const width = { width: z.number().positive().max(4).optional() };
const modelFields: Record<keyof typeof models, z.ZodRawShape> = {
  squeezenet1_0: pool,
  squeezenet1_1: pool,
  resnet18: {},
  vgg16: {},
  alexnet: {},
  densenet121: {},
  inception_v3: {},
  'cifar-cnn': width,
  'cifar-cnn-softplus': width,
  'resnet20-cifar10': {},
  'vgg16-cifar10': { ...width, batchNorm: z.boolean().optional() },
};
const withWeights = Object.fromEntries(
  Object.entries(modelFields).map(([name, shape]) => [
    name,
    { weights: file.optional(), ...shape },
  ]),
);

const images = {
  count: z
    .union([whole(1), z.literal('max')], { error: 'expected a whole number from 1, or max' })
    .optional(),
  correct: z.boolean().optional(),
  pairs: whole(1).optional(),
  resize: whole(1).optional(),
  crop: whole(1).optional(),
};
const split = { split: z.enum(['train', 'test']).optional() };
const dataFields: Fields = {
  imagenet: images,
  'cifar-10': { ...images, ...split },
  flowers: { ...images, ...split },
  embedded: images,
  folder: { path: file, ...images },
  picture: { path: file, ...images },
};

/** Whether a model's max-pools can be cut in two ways. */
export const hasPools = (model: keyof typeof models): boolean => 'pool' in modelFields[model];

/** Whether a data set has images to train on beside those to test on. */
export const hasSplits = (dataset: string): boolean =>
  Object.hasOwn(dataFields, dataset) && 'split' in dataFields[dataset]!;

const smooth = strict({ beta: z.number().positive() });
const anyMethod = {
  id: id.optional(),
  smooth: smooth.optional(),
  surrogate: surrogate.optional(),
};
const wrappable: Fields = {
  gradient: anyMethod,
  'gradient-x-input': anyMethod,
  'integrated-gradients': {
    ...anyMethod,
    steps: whole(1).optional(),
    direction: strict({ steps: whole(1) }).optional(),
  },
  'guided-backprop': { ...anyMethod, relevanceBeta: z.number().positive().optional() },
  'pattern-attribution': { ...anyMethod, patterns: file.optional() },
  lrp: anyMethod,
  'deep-taylor': anyMethod,
  deeplift: anyMethod,
};
/** A method that another one wraps: a plain word, or its fields without those of an item. */
const wrapped = z.union(
  [
    z.enum(Object.keys(wrappable) as [string]),
    named(
      Object.fromEntries(
        Object.entries(wrappable).map(([name, { id: _, smooth: __, surrogate: ___, ...own }]) => [
          name,
          own as z.ZodRawShape,
        ]),
      ),
    ),
  ],
  {
    error: `expected one of ${Object.keys(wrappable).join(', ')}, or its fields; id, smooth and surrogate stand beside it`,
  },
);
const methodFields: Fields = {
  ...wrappable,
  smoothgrad: {
    ...anyMethod,
    of: wrapped.optional(),
    samples: whole(1).optional(),
    noise: z.number().positive().optional(),
    direction: strict({ steps: whole(1) }).optional(),
  },
};

const anyAttack = { id: id.optional(), quantise: z.boolean().optional() };
const iterative = {
  ...anyAttack,
  iterations: whole(1).optional(),
  step: z.number().positive().max(255).optional(),
  evaluate: evaluate.optional(),
  select: selections.optional(),
};
const attackFields: Fields = {
  'random-sign': iterative,
  'top-k': { ...iterative, k: whole(1).optional() },
  'mass-center': iterative,
  'target-region': {
    ...iterative,
    box: z
      .tuple([whole(0), whole(0), whole(0), whole(0)], {
        error: 'expected [top, left, bottom, right] in pixels',
      })
      .optional(),
    mask: file.optional(),
    slic: strict({
      segments: whole(2),
      compactness: z.number().positive().optional(),
      pick: z.union([whole(0), z.record(z.string(), whole(0))], {
        error: 'expected the index of a region, from 0, or { image: index } for several images',
      }),
    }).optional(),
  },
  'match-target': {
    ...anyAttack,
    iterations: whole(1).optional(),
    evaluate: evaluate.optional(),
    rate: z.number().positive().optional(),
    weights: z
      .tuple([z.number().min(0), z.number().min(0)], {
        error: 'expected [weight of the map, weight of the output], numbers from 0',
      })
      .optional(),
    output: z.enum(['softmax', 'scores']).optional(),
    beta: z
      .union(
        [
          z.literal('none'),
          z.number().positive(),
          strict({ from: z.number().positive(), to: z.number().positive() }),
        ],
        { error: 'expected none, a number above 0, or { from: number, to: number }' },
      )
      .optional(),
    keep: z.enum(['last', 'best']).optional(),
    target: z
      .union([file, strict({ image: file })], {
        error: 'expected pairs, the file of a grey picture, or { image: FILE }',
      })
      .optional(),
    epsilon: z.number().positive().max(255).optional(),
  },
};

const workers = { workers: whole(1).optional(), batch: whole(1).max(512).optional() };
const influenceAttackFields: Fields = {
  'random-sign': { id: id.optional() },
  'influence-sign': { id: id.optional() },
};

/** The fields of data sets less some of them. */
const dataFieldsWithout = (...left: readonly string[]): Fields =>
  Object.fromEntries(
    Object.entries(dataFields).map(([name, shape]) => [
      name,
      Object.fromEntries(Object.entries(shape).filter(([field]) => !left.includes(field))),
    ]),
  );
/** Data sets a head is fitted to; how their pictures are brought to size, `data` says. */
const headDataFields = dataFieldsWithout('correct', 'pairs', 'resize', 'crop');

const engineFields: Fields = {
  auto: workers,
  onnx: { device: z.enum(['cpu', 'webgpu', 'cuda']).optional(), ...workers },
  tfjs: workers,
};

const optimizerFields: Fields = {
  adam: {
    rate: z.number().positive().optional(),
    schedule: z.enum(['cosine']).optional(),
  },
};

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
