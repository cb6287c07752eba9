// Which images are easy to attack? Rank correlations, over images, of what is known before the attack with how far it gets.
import { groupBy } from '../../group-by.js';
import { spearman } from '../../metric/spearman.js';
import { keyedRandom } from '../../random.js';
import type { CurvatureRow } from './results.js';

type Value = (row: CurvatureRow) => number | undefined;

/** What is known before the attack. */
export const predictors: Readonly<Record<string, Value>> = {
  '|λ|max': ({ lambda }) => (lambda === undefined ? undefined : Math.abs(lambda)),
  'Frobenius norm': ({ frobenius }) => frobenius,
  '‖∇S‖': ({ gradient_norm }) => gradient_norm,
  confidence: ({ confidence }) => confidence,
};

const lost = (left: number | undefined) => (left === undefined ? undefined : 1 - left);

/** How far the attack gets: larger is farther. */
export const outcomes: Readonly<Record<string, Value>> = {
  'turn of the normal': ({ attack_turned }) => attack_turned,
  'top-k pixels lost': ({ attack_topk }) => lost(attack_topk),
  'rank correlation of maps lost': ({ attack_spearman }) => lost(attack_spearman),
};

/** A rank correlation and its 95 % interval, by bootstrap. */
export interface Correlation {
  readonly beta: number;
  readonly predictor: string;
  readonly outcome: string;
  readonly images: number;
  readonly rho: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1000;

function correlationOf(a: Float64Array, b: Float64Array, seed: number) {
  const rho = spearman(a, b);
  if (rho === undefined) return undefined;
  const random = keyedRandom(seed, a.length, 'bootstrap');
  const resampled: number[] = [];
  for (let n = 0; n < RESAMPLES; n++) {
    const drawn = Array.from(a, () => random.below(a.length));
    const one = spearman(
      Float64Array.from(drawn, (i) => a[i]!),
      Float64Array.from(drawn, (i) => b[i]!),
    );
    // a resample in which all values are equal has none
    if (one !== undefined) resampled.push(one);
  }
  resampled.sort((x, y) => x - y);
  const at = (part: number) => resampled[Math.round(part * (resampled.length - 1))]!;
  return { rho, low: at(0.025), high: at(0.975) };
}

/** The fewest images that are told of. */
const FEWEST = 10;

/** The correlations at each β, over the images that kept their label; none without an attack. */
export const correlations = (rows: readonly CurvatureRow[]): Correlation[] =>
  [...groupBy(rows, ({ beta }) => String(beta)).values()].flatMap((of) =>
    Object.entries(predictors).flatMap(([predictor, before]) =>
      Object.entries(outcomes).flatMap(([outcome, after]) => {
        const pairs = of.flatMap((row) => {
          const [a, b] = [before(row), after(row)];
          return a === undefined || b === undefined ? [] : [[a, b] as const];
        });
        if (pairs.length < FEWEST) return [];
        const [a, b] = [0, 1].map((at) => Float64Array.from(pairs, (pair) => pair[at]!));
        const found = correlationOf(a!, b!, of[0]!.seed ?? 0);
        const { beta } = of[0]!;
        return found === undefined
          ? []
          : [{ beta, predictor, outcome, images: pairs.length, ...found }];
      }),
    ),
  );
