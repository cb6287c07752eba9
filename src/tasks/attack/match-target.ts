// The attack match-target in a config, with the published settings where a config says nothing (Dombrowski et al. 2019,
// supplement A: table 1, for SmoothGrad table 4, for smoothed explanations table 5).
import type { HeldOutput, Keep } from '../../attack/index.js';
import type { ExplainItem, GivenExplanation, Surrogate } from '../../config/explanations.js';
import { publishedRate } from '../../config/methods.js';
import type { ModelDefaults } from '../../model/index.js';

/** The map an image is to be given: that of another image of the data set, a drawn one, or that of an image in a file. */
export type TargetOf = 'pairs' | (string & {}) | { readonly image: string };

/** β of the softplus that directions are taken on: none, one number, or growing over the iterations. */
export type Beta = 'none' | number | { readonly from: number; readonly to: number };

/** How directions on one explanation are taken. */
export interface Direction {
  /** Step size of Adam in units of (x/255 − μ)/σ. */
  readonly rate: number;
  readonly beta: Beta;
}

export interface MatchTarget {
  readonly name: 'match-target';
  readonly iterations: number;
  readonly evaluate: { readonly every: number };
  /** Of the map's error and of the output's. */
  readonly weights: readonly [number, number];
  readonly output: HeldOutput;
  readonly keep: Keep;
  readonly target: TargetOf;
  /** Largest change of a pixel in gray levels; absent: no bound. */
  readonly epsilon?: number;
  /** Rate and β for each explanation that it attacks, by the explanation's id. */
  readonly directions: Readonly<Record<string, Direction>>;
}

/** The attack as a config gives it. */
export type GivenMatchTarget = Partial<
  Omit<MatchTarget, 'name' | 'directions'> & { readonly rate: number; readonly beta: Beta }
>;

/** What the β of directions depends on besides the attack. */
interface Surroundings {
  /** The explanations that it attacks, and as the config gives them. */
  readonly explain: readonly ExplainItem[];
  readonly given: readonly GivenExplanation[];
  /** Of all explanations, where a config names one. */
  readonly surrogate: Surrogate | undefined;
  readonly defaults: ModelDefaults;
  readonly evaluate: MatchTarget['evaluate'] | undefined;
}

const betaOf = (surrogate: Surrogate): Beta => (surrogate === 'none' ? surrogate : surrogate.beta);

/**
 * The β of directions on an explanation: that of a smoothed one; else what the explanation says, the attack, the config;
 * else none where the method needs no surrogate, and for others the model's growing β.
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
