// A config of pixel-flipping: explanations whose maps order the pixels, and the percents of pixels that are removed.
import { z } from 'zod';
import {
  type ExplanationConfig,
  explainForm,
  explanationWords,
  type GivenExplanations,
  resolveExplanationConfig,
} from '../../config/explanations.js';
import type { Form, Origin } from '../../config/file.js';
import { name, strict } from '../../config/forms.js';
import type { ResolvedModel } from '../../config/model.js';
import { semanticsForm } from '../../config/semantics.js';
import { closing, imageData, opening } from '../../config/subject.js';

export interface PixelFlippingConfig extends ExplanationConfig {
  readonly task: 'pixel-flipping';
  /** The percents of pixels that are removed, in rising order. */
  readonly percents: readonly number[];
}

/** The baseline: pixels in a random order, the same for one seed and image. It is always computed. */
export const RANDOM = 'random';

const ALL = Array.from({ length: 101 }, (_, percent) => percent);

export const pixelFlippingForm = {
  schema: strict({
    name,
    task: z.literal('pixel-flipping'),
    ...opening,
    data: imageData,
    explain: explainForm,
    percents: z
      .array(z.number().min(0).max(100), {
        error: 'expected a list of numbers from 0 to 100',
      })
      .min(1)
      .refine((v) => v.every((percent, i) => i === 0 || percent > v[i - 1]!), {
        error: 'expected rising numbers',
      })
      .optional(),
    semantics: semanticsForm.optional(),
    ...closing,
  }),
  words: explanationWords,
  lists: [],
} satisfies Form;

/** A config as it is written, with checked fields. */
interface GivenConfig extends GivenExplanations {
  readonly percents?: readonly number[];
}

/**
 * Fills in every default of a config.
 * Throws a UserError for an explanation with the id of the baseline.
 */
export function resolvePixelFlipping(
  config: GivenConfig,
  resolved: ResolvedModel,
  origin: Origin,
): PixelFlippingConfig {
  const explained = resolveExplanationConfig(config, resolved, origin);
  const taken = explained.explain.findIndex(({ id }) => id === RANDOM);
  if (taken >= 0)
    throw origin.mistake(
      ['explain', taken, 'id'],
      `${RANDOM}, expected another id: it is that of the random order`,
    );
  return { ...explained, task: 'pixel-flipping', percents: config.percents ?? ALL };
}
