// Steps of attacks as the benchmarks time them: what takes a step, and the made-up state that it starts from.
import {
  adamSteps,
  compileDirector,
  type Director,
  matchTargetDissimilarity,
  type StepState,
  topKDissimilarity,
} from '../attack/index.js';
import type { Engine } from '../engine/engine.js';
import { type Method, oneHot } from '../explain/index.js';
import type { Activation, BoundNetwork } from '../model/index.js';
import { keyedRandom } from '../random.js';
import { drawsOf } from '../subject/draws.js';

const random = keyedRandom('benchmark');
/** So many numbers from −scale to scale. */
export const numbers = (count: number, scale: number) =>
  Float32Array.from({ length: count }, () => scale * (2 * random.uniform() - 1));

/** What takes a step, and where from. */
export interface Stepping {
  readonly director: Director;
  readonly state: StepState;
}

function startOf({ network: { height, width, classes } }: BoundNetwork) {
  const x = numbers(3 * height * width, 127).map((v) => v + 128);
  const draws = drawsOf(x, [1, 'benchmark']);
  return { x, origin: x, target: oneHot(classes, 1), epsilon: 8, draws };
}

/**
 * The top-k attack, ε = 8, a step of half a gray level.
 * @param k pixels
 */
export async function topKStepping(
  engine: Engine,
  network: BoundNetwork,
  method: Method,
  activation: Activation,
  k: number,
): Promise<Stepping> {
  const { height, width } = network.network;
  const dissimilarity = topKDissimilarity(k);
  return {
    director: await compileDirector(engine, network, method, dissimilarity, activation),
    state: {
      ...startOf(network),
      step: 0.5,
      references: dissimilarity.clean(numbers(height * width, 1), height, width),
    },
  };
}

/** The match-target attack with the published weights of its loss; β grows where a direction has one. */
export async function matchStepping(
  engine: Engine,
  network: BoundNetwork,
  method: Method,
  activation: Activation,
): Promise<Stepping> {
  const { height, width, classes } = network.network;
  const dissimilarity = matchTargetDissimilarity({
    weights: [1e11, 1e6],
    output: 'softmax',
    classes,
  });
  const growth = activation === 'relu' ? activation : { from: 0.2, to: 2, iterations: 100 };
  const map = numbers(height * width, 1);
  const beside = { scores: numbers(classes, 1), goal: numbers(height * width, 1) };
  return {
    director: await compileDirector(engine, network, method, dissimilarity, growth, adamSteps),
    state: {
      ...startOf(network),
      step: 1e-3,
      references: dissimilarity.clean(map, height, width, beside),
    },
  };
}
