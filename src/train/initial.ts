// Where training starts: He-normal filters (He et al. 2015), which keep the size of activations from
// layer to layer, and biases of zero.
import { keyedRandom } from '../random.js';

/** Normal numbers of variance 2/fan-in, in float32; fan-in is what one output reads. */
export function heNormal(seed: number, name: string, shape: readonly number[]): Float32Array {
  const random = keyedRandom(seed, name, 'initial weights');
  const size = shape.reduce((n, d) => n * d, 1);
  const spread = Math.sqrt((2 * shape[0]!) / size);
  // Box and Muller: a radius and an angle give two
  const out = new Float32Array(size);
  for (let i = 0; i < size; i += 2) {
    const radius = spread * Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    out[i] = radius * Math.cos(angle);
    if (i + 1 < size) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}
