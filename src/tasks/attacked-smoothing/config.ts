// A config of attacks on smoothed explanations: explanations with smoothing and without, and match-target, which
// attacks each of them as it is.
import { z } from 'zod';
import {
  explainForm,
  explanationWords,
  type GivenExplanations,
  resolveExplanationConfig,
  surrogateForm,
} from '../../config/explanations.js';
import type { Form, Origin } from '../../config/file.js';
import { name, named, strict } from '../../config/forms.js';
import {
  type GivenMatchings,
  matchingsForm,
  matchingWords,
  resolveMatchings,
} from '../../config/matchings.js';
import type { ResolvedModel } from '../../config/model.js';
import { semanticsForm } from '../../config/semantics.js';
import { closing, dataFields, opening } from '../../config/subject.js';
import type { ManipulationConfig } from '../../subject/manipulation.js';

export interface AttackedSmoothingConfig extends ManipulationConfig {
  readonly task: 'attacked-smoothing';
}

export const attackedSmoothingForm = {
  schema: strict({
    name,
    task: z.literal('attacked-smoothing'),
    ...opening,
    data: named(dataFields),
    explain: explainForm,
    attack: matchingsForm,
    surrogate: surrogateForm.optional(),
    semantics: semanticsForm.optional(),
    ...closing,
  }),
  words: { ...explanationWords, ...matchingWords },
  lists: [],
} satisfies Form;

/** A config as it is written, with checked fields. */
interface GivenConfig extends GivenExplanations {
  readonly attack?: GivenMatchings;
}

/**
 * Fills in every default of a config.
 * Throws a UserError for the first mistake.
 */
export function resolveAttackedSmoothing(
  config: GivenConfig,
  resolved: ResolvedModel,
  origin: Origin,
): AttackedSmoothingConfig {
  const explained = resolveExplanationConfig(config, resolved, origin);
  const attack = resolveMatchings(config, explained.explain, resolved.defaults, origin);
  return { ...explained, task: 'attacked-smoothing', attack };
}
