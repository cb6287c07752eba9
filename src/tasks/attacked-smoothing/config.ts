// A config of attacks on smoothed explanations: explanations with smoothing and without, and match-target, which
// attacks each of them as it is.
import { z } from 'zod';
import { aimsAt, aimsField, aimsOf, checkAimed } from '../../config/aims.js';
import {
  explainForm,
  explanationWords,
  type GivenExplanation,
  type GivenExplanations,
  resolveExplanationConfig,
  surrogateForm,
} from '../../config/explanations.js';
import type { Form, Origin, Raw } from '../../config/file.js';
import { id, name, named, strict } from '../../config/forms.js';
import { withIds } from '../../config/ids.js';
import {
  type GivenMatchTarget,
  matchTargetFields,
  resolveMatchTarget,
} from '../../config/match-target.js';
import type { ResolvedModel } from '../../config/model.js';
import { semanticsForm } from '../../config/semantics.js';
import { closing, dataFields, opening } from '../../config/subject.js';
import type { ManipulationConfig, Matching } from '../../subject/manipulation.js';

/** match-target on some of the explanations. */
export type AttackItem = Matching & {
  /** Ids of the explanations it attacks; absent: all. */
  readonly explain?: readonly string[];
};

export interface AttackedSmoothingConfig extends ManipulationConfig {
  readonly task: 'attacked-smoothing';
  readonly attack: readonly AttackItem[];
}

const { iterations, rate, weights, output, beta, epsilon } = matchTargetFields;

export const attackedSmoothingForm = {
  schema: strict({
    name,
    task: z.literal('attacked-smoothing'),
    ...opening,
    data: named(dataFields),
    explain: explainForm,
    attack: z
      .array(
        named({
          'match-target': {
            ...{ id: id.optional(), explain: aimsField },
            ...{ iterations, rate, weights, output, beta, epsilon },
          },
        }),
      )
      .min(1)
      .optional(),
    surrogate: surrogateForm.optional(),
    semantics: semanticsForm.optional(),
    ...closing,
  }),
  words: { ...explanationWords, attack: { names: ['match-target'], list: true } },
  lists: [],
} satisfies Form;

type GivenItem = Raw &
  GivenMatchTarget & { readonly name: 'match-target'; readonly explain?: string | string[] };

/** A config as it is written, with checked fields. */
interface GivenConfig extends GivenExplanations {
  readonly attack?: readonly GivenItem[];
}

/**
 * Fills in every default of a config.
 * Throws a UserError for a number of pairs beside a number of images, and for an explanation without an attack.
 */
export function resolveAttackedSmoothing(
  config: GivenConfig,
  resolved: ResolvedModel,
  origin: Origin,
): AttackedSmoothingConfig {
  const { count, pairs } = config.data as { count?: unknown; pairs?: unknown };
  if (count !== undefined && pairs !== undefined)
    throw origin.mistake(['data', 'pairs'], `${pairs}, expected at most one of count and pairs`);
  const explained = resolveExplanationConfig(config, resolved, origin);
  const items = withIds(config.attack ?? [{ name: 'match-target' }], 'attack', origin);
  const attack = items.map(({ id, explain, ...item }, at): AttackItem => {
    const aims = aimsOf(explain, explained.explain, ['attack', at, 'explain'], origin);
    const aimedAt = [...explained.explain.entries()].filter(([, one]) =>
      aimsAt({ explain: aims }, one),
    );
    return {
      id,
      ...(aims === undefined ? {} : { explain: aims }),
      ...resolveMatchTarget(item, {
        explain: aimedAt.map(([, one]) => one),
        given: aimedAt.map(([i]) => config.explain[i] as GivenExplanation),
        surrogate: config.surrogate,
        defaults: resolved.defaults,
        evaluate: undefined,
      }),
    };
  });
  checkAimed(attack, explained.explain, origin);
  return { ...explained, task: 'attacked-smoothing', attack };
}
