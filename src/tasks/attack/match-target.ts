// What a config says of match-target, with what Dombrowski et al. 2019 publish where it says nothing (supplement A:
// table 1, for SmoothGrad table 4, for smoothed explanations table 5).
import type { HeldOutput, Keep } from '../../attack/index.js';
import type { ExplainItem, MethodItem } from './config.js';

/** The map an image is to be given: that of another image of the data set, a drawn one, or that of an image in a file. */
export type Target = 'pairs' | (string & {}) | { readonly image: string };

export interface MatchTarget {
  readonly name: 'match-target';
  readonly iterations: number;
  readonly evaluate: { readonly every: number };
  /** Step size of Adam in units of (x/255 − μ)/σ; by default the published one of the method. */
  readonly rate?: number;
  /** Of the map's error and of the output's. */
  readonly weights: readonly [number, number];
  readonly output: HeldOutput;
  /** β of the surrogate; by default the model's, or none for methods that need no surrogate. */
  readonly beta?: 'none' | number | { readonly from: number; readonly to: number };
  readonly keep: Keep;
  readonly target: Target;
  /** Largest change of a pixel in grey levels; by default any. */
  readonly epsilon?: number;
}

/** A match-target item with every default filled in that does not depend on model or method. */
export function matchTargetDefaults(
  given: Partial<MatchTarget>,
  evaluate: MatchTarget['evaluate'] | undefined,
): MatchTarget {
  const { iterations = 1500, output = 'softmax', keep = 'last' } = given;
  return {
    weights: [1e11, output === 'softmax' ? 1e6 : 10],
    target: 'pairs',
    // of what comes before the last iterate nothing is kept
    evaluate: evaluate ?? { every: keep === 'last' ? iterations : 1 },
    ...given,
    name: 'match-target',
    iterations,
    output,
    keep,
  };
}

/** Published rates of a method, and of its smoothed form; methods that are not in the paper have those of their kin. */
const rates: Readonly<Record<MethodItem['name'], readonly [plain: number, smooth: number]>> = {
  gradient: [1e-3, 2.5e-4],
  'gradient-x-input': [1e-3, 2.5e-4],
  'integrated-gradients': [5e-3, 2.5e-3],
  lrp: [2e-4, 2e-4],
  'deep-taylor': [2e-4, 2e-4],
  'guided-backprop': [1e-3, 5e-4],
  'pattern-attribution': [2e-3, 5e-4],
  deeplift: [1e-3, 2.5e-4],
  smoothgrad: [3e-3, 3e-3],
};
const SMOOTHGRAD_OF_LRP = 3e-4;

/** The rate an item attacks a method with. */
export function rateOf({ rate }: MatchTarget, explain: ExplainItem): number {
  if (rate !== undefined) return rate;
  if (explain.name === 'smoothgrad' && ['lrp', 'deep-taylor'].includes(explain.of.name))
    return SMOOTHGRAD_OF_LRP;
  const [plain, smooth] = rates[explain.name];
  return explain.smooth === undefined ? plain : smooth;
}
