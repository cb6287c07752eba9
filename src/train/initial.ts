// Where training starts: He-normal filters (He et al. 2015), which keep the size of activations from
// layer to layer, and biases of zero.
import { keyedRandom, normalNumbers } from '../random.js';

/** Normal numbers of variance 2/fan-in, in float32; fan-in is what one output reads. */
export function heNormal(seed: number, name: string, shape: readonly number[]): Float32Array {
  const random = keyedRandom(seed, name, 'initial weights');
  const size = shape.reduce((n, d) => n * d, 1);
  const spread = Math.sqrt((2 * shape[0]!) / size);
  return normalNumbers(size, spread, random);
}
