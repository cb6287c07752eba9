// The items `attack` of tasks that know match-target alone: pairs of images, the last iterate kept, each item on some of
// the explanations.
import { z } from 'zod';
import type { ModelDefaults } from '../model/index.js';
import { aimsAt, aimsField, aimsOf, checkAimed } from './aims.js';
import type { ExplainItem, GivenExplanation, GivenExplanations } from './explanations.js';
import type { Origin, Raw } from './file.js';
import { id, named } from './forms.js';
import { withIds } from './ids.js';
import {
  type GivenMatchTarget,
  type MatchTarget,
  matchTargetFields,
  resolveMatchTarget,
} from './match-target.js';

/** match-target with the name of its rows. */
export type Matching = MatchTarget & {
  readonly id: string;
  /** Ids of the explanations it attacks; absent: all. */
  readonly explain?: readonly string[];
};

const { iterations, rate, weights, output, beta, epsilon } = matchTargetFields;

/** The form of `attack`. */
export const matchingsForm = z
  .array(
    named({
      'match-target': {
        ...{ id: id.optional(), explain: aimsField },
        ...{ iterations, rate, weights, output, beta, epsilon },
      },
    }),
  )
  .min(1)
  .optional();

/** The words of `attack`. */
export const matchingWords = { attack: { names: ['match-target'], list: true } };

/** `attack` as a config gives it. */
export type GivenMatchings = readonly (Raw &
  GivenMatchTarget & { readonly name: 'match-target'; readonly explain?: string | string[] })[];

/**
 * The items with every default filled in; one match-target at the published settings where a config has none.
 * Throws a UserError for an explanation without an attack, and for a number of pairs beside a number of images.
 */
export function resolveMatchings(
  given: GivenExplanations & { readonly attack?: GivenMatchings },
  explain: readonly ExplainItem[],
  defaults: ModelDefaults,
  origin: Origin,
): Matching[] {
  const { count, pairs } = given.data as { count?: unknown; pairs?: unknown };
  if (count !== undefined && pairs !== undefined)
    throw origin.mistake(['data', 'pairs'], `${pairs}, expected at most one of count and pairs`);
  const items = withIds(given.attack ?? [{ name: 'match-target' as const }], 'attack', origin);
  const matchings = items.map(({ id, explain: aimed, ...item }: GivenMatchings[number], at) => {
    const aims = aimsOf(aimed, explain, ['attack', at, 'explain'], origin);
    const attacked = [...explain.entries()].filter(([, one]) => aimsAt({ explain: aims }, one));
    return {
      id: id as string,
      ...(aims === undefined ? {} : { explain: aims }),
      ...resolveMatchTarget(item, {
        explain: attacked.map(([, one]) => one),
        given: attacked.map(([i]) => given.explain[i] as GivenExplanation),
        surrogate: given.surrogate,
        defaults,
        evaluate: undefined,
      }),
    };
  });
  checkAimed(matchings, explain, origin);
  return matchings;
}
