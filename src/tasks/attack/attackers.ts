// Attacks compiled for a method: what takes their steps, and what judges where these lead.
import {
  compileDirector,
  compileJudge,
  type Director,
  type Dissimilarity,
  type Judge,
} from '../../attack/index.js';
import type { Engine } from '../../engine/engine.js';
import type { Method } from '../../explain/index.js';
import type { BoundNetwork } from '../../model/index.js';
import { directionOf, outputOf, stepsBy } from '../../subject/methods.js';
import type { ExplainItem, IterativeAttackItem, ResolvedConfig } from './config.js';

/** An attack compiled for one method. */
export interface Attacker {
  readonly director: Director;
  readonly judge: Judge;
  release(): Promise<void>;
}

/**
 * Compiles an attack on a method.
 * @param dissimilarity what is maximised; its form is the same for every image
 */
export async function compileAttacker(
  engine: Engine,
  network: BoundNetwork,
  config: ResolvedConfig,
  { explain, method }: { readonly explain: ExplainItem; readonly method: Method },
  item: IterativeAttackItem,
  dissimilarity: Dissimilarity,
): Promise<Attacker> {
  const { activation } = network.network;
  const director = await compileDirector(
    engine,
    network,
    method,
    dissimilarity,
    directionOf(config, item, explain, activation),
    stepsBy(item, explain).rule,
    outputOf(explain, activation),
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
