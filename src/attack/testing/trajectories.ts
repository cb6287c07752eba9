import { type Held, held, type Inputs, type Values } from '../../engine/engine.js';
import type { Evaluation } from '../../explain/index.js';
import { drawsOf } from '../../explain/testing/draws.js';
import { values } from '../../testing/cases.js';
import type { StepState } from '../director.js';
import type { Dissimilarity } from '../dissimilarity.js';
import { topKDissimilarity } from '../top-k.js';
import {
  type Clean,
  type Keep,
  type Observed,
  runTrajectory,
  type Selection,
  type Ties,
} from '../trajectory.js';

export const HEIGHT = 3;
export const WIDTH = 4;
export const K = 3;
export const clean = Float32Array.of(9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0).map((v) => v / 45);

/** What the network makes of an iterate. */
export interface Scene {
  readonly map: Float32Array;
  readonly d: number;
  readonly labelKept: boolean;
}
export const numbersOf = async (x: Float32Array | Held) => ('read' in x ? x.read() : x);
export const scene = (map: Float32Array, d = 0, labelKept = true): Scene => ({ map, d, labelKept });
export const random = (key: number | string) => values([clean.length], `map ${key}`, [0.1, 1]);

export interface Options {
  readonly selections?: readonly (Selection | Keep)[];
  readonly every?: number;
  readonly dissimilarity?: Dissimilarity;
  readonly surrogateMap?: Float32Array;
  readonly ties?: Ties;
  readonly center?: Clean['center'];
  /** Whether the steps maximize anything. */
  readonly walks?: boolean;
  /** What a step leaves for the next, from its number and what the one before has left. */
  readonly carry?: (iteration: number, before: Inputs) => Record<string, Held>;
}

/** Runs a trajectory through the scenes; the first is the clean image's. */
export async function run(
  scenes: readonly Scene[],
  {
    selections = ['dissimilarity'],
    every = 1,
    dissimilarity = topKDissimilarity(K),
    surrogateMap = random('surrogate'),
    ties,
    center,
    walks = false,
    carry = () => ({}),
  }: Options = {},
) {
  const steps: StepState[] = [];
  const evaluated: number[] = [];
  const observed: Observed[] = [];
  const counted: number[] = [];
  const x = (n: number) => new Float32Array(3 * clean.length).fill(n);
  const evaluationOf = ({ map, labelKept }: Scene) => ({
    scores: labelKept ? Float32Array.of(0, 2, 1) : Float32Array.of(0, 1, 2),
    map,
  });
  const kept = await runTrajectory({
    clean: {
      x: x(0),
      label: 1,
      target: Float32Array.of(0, 1, 0),
      evaluation: evaluationOf(scenes[0]!),
      draws: drawsOf(),
      center,
    },
    height: HEIGHT,
    width: WIDTH,
    ...(ties === undefined ? {} : { ties }),
    director: {
      async step(state) {
        const now = await numbersOf(state.x);
        steps.push({ ...state, x: now });
        return {
          next: held(x(now[0]! + 1)),
          ...(walks ? {} : { map: held(surrogateMap) }),
          carried: carry(state.at?.iteration ?? 1, state.at?.carried ?? {}),
        };
      },
    },
    evaluator: {
      async evaluate(image) {
        const [n] = await numbersOf(image);
        evaluated.push(n!);
        return evaluationOf(scenes[n!]!);
      },
      release: async () => {},
    },
    ...(walks
      ? {}
      : {
          dissimilarity,
          judge: Object.assign(
            async (_: Values, { map }: Evaluation) => scenes.find((s) => s.map === map)!.d,
            { release: async () => {} },
          ),
        }),
    epsilon: 8,
    step: 0.5,
    iterations: scenes.length - 1,
    every,
    selections,
    k: K,
    draws: drawsOf(),
    onStep: (iteration) => counted.push(iteration),
    onObserved: (one) => observed.push(one),
  });
  return { kept, steps, evaluated, observed, counted, x };
}

export const first = scene(clean, 100);
