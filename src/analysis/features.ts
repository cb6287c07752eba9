// The features a frozen network gives the layer after it: what its class layer reads, each channel averaged over
// its plane; and cotangents of them pulled back to the image in one backward pass.
import type { Engine } from '../engine/engine.js';
import { imageInputs } from '../explain/index.js';
import { input, program, pullback } from '../graph/index.js';
import { type BoundNetwork, lower } from '../model/index.js';

export interface Features {
  /** Features [d] of an image x [3,H,W]. */
  of(x: Float32Array): Promise<Float32Array>;
  /** Σ v_k ∂f_k/∂x at x, [3,H,W]. */
  pullback(x: Float32Array, v: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Compiles both for a network with its own nonlinearity. */
export async function compileFeatures(engine: Engine, network: BoundNetwork): Promise<Features> {
  const { x } = imageInputs(network, engine);
  const { features } = lower(network, x, network.network.activation);
  const v = input('v', features.shape);
  const forward = await engine.compile(program({ features }));
  const backward = await engine.compile(program({ slope: pullback([features], [v], [x])[0]! }));
  return {
    of: async (image) => (await forward.run({ x: image })).features!,
    pullback: async (image, cotangent) => (await backward.run({ x: image, v: cotangent })).slope!,
    async release() {
      await forward.release();
      await backward.release();
    },
  };
}
