// The items of a config: one table entry per model, data set, explanation method, attack and engine, and the messages
// for what may not stand in them.
import { z } from 'zod';
import { nearest } from '../../config/nearest.js';
import { presetNames, semanticsFields } from '../../config/semantics.js';
import type { models } from '../../model/index.js';
import type { AttackItem, MethodItem, WrappedItem } from './config.js';

/** An object that accepts the keys of its shape and no others, and says so. */
export const strict = <S extends z.ZodRawShape>(shape: S) =>
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

export const whole = (least: number) => z.int().min(least);
export const file = z.string().min(1, { error: 'expected the name of a file or folder' });
// a line of results.csv is a row, so what stands in one has no line breaks
const id = z
  .string()
  .min(1, { error: 'expected at least one character' })
  .refine((v) => !/\p{Cc}/u.test(v), { error: 'expected no line breaks or control characters' });

export const surrogate = z.union([z.literal('none'), strict({ beta: z.number().positive() })], {
  error: 'expected none or { beta: number above 0 }',
});
const selection = z.enum(['dissimilarity', 'intersection', 'correlation', 'center']);
export const selections = z
  .union([selection, z.array(selection).min(1)], {
    error: `expected one of ${selection.options.join(', ')}, or a list of them`,
  })
  .refine((v) => !Array.isArray(v) || new Set(v).size === v.length, {
    error: 'expected each rule once',
  });
export const evaluate = strict({ every: whole(1) });

/** One of a field's values, or a list of them where the field is one. */
const choice = ({ values, paper }: { values: readonly (string | number)[]; paper: unknown }) =>
  Array.isArray(paper) ? z.array(z.literal(values)) : z.literal(values);
/** A preset, or one whose fields are changed. */
export const semantics = strict({
  name: z.enum(presetNames).optional(),
  ...Object.fromEntries(
    Object.entries(semanticsFields).map(([field, form]) => [field, choice(form).optional()]),
  ),
});

type Fields = Readonly<Record<string, z.ZodRawShape>>;

/** Items of one kind, told apart by their names. */
export function named<F extends Fields>(table: F) {
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
export const modelFields: Record<keyof typeof models, z.ZodRawShape> = {
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
export const withWeights = Object.fromEntries(
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
export const dataFields: Fields = {
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
const wrappable: Record<WrappedItem['name'], z.ZodRawShape> = {
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
export const methodFields: Record<MethodItem['name'], z.ZodRawShape> = {
  ...wrappable,
  smoothgrad: {
    ...anyMethod,
    of: wrapped.optional(),
    samples: whole(1).optional(),
    noise: z.number().positive().optional(),
    direction: strict({ steps: whole(1) }).optional(),
  },
};

const anyAttack = {
  id: id.optional(),
  explain: z
    .union([id, z.array(id).min(1)], { error: 'expected an id of explain, or a list of them' })
    .optional(),
  quantise: z.boolean().optional(),
};
const iterative = {
  ...anyAttack,
  iterations: whole(1).optional(),
  step: z.number().positive().max(255).optional(),
  evaluate: evaluate.optional(),
  select: selections.optional(),
};
export const attackFields: Record<AttackItem['name'], z.ZodRawShape> = {
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
export const influenceAttackFields: Fields = {
  'random-sign': { id: id.optional() },
  'influence-sign': { id: id.optional() },
};

/** The fields of data sets less some of them. */
export const dataFieldsWithout = (...left: readonly string[]): Fields =>
  Object.fromEntries(
    Object.entries(dataFields).map(([name, shape]) => [
      name,
      Object.fromEntries(Object.entries(shape).filter(([field]) => !left.includes(field))),
    ]),
  );
/** Data sets a head is fitted to; how their pictures are brought to size, `data` says. */
export const headDataFields = dataFieldsWithout('correct', 'pairs', 'resize', 'crop');

export const engineFields: Fields = {
  auto: workers,
  onnx: { device: z.enum(['cpu', 'webgpu', 'cuda']).optional(), ...workers },
  tfjs: workers,
};

export const optimizerFields: Fields = {
  adam: {
    rate: z.number().positive().optional(),
    schedule: z.enum(['cosine']).optional(),
  },
};
