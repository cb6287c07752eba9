// Compiles what is reported of an image: the scores of a network and the saliency map of a method for
// a given class. Methods that average over samples run one program per sample, so that memory does
// not grow with their number.
import type { Engine } from '../engine/engine.js';
import { add, input, mul, program } from '../graph/index.js';
import { type Activation, type BoundNetwork, lower } from '../model/index.js';
import { type Method, saliencyMap } from './method.js';

export interface Evaluation {
  /** Pre-softmax scores, [classes]. */
  readonly scores: Float32Array;
  /** Saliency map [H,W], summing to 1. */
  readonly map: Float32Array;
}

export interface Evaluator {
  /** Scores and map of one image x [3,H,W] for the class that `target` marks. */
  evaluate(x: Float32Array, target: Float32Array): Promise<Evaluation>;
  release(): Promise<void>;
}

/** The inputs every program of one image has. */
export function imageInputs({ network }: BoundNetwork, images = 1) {
  return {
    x: input('x', [images, 3, network.height, network.width]),
    target: input('target', [images, network.classes]),
  };
}

/** One in the class's place, zero elsewhere. */
export function oneHot(classes: number, label: number): Float32Array {
  const target = new Float32Array(classes);
  target[label] = 1;
  return target;
}

/** Scores of one image x [3,H,W]. */
export interface Predictor {
  predict(x: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Compiles a network's scores alone. */
export async function compilePredictor(engine: Engine, network: BoundNetwork): Promise<Predictor> {
  const { x } = imageInputs(network);
  const { scores } = lower(network, x, network.network.activation);
  const executable = await engine.compile(program({ scores }));
  return {
    predict: async (image) => (await executable.run({ x: image })).scores!,
    release: () => executable.release(),
  };
}

/**
 * Compiles a method's saliency map on a network.
 * @param activation the nonlinearity of the network the map is of (the scores are of the same)
 */
export async function compileEvaluator(
  engine: Engine,
  network: BoundNetwork,
  method: Method,
  activation: Activation,
): Promise<Evaluator> {
  const { x, target } = imageInputs(network);
  const subject = { network, activation, x, target };
  const { samples } = method;
  if (samples === undefined) {
    const map = saliencyMap(method.contribution(subject, undefined));
    const executable = await engine.compile(
      program({ scores: lower(network, x, activation).scores, map }),
    );
    return {
      async evaluate(image, label) {
        const { scores, map } = await executable.run({ x: image, target: label });
        return { scores: scores!, map: map! };
      },
      release: () => executable.release(),
    };
  }
  const total = input('total', x.shape);
  const one = method.contribution(subject, input('sample', samples.shape(1)));
  const accumulate = await engine.compile(
    program({ total: add(total, mul(one, 1 / samples.count)) }),
  );
  const finish = await engine.compile(
    program({ scores: lower(network, x, activation).scores, map: saliencyMap(total) }),
  );
  return {
    async evaluate(image, label) {
      let sum: Float32Array = new Float32Array(image.length);
      for (const sample of samples.fixed())
        sum = (await accumulate.run({ x: image, target: label, sample, total: sum })).total!;
      const { scores, map } = await finish.run({ x: image, total: sum });
      return { scores: scores!, map: map! };
    },
    async release() {
      await accumulate.release();
      await finish.release();
    },
  };
}
