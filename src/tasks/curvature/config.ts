// A config of the curvature of level sets: the β of the softplus networks, paths on the level sets, and an attack to
// compare with.

import { z } from 'zod';
import type { Form, Origin } from '../../config/file.js';
import { listOf, name, strict, whole } from '../../config/forms.js';
import type { ResolvedModel } from '../../config/model.js';
import {
  closing,
  type Given,
  type ImageConfig,
  imageData,
  opening,
  resolveImages,
  subjectWords,
} from '../../config/subject.js';
import { isSmooth } from '../../model/index.js';
import { modelName } from '../../record/model-name.js';

/** The attack top-k on the gradient map of each image, by steps along signs. */
export interface TopKAttack {
  /** Largest change of a pixel, size of a step, both in gray levels, and steps. */
  readonly epsilon: number;
  readonly step: number;
  readonly iterations: number;
  /** Pixels that the map is to lose. */
  readonly k: number;
  /** β of the softplus that directions are taken on; absent: the network's own nonlinearity. */
  readonly beta?: number;
}

/** A path on the level set of each image, in units of the network's input. */
export interface Paths {
  readonly length: number;
  /** The longest step. */
  readonly step: number;
}

export interface CurvatureConfig extends ImageConfig {
  readonly task: 'curvature';
  /** The β of softplus, in the order of rows. */
  readonly beta: readonly number[];
  /** Smooth max-pools too; absent: max-pools stay. */
  readonly pools?: true;
  readonly paths?: Paths;
  readonly attack?: TopKAttack;
}

const positive = z.number().positive();
const betas = z
  .array(positive)
  .min(1)
  .refine((v) => new Set(v).size === v.length, { error: 'expected each β once' });

export const curvatureForm = {
  schema: strict({
    name,
    task: z.literal('curvature'),
    ...opening,
    data: imageData,
    beta: z
      .union([positive, betas], { error: 'expected a number above 0, or a list of such numbers' })
      .optional(),
    pools: z.boolean().optional(),
    paths: strict({ length: positive.optional(), step: positive.optional() }).optional(),
    attack: strict({
      epsilon: positive.max(255).optional(),
      step: positive.optional(),
      iterations: whole(1).optional(),
      k: whole(1).optional(),
    }).optional(),
    ...closing,
  }),
  words: subjectWords,
  lists: [],
} satisfies Form;

/** A config as it is written, with checked fields. */
type GivenConfig = Given & {
  readonly data?: unknown;
  readonly beta?: number | readonly number[];
  readonly pools?: boolean;
  readonly paths?: Partial<Paths>;
  readonly attack?: Partial<TopKAttack>;
};

/** Throws a UserError for a step longer than the path. */
function resolvePaths(
  { length = 1, step = Math.min(0.1, length) }: Partial<Paths>,
  origin: Origin,
): Paths {
  if (step > length)
    throw origin.mistake(
      ['paths', 'step'],
      `${step}, expected at most ${length}, the length of the path`,
    );
  return { length, step };
}

/** Throws a UserError for more pixels than a map has. */
function resolveTopK(
  given: Partial<TopKAttack>,
  { model: { input }, defaults }: ResolvedModel,
  origin: Origin,
): TopKAttack {
  const { epsilon = 4, step = 0.5, iterations = 300, k = defaults.k } = given;
  const pixels = input.height * input.width;
  if (k > pixels)
    throw origin.mistake(['attack', 'k'], `${k}, expected at most ${pixels}, the pixels of a map`);
  const beta = defaults.surrogateBeta;
  return { epsilon, step, iterations, k, ...(beta === undefined ? {} : { beta }) };
}

/**
 * Fills in every default of a config. β is the network's own where it has softplus.
 * Throws a UserError for the first mistake, such as no β for a network of ReLUs.
 */
export function resolveCurvature(
  given: GivenConfig,
  model: ResolvedModel,
  origin: Origin,
): CurvatureConfig {
  const { activation } = model;
  const beta = given.beta ?? (isSmooth(activation) ? activation.softplus : undefined);
  if (beta === undefined)
    throw origin.mistake(
      ['beta'],
      `missing, expected a number above 0, or a list of such numbers, since ${modelName(model.model)} has ReLUs`,
    );
  return {
    ...resolveImages(given, model, origin),
    task: 'curvature',
    beta: listOf(beta),
    ...(given.pools ? { pools: true } : {}),
    ...(given.paths === undefined ? {} : { paths: resolvePaths(given.paths, origin) }),
    ...(given.attack === undefined ? {} : { attack: resolveTopK(given.attack, model, origin) }),
  };
}
