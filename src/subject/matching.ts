// The attack match-target on an explanation: the networks that its directions are taken on, and its compiled step.
import {
  adamSteps,
  betaAt,
  compileDirector,
  type Director,
  type Dissimilarity,
  type Growth,
  matchTargetDissimilarity,
} from '../attack/index.js';
import type { ExplainItem } from '../config/explanations.js';
import type { MatchTarget } from '../config/match-target.js';
import type { Semantics } from '../config/semantics.js';
import type { Engine } from '../engine/engine.js';
import { type Evaluator, type Method, oneHot } from '../explain/index.js';
import type { Activation, BoundNetwork } from '../model/index.js';
import { keyedRandom } from '../random.js';
import { drawsOf } from './draws.js';
import type { ExplainedOther, Other } from './pairs.js';
import { surrogateActivation } from './surrogates.js';

/**
 * The nonlinearity of the directions of match-target on an explanation. Its β may grow from step to step, or be drawn
 * at each.
 * @param own the network's own nonlinearity
 * @param seed of the experiment
 */
export function matchDirection(
  { directions, iterations }: Pick<MatchTarget, 'directions' | 'iterations'>,
  { id, smooth }: Pick<ExplainItem, 'id' | 'smooth'>,
  own: Activation,
  { semantics, seed }: { readonly semantics: Semantics; readonly seed: number },
): Activation | Growth {
  const { beta } = directions[id]!;
  if (typeof beta !== 'object')
    return surrogateActivation(beta === 'none' ? beta : { ...smooth, beta }, own, semantics);
  const { drawn, ...ends } = beta;
  const uniform = (iteration: number) => keyedRandom(seed, 'beta', iteration).uniform();
  return { ...ends, iterations, ...(drawn ? { uniform } : {}) };
}

/**
 * The nonlinearity of the network whose output an attack holds in its directions; undefined: the surrogate's. It is the
 * network's own for smoothed explanations, since these explain another network than the one that predicts, and where β
 * is drawn at each step.
 */
export const heldActivation = (
  { smooth }: Pick<ExplainItem, 'smooth'>,
  direction: Activation | Growth,
  own: Activation,
): Activation | undefined =>
  smooth !== undefined || (typeof direction === 'object' && 'uniform' in direction)
    ? own
    : undefined;

/** The dissimilarity of match-target on a network. */
export const matchDissimilarity = (
  attack: Pick<MatchTarget, 'weights' | 'output'>,
  { network: { classes } }: BoundNetwork,
): Dissimilarity => matchTargetDissimilarity({ ...attack, classes });

/** An explanation with what is needed to compute it. */
export interface Explanation {
  readonly network: BoundNetwork;
  readonly method: Method;
  readonly item: ExplainItem;
  readonly semantics: Semantics;
  /** The seed of the experiment. */
  readonly seed: number;
}

/** Compiles the step of match-target on an explanation. */
export function compileMatching(
  engine: Engine,
  { network, method, item, ...rest }: Explanation,
  attack: MatchTarget,
): Promise<Director> {
  const { activation } = network.network;
  const direction = matchDirection(attack, item, activation, rest);
  return compileDirector(
    engine,
    network,
    method,
    matchDissimilarity(attack, network),
    direction,
    adamSteps,
    heldActivation(item, direction, activation),
  );
}

/**
 * The maps that the steps of match-target aim at where β is drawn at each of them: the target image's map at the β of
 * the step. Undefined where all steps aim at the reported map.
 * @param other the target image, and the class that its map is for
 * @param sweep the evaluator of the method whose β is given at each map
 */
export function goalsOf(
  { network, item, ...rest }: Omit<Explanation, 'method'>,
  attack: MatchTarget,
  { id, image, label }: Other & Pick<ExplainedOther, 'label'>,
  sweep: () => Promise<Evaluator>,
): ((iteration: number) => Promise<Float32Array>) | undefined {
  const { activation, classes } = network.network;
  const growth = matchDirection(attack, item, activation, rest);
  if (typeof growth !== 'object' || !('uniform' in growth)) return undefined;
  const target = oneHot(classes, label);
  const draws = drawsOf(image, [rest.seed, id]);
  return async (iteration) => {
    const beta = betaAt(growth, iteration);
    return (await (await sweep()).evaluate(image, target, draws, { beta })).map;
  };
}
