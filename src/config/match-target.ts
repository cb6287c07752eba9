// The attack match-target in a config: its fields, and their defaults, which are the published settings (Dombrowski et
// al. 2019, supplement A: table 1, for SmoothGrad table 4, for smoothed explanations table 5).
import { z } from 'zod';
import type { HeldOutput, Keep } from '../attack/index.js';
import type { ModelDefaults } from '../model/index.js';
import type { ExplainItem, GivenExplanation, Surrogate } from './explanations.js';
import { file, strict, whole } from './forms.js';
import { publishedRate } from './methods.js';

/**
 * The source of the target map: another image of the data set (`pairs`), the file of a drawn map, or an image in a
 * file.
 */
export type TargetOf = 'pairs' | (string & {}) | { readonly image: string };

/** β of the surrogate of directions: none, one number, growing over the iterations, or drawn at each of them. */
export type Beta =
  | 'none'
  | number
  | { readonly from: number; readonly to: number; readonly drawn?: true };

/** The step size and the β of directions on one explanation. */
export interface Direction {
  /** Step size of Adam in units of (x/255 − μ)/σ. */
  readonly rate: number;
  readonly beta: Beta;
}

export interface MatchTarget {
  readonly name: 'match-target';
  readonly iterations: number;
  readonly evaluate: { readonly every: number };
  /** The weight of the map's error and the weight of the output's. */
  readonly weights: readonly [number, number];
  readonly output: HeldOutput;
  readonly keep: Keep;
  readonly target: TargetOf;
  /** Largest change of a pixel in gray levels; absent: no bound. */
  readonly epsilon?: number;
  /** Rate and β for each explanation that it attacks, by the explanation's id. */
  readonly directions: Readonly<Record<string, Direction>>;
}

/** Raised when the attack changes images in another way. */
export const MATCH_TARGET_VERSION = 1;

/** The form of `evaluate`. */
export const evaluate = strict({ every: whole(1) });

/** The fields of match-target. */
export const matchTargetFields = {
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
        strict({
          from: z.number().positive(),
          to: z.number().positive(),
          drawn: z.literal(true).optional(),
        }),
      ],
      {
        error:
          'expected none, a number above 0, { from: number, to: number } to grow, or { from: number, to: number, drawn: true }',
      },
    )
    .optional(),
  keep: z.enum(['last', 'best']).optional(),
  target: z
    .union([file, strict({ image: file })], {
      error: 'expected pairs, the file of a gray picture, or { image: FILE }',
    })
    .optional(),
  epsilon: z.number().positive().max(255).optional(),
};

/** The attack as a config gives it. */
export type GivenMatchTarget = Partial<
  Omit<MatchTarget, 'name' | 'directions'> & { readonly rate: number; readonly beta: Beta }
>;

/** The other fields of the config on which the β of directions depends. */
interface Surroundings {
  /** The explanations that it attacks, with every default filled in and as the config gives them. */
  readonly explain: readonly ExplainItem[];
  readonly given: readonly GivenExplanation[];
  /** The surrogate of all explanations, if the config names one. */
  readonly surrogate: Surrogate | undefined;
  readonly defaults: ModelDefaults;
  readonly evaluate: MatchTarget['evaluate'] | undefined;
}

const betaOf = (surrogate: Surrogate): Beta => (surrogate === 'none' ? surrogate : surrogate.beta);

/**
 * The β of directions on an explanation. Of a smoothed explanation it is its own. Else it is the β of the explanation,
 * of the attack or of the config, the first that is given. Else it is `none` for a method that needs no surrogate, and
 * the model's growing β for others.
 */
function directionBeta(
  beta: Beta | undefined,
  item: ExplainItem,
  given: GivenExplanation,
  { surrogate, defaults }: Surroundings,
): Beta {
  if (item.smooth !== undefined) return item.smooth.beta;
  const usual = betaOf(item.surrogate);
  if (given.surrogate !== undefined) return usual;
  if (beta !== undefined) return beta;
  return surrogate !== undefined || usual === 'none' ? usual : (defaults.matchBeta ?? usual);
}

/** The attack with every default filled in. */
export function resolveMatchTarget(
  { rate, beta, ...given }: GivenMatchTarget,
  around: Surroundings,
): MatchTarget {
  const { iterations = 1500, output = 'softmax', keep = 'last' } = given;
  return {
    weights: [1e11, output === 'softmax' ? 1e6 : 10],
    target: 'pairs',
    // iterates before the last one are not kept
    evaluate: around.evaluate ?? { every: keep === 'last' ? iterations : 1 },
    ...given,
    name: 'match-target',
    iterations,
    output,
    keep,
    directions: Object.fromEntries(
      around.explain.map((item, i) => [
        item.id,
        {
          rate: rate ?? publishedRate(item, item.smooth !== undefined),
          beta: directionBeta(beta, item, around.given[i]!, around),
        },
      ]),
    ),
  };
}
