// A config of smoothing: explanations that match-target attacks without smoothing, and the β and the noise by which the
// attacked maps are smoothed afterwards.

import { z } from 'zod';
import {
  explainFields,
  explanationWords,
  type GivenExplanations,
  resolveExplanationConfig,
  surrogateForm,
} from '../../config/explanations.js';
import type { Form, Origin } from '../../config/file.js';
import {
  type Fields,
  file,
  listOf,
  name,
  named,
  strict,
  whole,
  without,
} from '../../config/forms.js';
import {
  type GivenMatchings,
  matchingsForm,
  matchingWords,
  resolveMatchings,
} from '../../config/matchings.js';
import { single } from '../../config/methods.js';
import type { ResolvedModel } from '../../config/model.js';
import { semanticsForm } from '../../config/semantics.js';
import { closing, dataFields, opening } from '../../config/subject.js';
import { modelName } from '../../record/model-name.js';
import type { ManipulationConfig } from '../../subject/manipulation.js';

/** The smoothings of maps. */
export interface Sweep {
  /** β of softplus, in the order of rows. */
  readonly beta: readonly number[];
  /** Standard deviations of SmoothGrad's noise, as parts of the range of the clean image, in the order of rows. */
  readonly noise: readonly number[];
  /** Noisy copies of a map. */
  readonly samples: number;
}

export interface SmoothingConfig extends ManipulationConfig {
  readonly task: 'smoothing';
  /** The folder of a run of attacks that kept the attacked images; absent: the attack is made. */
  readonly from?: string;
  readonly smoothing: Sweep;
  readonly save: { readonly images: number };
}

const numbers = (each: z.ZodNumber, what: string) =>
  z
    .union([each, z.array(each)], {
      error: `expected a number above 0, or a list of such numbers, each a ${what}`,
    })
    .refine((v) => !Array.isArray(v) || new Set(v).size === v.length, {
      error: `expected each ${what} once`,
    });

/** The methods that are smoothed: one at a time, and not smooth already. */
const methodFields: Fields = without(
  Object.fromEntries(Object.entries(explainFields).filter(([name]) => name in single)),
  'smooth',
);

export const smoothingForm = {
  schema: strict({
    name,
    task: z.literal('smoothing'),
    ...opening,
    data: named(dataFields),
    explain: z.array(named(methodFields)).min(1),
    attack: matchingsForm,
    from: file.optional(),
    smoothing: strict({
      beta: numbers(z.number().positive(), 'β').optional(),
      noise: numbers(z.number().positive(), 'noise').optional(),
      samples: whole(1).optional(),
    }).optional(),
    surrogate: surrogateForm.optional(),
    semantics: semanticsForm.optional(),
    save: strict({ images: whole(0).optional() }).optional(),
    ...closing,
  }),
  words: {
    ...explanationWords,
    explain: { names: Object.keys(methodFields), list: true },
    ...matchingWords,
  },
  lists: [],
} satisfies Form;

/** A config as it is written, with checked fields. */
interface GivenConfig extends GivenExplanations {
  readonly attack?: GivenMatchings;
  readonly from?: string;
  readonly smoothing?: {
    readonly beta?: number | readonly number[];
    readonly noise?: number | readonly number[];
    readonly samples?: number;
  };
  readonly save?: { readonly images?: number };
}

/** How many β there are by default, evenly on a log scale over two decades up to the largest of match-target. */
const STEPS = 17;
const DECADES = 2;

/** Noise by default, from 0.1 to 20 % of the image's range (Dombrowski et al. 2019, Fig. 4). */
const NOISE = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

const betasUpTo = (largest: number): number[] =>
  Array.from({ length: STEPS }, (_, i) =>
    Number((largest * 10 ** (DECADES * (i / (STEPS - 1) - 1))).toPrecision(4)),
  );

/** A list of numbers; a number stands for a list of one. */
const given = (values: number | readonly number[] | undefined, usual: readonly number[]) =>
  values === undefined ? usual : listOf(values);

/**
 * Fills in every default of a config.
 * Throws a UserError for a network that has softplus itself, for a number of pairs beside a number of images, and where
 * nothing is to be smoothed by.
 */
export function resolveSmoothing(
  config: GivenConfig,
  resolved: ResolvedModel,
  origin: Origin,
): SmoothingConfig {
  const { matchBeta } = resolved.defaults;
  if (matchBeta === undefined)
    throw origin.mistake(
      ['model'],
      `${modelName(resolved.model)}, expected a network of ReLUs: it has none`,
    );
  const explained = resolveExplanationConfig(config, resolved, origin);
  const { beta, noise, samples = 50 } = config.smoothing ?? {};
  const smoothing = {
    beta: given(beta, betasUpTo(matchBeta.to)),
    noise: given(noise, NOISE),
    samples,
  };
  if (smoothing.beta.length + smoothing.noise.length === 0)
    throw origin.mistake(['smoothing'], 'no β and no noise, expected some to smooth by');
  return {
    ...explained,
    task: 'smoothing',
    attack: resolveMatchings(config, explained.explain, resolved.defaults, origin),
    ...(config.from === undefined ? {} : { from: config.from }),
    smoothing,
    save: { images: config.save?.images ?? 0 },
  };
}
