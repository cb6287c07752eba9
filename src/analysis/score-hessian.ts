// The first two derivatives of a class score in the image: the gradient, and products of the Hessian with
// vectors, which cost four forward passes and never form the matrix.
import type { Engine } from '../engine/engine.js';
import { imageInputs, scoreGradient } from '../explain/index.js';
import { gradient, input, mul, program, sum } from '../graph/index.js';
import type { BoundNetwork } from '../model/index.js';

export interface ScoreHessian {
  /** ∇S_l at x [3,H,W]; `target` marks l. */
  gradient(x: Float32Array, target: Float32Array): Promise<Float32Array>;
  /** ∇²S_l·v at x. */
  product(x: Float32Array, target: Float32Array, v: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Compiles both for a network with its own nonlinearity. */
export async function compileScoreHessian(
  engine: Engine,
  network: BoundNetwork,
): Promise<ScoreHessian> {
  const { x, target } = imageInputs(network, engine);
  const v = input('v', x.shape);
  const slope = scoreGradient({ network, activation: network.network.activation, x, target });
  const first = await engine.compile(program({ slope }));
  const second = await engine.compile(program({ hv: gradient(sum(mul(slope, v)), [x])[0]! }));
  return {
    gradient: async (image, label) => (await first.run({ x: image, target: label })).slope!,
    product: async (image, label, vector) =>
      (await second.run({ x: image, target: label, v: vector })).hv!,
    async release() {
      await first.release();
      await second.release();
    },
  };
}
