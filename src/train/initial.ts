// Where training starts: He-normal filters (He et al. 2015), which keep the size of activations from
// layer to layer, biases of zero, and batch norms that neither scale nor shift.
import { keyedRandom, normalNumbers } from '../random.js';

/** Normal numbers of variance 2/fan-in, in float32; fan-in is what one output reads. */
export function heNormal(seed: number, name: string, shape: readonly number[]): Float32Array {
  const random = keyedRandom(seed, name, 'initial weights');
  const size = shape.reduce((n, d) => n * d, 1);
  const spread = Math.sqrt((2 * shape[0]!) / size);
  return normalNumbers(size, spread, random);
}

/** The first values of a parameter, or of a running mean or variance, by its name. */
export const initialValues = (
  seed: number,
  name: string,
  shape: readonly number[],
): Float32Array =>
  shape.length > 1
    ? heNormal(seed, name, shape)
    : new Float32Array(shape[0]!).fill(/\.(weight|running_var)$/.test(name) ? 1 : 0);
