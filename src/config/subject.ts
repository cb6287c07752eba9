// The fields that configs of all experiments share: name, seed, model, engine and output folder, and of experiments on
// images the data set.
import { z } from 'zod';
import type { Resize, Resizing } from '../data/resize.js';
import type { Wish } from '../engine/choice.js';
import type { Form, Origin } from './file.js';
import { type Fields, file, name, named, seed, strict, whole, without } from './forms.js';
import {
  type ModelConfig,
  modelFileOf,
  type NamedModel,
  type ResolvedModel,
  withWeights,
} from './model.js';

/** The fields that configs of all experiments share, with every default filled in. */
export interface CommonConfig {
  readonly name: string;
  readonly seed: number;
  readonly model: ModelConfig;
  readonly engine: Wish & { readonly workers?: number; readonly batch?: number };
  readonly output: string;
}

/** The images of an experiment. */
export interface DataConfig {
  readonly name: string;
  readonly path?: string;
  readonly split?: 'train' | 'test';
  readonly count: number | 'max';
  /** Whether only images that the network classifies correctly are used. */
  readonly correct: boolean;
  /** How pictures are scaled before they are cropped, in pixels. */
  readonly resize: Resize;
  /** Side of the center crop, in pixels; absent: the network's input size. */
  readonly crop?: number;
}

/** The fields that configs of experiments on images share. */
export interface ImageConfig extends CommonConfig {
  readonly data: DataConfig;
}

/** The longest side that pictures are scaled or cropped to. */
const LONGEST = 4096;

const imageFields = {
  count: z
    .union([whole(1), z.literal('max')], { error: 'expected a whole number from 1, or max' })
    .optional(),
  correct: z.boolean().optional(),
  pairs: whole(1).optional(),
  resize: z
    .union([whole(1).max(LONGEST), z.literal('none')], {
      error: `expected a whole number from 1 to ${LONGEST}, or none`,
    })
    .optional(),
  crop: whole(1).max(LONGEST).optional(),
};
const split = { split: z.enum(['train', 'test']).optional() };

/** The fields of each data set. */
export const dataFields: Fields = {
  imagenet: imageFields,
  'cifar-10': { ...imageFields, ...split },
  flowers: { ...imageFields, ...split },
  embedded: imageFields,
  folder: { path: file, ...imageFields },
  picture: { path: file, ...imageFields },
};

/** Whether a data set has the splits `train` and `test`. */
export const hasSplits = (dataset: string): boolean =>
  Object.hasOwn(dataFields, dataset) && 'split' in dataFields[dataset]!;

const workers = { workers: whole(1).optional(), batch: whole(1).max(512).optional() };

/** The fields of each engine. */
export const engineFields: Fields = {
  auto: workers,
  onnx: { device: z.enum(['cpu', 'webgpu', 'cuda']).optional(), ...workers },
  tfjs: workers,
};

/** Fields of all experiments, before and after those of a task. */
export const opening = { seed, model: named(withWeights) };
export const closing = { engine: named(engineFields).optional(), output: file.optional() };

/** The data set of an experiment on single images. */
export const imageData = named(without(dataFields, 'pairs'));

/** Fields that may be a plain word, short for `{ name: word }`, and the words. */
export const subjectWords = {
  model: { names: Object.keys(withWeights), short: modelFileOf },
  data: { names: Object.keys(dataFields) },
  engine: { names: Object.keys(engineFields) },
};

/** The fields that all experiments share, as the config gives them. They fit the form of the config. */
export interface Given {
  readonly name: string;
  readonly model: NamedModel;
  readonly seed?: number | undefined;
  readonly engine?: unknown;
  readonly output?: string | undefined;
}

/** Fills in every default of the fields that all experiments share. */
export const resolveCommon = (given: Given, { model }: ResolvedModel): CommonConfig => ({
  name: given.name,
  seed: given.seed ?? 1,
  model,
  engine: (given.engine ?? { name: 'auto' }) as CommonConfig['engine'],
  output: given.output ?? `results/${given.name}`,
});

/**
 * Fills in how pictures are brought to size: as the network's publisher does, unless a config says otherwise.
 * Throws a UserError for a crop that is larger than every picture it is cropped out of.
 */
export function resolveResizing(
  { resize, crop }: Resizing,
  { model, defaults }: ResolvedModel,
  origin: Origin,
): { readonly resize: Resize; readonly crop?: number } {
  const { height, width } = model.input;
  const published = defaults.resize;
  // pictures that the network takes as they are need no crop
  const scaled =
    resize ??
    (crop !== undefined && typeof published === 'object' ? published.shortSide : published);
  const side = crop ?? Math.max(height, width);
  if (typeof scaled === 'number' && scaled < side)
    throw crop === undefined
      ? origin.mistake(
          ['data', 'resize'],
          `${scaled}, expected at least ${side}, the side of the crop`,
        )
      : origin.mistake(
          ['data', 'crop'],
          `${crop}, expected at most ${scaled}, the short side of pictures as they are scaled (data.resize)`,
        );
  return { resize: scaled, ...(crop === undefined ? {} : { crop }) };
}

/**
 * Fills in every default of a data set. A number of pairs is the number of images, since every image is the first of a
 * pair.
 */
export function resolveData(given: unknown, resolved: ResolvedModel, origin: Origin): DataConfig {
  const {
    name: dataset,
    pairs,
    ...data
  } = given as Partial<DataConfig> & {
    readonly name: string;
    readonly pairs?: number;
  };
  return {
    name: dataset,
    count: pairs ?? 'max',
    correct: true,
    ...(hasSplits(dataset) ? { split: 'test' as const } : {}),
    ...data,
    ...resolveResizing(data, resolved, origin),
  };
}

/** Fills in every default of a config of a model and images. */
export const resolveImages = (
  given: Given & { readonly data?: unknown },
  resolved: ResolvedModel,
  origin: Origin,
): ImageConfig => ({
  ...resolveCommon(given, resolved),
  data: resolveData(given.data, resolved, origin),
});

/** A config of a model and images alone. */
export const images = {
  form: {
    schema: strict({ name, ...opening, data: imageData, ...closing }),
    words: subjectWords,
    lists: [],
  } satisfies Form,
  resolve: resolveImages,
};
