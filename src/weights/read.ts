// Reads a file of weights, whichever way they are stored.
import { expand } from './compact.js';
import { readSafetensors, type WeightFile } from './safetensors.js';

/** All tensors of a weight file as float32. Throws a UserError that names the file and what is wrong with it. */
export async function readWeights(file: string): Promise<WeightFile> {
  const read = await readSafetensors(file);
  return { ...read, tensors: expand(read.tensors) };
}
