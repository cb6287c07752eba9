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
import { heldActivation, matchDirection } from '../../subject/matching.js';
import type { Explaining } from '../../subject/subject.js';
import { directionActivation } from '../../subject/surrogates.js';
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
 * The nonlinearity of an attack's directions on an explanation.
 * @param own the network's own nonlinearity
 */
export const directionOf = (
  attack: IterativeAttackItem,
  explain: ExplainItem,
  own: Activation,
  config: Pick<AttackConfig, 'semantics' | 'seed'>,
): Activation | Growth =>
  attack.name === 'match-target'
    ? matchDirection(attack, explain, own, config)
    : directionActivation(explain, own, config.semantics);

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
  const direction = directionOf(item, explain, activation, config);
  const director = await compileDirector(
    engine,
    network,
    methods[at]!,
    dissimilarity,
    direction,
    stepsBy(item, explain).rule,
    heldActivation(explain, direction, activation),
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
