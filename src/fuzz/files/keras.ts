// Writes weights as Keras keeps them in HDF5, and files of that format with what weights never have.
import type { Group } from 'h5wasm/node';
import type { WeightTensor } from '../../weights/safetensors.js';

/** Parameters of Keras for those of PyTorch. */
const parts: Readonly<Record<string, string>> = { weight: 'kernel:0', bias: 'bias:0' };

/** Kernels [out, in, rows, columns] as [rows, columns, in, out], matrices turned. */
function turned({ shape, data }: WeightTensor): WeightTensor {
  if (shape.length !== 2 && shape.length !== 4) return { shape, data };
  const [outputs, inputs, ...area] = shape as [number, number, ...number[]];
  const plane = area.reduce((n, d) => n * d, 1);
  const out = new Float32Array(data.length);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let p = 0; p < plane; p++)
        out[(p * inputs + i) * outputs + o] = data[(o * inputs + i) * plane + p]!;
  return { shape: [...area, inputs, outputs], data: out };
}

type Fill = (root: Group) => void;

/** Weights of layers, with the lists of their names. */
export const kerasWeights =
  (tensors: ReadonlyMap<string, WeightTensor>): Fill =>
  (root) => {
    const layers = [...new Set([...tensors.keys()].map((name) => name.split('.')[0]!))];
    root.create_attribute('layer_names', layers);
    for (const layer of layers) {
      const group = root.create_group(layer);
      const inside = group.create_group(layer);
      const of = [...tensors].filter(([name]) => name.split('.')[0] === layer);
      const named = of.map(
        ([name, tensor]) => [parts[name.split('.')[1] ?? ''] ?? name, tensor] as const,
      );
      group.create_attribute(
        'weight_names',
        named.map(([name]) => `${layer}/${name}`),
      );
      for (const [name, tensor] of named) {
        const { shape, data } = turned(tensor);
        inside.create_dataset({ name, data, shape: [...shape] });
      }
    }
  };

/** A set of numbers that takes few bytes and claims to have many. */
function bomb(root: Group, shape: readonly number[]): void {
  const set = root.create_dataset({
    ...{
      name: 'kernel:0',
      data: new Float32Array(16),
      shape: [16, ...shape.slice(1).map(() => 1)],
    },
    ...{ maxshape: shape.map(() => null), chunks: [16, ...shape.slice(1).map(() => 1)] },
    compression: 9,
  });
  set.resize([...shape]);
}

/** Files that are HDF5 and no weights, by name. */
export const oddHdf5: Readonly<Record<string, Fill>> = {
  'large.h5': (root) => bomb(root, [100_000, 30_000]),
  'larger.h5': (root) => bomb(root, [2 ** 31, 2 ** 31]),
  'half.h5': (root) => bomb(root, [400_000_000]),
  'text.h5': (root) => {
    root.create_dataset({ name: 'bias:0', data: ['a', 'b'] });
  },
  'whole.h5': (root) => {
    root.create_dataset({ name: 'bias:0', data: new BigInt64Array([1n, 2n ** 62n]) });
    root.create_dataset({ name: 'bytes', data: new Uint8Array([1, 2, 3]) });
  },
  'links.h5': (root) => {
    root.create_dataset({ name: 'bias:0', data: new Float32Array(3) });
    root.create_external_link('/etc/passwd', '/x', 'far');
    root.create_soft_link('/nowhere', 'broken');
    root.create_soft_link('/', 'round');
    root.create_hard_link('/', 'again');
  },
  'names.h5': (root) => {
    root.create_attribute('layer_names', 3);
    root.create_group('a').create_attribute('weight_names', ['a', 'a', '../a']);
  },
  'deep.h5': (root) => {
    let group = root;
    for (let i = 0; i < 300; i++) group = group.create_group('g');
    group.create_dataset({ name: 'bias:0', data: new Float32Array(3) });
  },
  'empty.h5': () => {},
  'scalar.h5': (root) => {
    root.create_dataset({ name: 'bias:0', data: 3.5, shape: [] });
    root.create_dataset({ name: 'none', data: new Float32Array(0), shape: [0] });
  },
};

/** Writes an HDF5 file. */
export async function writeHdf5(file: string, fill: Fill): Promise<void> {
  const { ready, File } = await import('h5wasm/node');
  await ready;
  const opened = new File(file, 'w');
  try {
    fill(opened);
  } finally {
    opened.close();
  }
}
