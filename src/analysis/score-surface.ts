// A class score as a function of the network's own input x̂ = (x/s − μ)/σ, on the network with softplus: its value, its
// gradient, and products of its Hessian with vectors. β is an input of the programs, so that they are compiled once for
// all β.
import type { Engine, Executable } from '../engine/engine.js';
import { imageInputs, oneHot } from '../explain/index.js';
import { constant, gradient, input, mul, program, sum, type Tensor } from '../graph/index.js';
import { argmax } from '../metric/output.js';
import { type BoundNetwork, type Layer, lower } from '../model/index.js';
import type { Point, Surface } from './surface.js';

/** The score of a class on the softplus network of one β. */
export interface ScoreSurface extends Surface {
  /** x̂ of an image [3,H,W] in gray levels, and back. */
  toInput(x: ArrayLike<number>): Float64Array;
  toPixels(input: ArrayLike<number>): Float64Array;
  /** `prediction` is the class of the softplus network. */
  at(input: Float64Array): Promise<Point & { readonly prediction: number }>;
}

export interface ScoreSurfaces {
  of(label: number, beta: number): ScoreSurface;
  release(): Promise<void>;
}

/** Gray levels of one unit of x̂, per channel. */
function unitsOf({ network }: BoundNetwork): readonly number[] {
  const [first] = network.layers;
  if (first?.kind !== 'preprocess') throw new Error('every network begins with its input');
  return first.std.map((std) => std * first.scale);
}

/** The two programs: of scores and gradient, and of the Hessian's product with v. */
function programsOf(engine: Engine, network: BoundNetwork, pools: boolean) {
  const { x, target } = imageInputs(network, engine);
  const beta = input('beta', [engine.batch, 1, 1, 1]);
  const v = input('v', x.shape);
  const activation = { softplus: beta, ...(pools ? ({ pools } as const) : {}) };
  const unit = constant(Float32Array.from(unitsOf(network)), [1, 3, 1, 1], 'gray levels of a unit');
  const lowered = lower(network, x, activation);
  const inInput = (y: Tensor) => mul(gradient(sum(y), [x])[0]!, unit);
  const score = lowered.score(target);
  const slope = inInput(score);
  return {
    first: program({ scores: lowered.scores, score, slope }),
    second: program({ product: inInput(mul(slope, v)) }),
  };
}

/**
 * Compiles the score surfaces of a network.
 * @param pools whether max-pools are smooth too
 */
export async function compileScoreSurfaces(
  engine: Engine,
  network: BoundNetwork,
  pools: boolean,
): Promise<ScoreSurfaces> {
  const { first, second } = programsOf(engine, network, pools);
  const evaluate = await engine.compile(first);
  const multiply = await engine.compile(second);
  const { classes, height, width } = network.network;
  const pixels = height * width;
  const units = Float64Array.from(
    { length: 3 * pixels },
    (_, i) => unitsOf(network)[Math.floor(i / pixels)]!,
  );
  const { scale } = network.network.layers[0] as Layer & { kind: 'preprocess' };
  const { shape, data: mean } = network.mean;
  const zeroAt = (i: number) => scale * mean[shape.length === 1 ? Math.floor(i / pixels) : i]!;
  const toInput = (x: ArrayLike<number>) => units.map((unit, i) => (x[i]! - zeroAt(i)) / unit);
  const toPixels = (at: ArrayLike<number>) => units.map((unit, i) => at[i]! * unit + zeroAt(i));

  const run = (
    executable: Executable,
    at: Float64Array,
    label: number,
    beta: number,
    v?: Float64Array,
  ) =>
    executable.run({
      x: Float32Array.from(toPixels(at)),
      target: oneHot(classes, label),
      beta: Float32Array.of(beta),
      ...(v === undefined ? {} : { v: Float32Array.from(v) }),
    });
  return {
    of: (label, beta) => ({
      toInput,
      toPixels,
      async at(input) {
        const { scores, score, slope } = await run(evaluate, input, label, beta);
        const prediction = argmax(scores!);
        return { score: score![0]!, gradient: Float64Array.from(slope!), prediction };
      },
      product: async (input, v) => (await run(multiply, input, label, beta, v)).product!,
    }),
    async release() {
      await evaluate.release();
      await multiply.release();
    },
  };
}
