// Attacks compiled for an explanation: the director, which takes steps, and the judge, which computes the dissimilarity
// D of iterates.
import {
  adamSteps,
  compileDirector,
  compileJudge,
  type Director,
  type Dissimilarity,
  type Growth,
  type Judge,
  massCenterDissimilarity,
  matchTargetDissimilarity,
  type StepRule,
  signSteps,
  targetRegionDissimilarity,
  topKDissimilarity,
} from '../../attack/index.js';
import type { ExplainItem } from '../../config/explanations.js';
import type { Semantics } from '../../config/semantics.js';
import type { Engine } from '../../engine/engine.js';
import type { Activation } from '../../model/index.js';
import type { Explaining } from '../../subject/subject.js';
import { directionActivation, surrogateActivation } from '../../subject/surrogates.js';
import type { AttackConfig } from './config.js';
import type { IterativeAttackItem, WalkItem } from './items.js';

/**
 * The dissimilarity an iterative attack maximizes.
 * @param region the region [H,W] of target-region, ones inside
 * @param classes of the network
 */
export function dissimilarityOf(
  item: IterativeAttackItem,
  region: Float32Array,
  classes: number,
  { center }: Pick<Semantics, 'center'>,
): Dissimilarity {
  switch (item.name) {
    case 'top-k':
      return topKDissimilarity(item.k);
    case 'mass-center':
      return massCenterDissimilarity({ truncated: center === 'truncated' });
    case 'target-region':
      return targetRegionDissimilarity(region);
    case 'match-target':
      return matchTargetDissimilarity({ ...item, classes });
  }
}

/**
 * The nonlinearity of an attack's directions on an explanation. The β of match-target may grow from step to step.
 * @param own the network's own nonlinearity
 */
export function directionOf(
  attack: IterativeAttackItem,
  explain: ExplainItem,
  own: Activation,
  semantics: Semantics,
): Activation | Growth {
  if (attack.name !== 'match-target') return directionActivation(explain, own, semantics);
  const { beta } = attack.directions[explain.id]!;
  if (typeof beta === 'object') return { ...beta, iterations: attack.iterations };
  return surrogateActivation(beta === 'none' ? beta : { beta }, own, semantics);
}

/**
 * The nonlinearity of the network whose output an attack holds in its directions; undefined: the surrogate's. On
 * smoothed explanations it is the network's own, since these explain another network than the one that predicts.
 */
export const heldActivation = (
  { smooth }: Pick<ExplainItem, 'smooth'>,
  own: Activation,
): Activation | undefined => (smooth === undefined ? undefined : own);

/** The step rule of an attack on an explanation, and the size of its steps in units of the rule. */
export const stepsBy = (
  attack: IterativeAttackItem | WalkItem,
  { id }: Pick<ExplainItem, 'id'>,
): { readonly rule: StepRule; readonly step: number } =>
  attack.name === 'match-target'
    ? { rule: adamSteps, step: attack.directions[id]!.rate }
    : { rule: signSteps, step: attack.step };

/** An attack compiled for one explanation. */
export interface Attacker {
  readonly director: Director;
  readonly judge: Judge;
  release(): Promise<void>;
}

/**
 * Compiles an attack on an explanation.
 * @param at the explanation's index in the config
 * @param dissimilarity the function that the attack maximizes; its form is the same for every image
 */
export async function compileAttacker(
  engine: Engine,
  { config, network, methods }: Omit<Explaining<AttackConfig>, 'dataset'>,
  {
    at,
    item,
    dissimilarity,
  }: {
    readonly at: number;
    readonly item: IterativeAttackItem;
    readonly dissimilarity: Dissimilarity;
  },
): Promise<Attacker> {
  const { activation } = network.network;
  const explain = config.explain[at]!;
  const director = await compileDirector(
    engine,
    network,
    methods[at]!,
    dissimilarity,
    directionOf(item, explain, activation, config.semantics),
    stepsBy(item, explain).rule,
    heldActivation(explain, activation),
  );
  const judge = await compileJudge(engine, network, dissimilarity);
  return {
    director,
    judge,
    async release() {
      await director.release();
      await judge.release();
    },
  };
}
