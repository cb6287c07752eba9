// Reads the weights that Keras keeps in HDF5 files: those of `save_weights`, of a whole saved model, and
// any other HDF5 file by the paths of its data sets. Layouts become those of the networks here, and names
// as far as a rule holds for every layer; what no rule covers keeps the name it has in the file.
//
// A dense layer behind a flattened plane reads its channels last in Keras and first here. The file does
// not say how large that plane was, so the columns of such a layer stay in Keras's order.
import { UserError } from '../errors.js';
import type { WeightTensor } from './safetensors.js';

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

export const isHdf5 = (bytes: Buffer): boolean => bytes.subarray(0, 8).equals(SIGNATURE);

/** What the parameters of a layer are called. */
const parts: Readonly<Record<string, string>> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** `conv1/kernel:0` as `conv1.weight`; a name without a layer's is given that of the layer it stands under. */
function nameOf(weight: string, layer: string | undefined): string {
  const path = weight.replace(/:\d+$/, '').split('/');
  const last = path.pop()!;
  const before = path.length === 0 && layer !== undefined ? [layer] : path;
  return [...before, parts[last] ?? last].join('.');
}

/** Whether an array is a kernel, whose axes are turned: filters [rows, columns, in, out], or a matrix [in, out]. */
const isKernel = (weight: string): boolean => /(^|\/)kernel(:\d+)?$/.test(weight);

function turned(shape: readonly number[], data: Float32Array): WeightTensor {
  const [inputs, outputs] = [shape.at(-2)!, shape.at(-1)!];
  const area = shape.slice(0, -2).reduce((n, d) => n * d, 1);
  const out = new Float32Array(data.length);
  for (let p = 0; p < area; p++)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++)
        out[(o * inputs + i) * area + p] = data[(p * inputs + i) * outputs + o]!;
  return { shape: [outputs, inputs, ...shape.slice(0, -2)], data: out };
}

/**
 * All arrays of an HDF5 file as float32: kernels [rows, columns, in, out] as [out, in, rows, columns],
 * matrices [in, out] as [out, in], everything else as it is.
 * Throws a UserError that names the file and what is wrong with it.
 */
export async function decodeKeras(file: string): Promise<Map<string, WeightTensor>> {
  const { ready, File, Group, Dataset } = await import('h5wasm/node');
  // the library would print its failures instead of throwing them
  (await ready).activate_throwing_error_handler();
  const bad = (why: string) => new UserError(`${file}: not weights in HDF5: ${why}`);
  const tensors = new Map<string, WeightTensor>();
  const keep = (group: InstanceType<typeof Group>, path: string, name: string) => {
    const found = group.get(path);
    if (!(found instanceof Dataset)) throw bad(`it lists ${path}, which is no array`);
    const { shape, value } = found;
    if (shape === null || !ArrayBuffer.isView(value) || value instanceof DataView)
      throw bad(`${path} holds no numbers`);
    const numbers = Float32Array.from(value as ArrayLike<number | bigint>, Number);
    if (tensors.has(name)) throw bad(`two arrays are named ${name}`);
    const kernel = isKernel(path) && (shape.length === 4 || shape.length === 2);
    tensors.set(name, kernel ? turned(shape, numbers) : { shape, data: numbers });
  };
  const words = (group: InstanceType<typeof Group>, attribute: string): string[] =>
    attribute in group.attrs ? (group.attrs[attribute]!.value as unknown as string[]) : [];

  let opened: InstanceType<typeof File>;
  try {
    opened = new File(file, 'r');
  } catch {
    throw bad('it is damaged or truncated');
  }
  try {
    const model = opened.get('model_weights');
    const root = model instanceof Group ? model : opened;
    const layers = words(root, 'layer_names');
    for (const layer of layers) {
      const group = root.get(layer);
      if (!(group instanceof Group)) throw bad(`it lists the layer ${layer}, which is missing`);
      for (const weight of words(group, 'weight_names')) keep(group, weight, nameOf(weight, layer));
    }
    if (layers.length === 0)
      for (const path of opened.paths())
        if (opened.get(path) instanceof Dataset) {
          const inside = path.replace(/^\//, '');
          keep(opened, inside, nameOf(inside, undefined));
        }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw bad('it is damaged or truncated');
  } finally {
    opened.close();
  }
  if (tensors.size === 0) throw bad('it has no arrays');
  return tensors;
}
