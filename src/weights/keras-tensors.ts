// Makes tensors of the weights that Keras keeps in HDF5 files: those of `save_weights`, of a whole saved model, and
// any other HDF5 file by the paths of its data sets. Layouts become those of the networks here, and names
// as far as a rule holds for every layer; what no rule covers keeps the name it has in the file.
//
// A dense layer behind a flattened plane reads its channels last in Keras and first here. The file does
// not say how large that plane was, so that the columns are turned where the network is known.
import type { Group } from 'h5wasm';
import { shown } from '../shown.js';
import { type Hdf5, type Numbers, readHdf5 } from './hdf5.js';
import type { WeightTensor } from './safetensors.js';

/** What Keras adds to variances unless a model says otherwise. */
const EPSILON = 1e-3;

/** What the parameters of a layer are called. */
const parts: Readonly<Record<string, string>> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** `conv1/kernel:0` as `conv1.weight`; a name without a layer's is given that of the layer it stands under, and begins with it. */
function nameOf(weight: string, layer: string | undefined): string {
  const path = weight.replace(/:\d+$/, '').split('/');
  const last = path.pop()!;
  const before = path.length === 0 && layer !== undefined ? [layer] : path;
  const from = layer === undefined ? -1 : before.indexOf(layer);
  return [...before.slice(Math.max(from, 0)), parts[last] ?? last].join('.');
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

type Bad = (why: string) => Error;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How many models may be layers of one another. */
const DEEPEST = 8;

/** The ε of batch norms by the names of their layers, from a model's configuration. */
function epsilonsIn(model: unknown, depth = 0): [string, number][] {
  const config = isRecord(model) ? model.config : undefined;
  const layers = isRecord(config) ? config.layers : undefined;
  if (!Array.isArray(layers) || depth === DEEPEST) return [];
  return layers.flatMap((layer): [string, number][] => {
    if (!isRecord(layer) || !isRecord(layer.config)) return [];
    const { name, epsilon } = layer.config;
    const isNorm = String(layer.class_name).includes('BatchNorm');
    return isNorm && typeof name === 'string' && typeof epsilon === 'number' && epsilon >= 0
      ? [[name, epsilon]]
      : epsilonsIn(layer, depth + 1);
  });
}

function epsilonsOf({ root, words }: Hdf5, bad: Bad): ReadonlyMap<string, number> {
  const [config] = words(root, 'model_config');
  if (config === undefined) return new Map();
  try {
    return new Map(epsilonsIn(JSON.parse(config)));
  } catch {
    throw bad('its model_config is not JSON');
  }
}

/** An array as the networks here have it. */
function tensorOf(
  path: string,
  name: string,
  { shape, data }: Numbers,
  epsilons: ReadonlyMap<string, number>,
): WeightTensor {
  if (isKernel(path) && shape.length === 4) return turned(shape, data);
  if (isKernel(path) && shape.length === 2) return { ...turned(shape, data), channelsLast: true };
  if (!/(^|\/)moving_variance(:\d+)?$/.test(path)) return { shape, data };
  const layer = name.split('.').at(-2) ?? '';
  return { shape, data, epsilon: epsilons.get(layer) ?? EPSILON };
}

/** An array that a file names: the group it stands below, its path there, and its layer where the file lists layers. */
interface Named {
  readonly below: Group;
  readonly path: string;
  readonly layer?: string;
}

/** The arrays of the layers that a file lists, or all where it lists none. */
function namedIn(file: Hdf5, bad: Bad): Named[] {
  const root = file.group(file.root, 'model_weights') ?? file.root;
  const layers = file.words(root, 'layer_names');
  if (layers.length === 0) return file.paths().map((path) => ({ below: file.root, path }));
  return layers.flatMap((layer) => {
    const below = file.group(root, layer);
    if (below === undefined) throw bad(`it lists the layer ${shown(layer)}, which is missing`);
    return file.words(below, 'weight_names').map((path) => ({ below, path, layer }));
  });
}

/**
 * All arrays of an HDF5 file as float32: kernels [rows, columns, in, out] as [out, in, rows, columns],
 * matrices [in, out] as [out, in], everything else as it is.
 * @param because makes the error of a file that holds something else
 */
export function kerasTensors(bytes: Buffer, because: Bad): Promise<Map<string, WeightTensor>> {
  return readHdf5(bytes, because, (opened, bad) => {
    const epsilons = epsilonsOf(opened, bad);
    const tensors = new Map<string, WeightTensor>();
    for (const { below, path, layer } of namedIn(opened, bad)) {
      if (/(^|\/)vars\/\d+$/.test(path))
        throw bad(
          "its arrays have no names, as those of save_weights in Keras 3; expected a file as model.save('a.h5') writes it",
        );
      const name = nameOf(path, layer);
      if (tensors.has(name)) throw bad(`two arrays are named ${shown(name)}`);
      const numbers = opened.array(below, path);
      if (numbers === undefined) throw bad(`it lists ${shown(path)}, which is no array`);
      tensors.set(name, tensorOf(path, name, numbers, epsilons));
    }
    if (tensors.size === 0) throw bad('it has no arrays');
    return tensors;
  });
}
