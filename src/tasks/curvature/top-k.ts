// The attack top-k on the gradient map of an image, so that curvature can be compared with how far the attack gets.
import {
  compileDirector,
  compileJudge,
  runTrajectory,
  topKDissimilarity,
} from '../../attack/index.js';
import type { Engine } from '../../engine/engine.js';
import { compileEvaluator, gradient, oneHot } from '../../explain/index.js';
import { spearman } from '../../metric/spearman.js';
import { topKIntersection } from '../../metric/topk.js';
import type { BoundNetwork } from '../../model/index.js';
import { type DrawKey, drawsOf } from '../../subject/draws.js';
import { isMap } from '../../subject/evaluators.js';
import type { TopKAttack } from './config.js';

/** An image that was attacked and kept its label. */
export interface Attacked {
  /** [3,H,W] in gray levels. */
  readonly x: Float32Array;
  /** Of the network's own maps, before and after. */
  readonly topkIntersection: number;
  readonly spearman: number | undefined;
}

export interface TopK {
  /** Undefined where no iterate keeps the label, or the image has no map. */
  attack(x: Float32Array, label: number, key: DrawKey): Promise<Attacked | undefined>;
}

/** Compiles the attack of a config. */
export async function compileTopK(
  engine: Engine,
  network: BoundNetwork,
  { k, beta, epsilon, step, iterations }: TopKAttack,
): Promise<TopK> {
  const { activation, classes, height, width } = network.network;
  const method = gradient();
  const dissimilarity = topKDissimilarity(k);
  const surrogate = beta === undefined ? activation : { softplus: beta };
  const evaluator = await compileEvaluator(engine, network, method, activation);
  const judge = await compileJudge(engine, network, dissimilarity);
  const director = await compileDirector(engine, network, method, dissimilarity, surrogate);
  return {
    async attack(x, label, key) {
      const target = oneHot(classes, label);
      const draws = drawsOf(x, key);
      const evaluation = await evaluator.evaluate(x, target, draws);
      if (!isMap(evaluation.map)) return undefined;
      const kept = await runTrajectory({
        ...{ clean: { x, label, target, evaluation, draws }, height, width },
        ...{ dissimilarity, judge, director, evaluator, draws, epsilon, step, iterations, k },
        ...{ every: 1, selections: ['dissimilarity'] as const },
      });
      const best = kept.get('dissimilarity');
      if (best === undefined) return undefined;
      const { map } = best.evaluation;
      return {
        x: best.x,
        topkIntersection: topKIntersection(evaluation.map, map, k),
        spearman: spearman(evaluation.map, map),
      };
    },
  };
}
