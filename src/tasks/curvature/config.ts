// A config of the curvature of level sets: the β of the softplus networks, and walks on the level sets.
import { z } from 'zod';
import type { Form, Origin } from '../../config/file.js';
import { listOf, name, strict } from '../../config/forms.js';
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

/** A walk on the level set of each image, in units of the network's input. */
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
};

/**
 * Fills in every default of a config. β is the network's own where it has softplus.
 * Throws a UserError without a β for a network of ReLUs, and for a step longer than the walk.
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
      `missing, expected a number above 0, or a list of such numbers, since ${model.model.name} has ReLUs`,
    );
  const { length = 1, step = Math.min(0.1, length) } = given.paths ?? {};
  if (step > length)
    throw origin.mistake(
      ['paths', 'step'],
      `${step}, expected at most ${length}, the length of the walk`,
    );
  return {
    ...resolveImages(given, model, origin),
    task: 'curvature',
    beta: listOf(beta),
    ...(given.pools ? { pools: true } : {}),
    ...(given.paths === undefined ? {} : { paths: { length, step } }),
  };
}
