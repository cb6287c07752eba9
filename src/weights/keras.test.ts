// HDF5 files made here: as Keras writes them in rarer cases, and such as reach outside themselves or claim too much.
import { readFile, writeFile } from 'node:fs/promises';
import type { File, Group } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { useFolder } from '../testing/files.js';
import { readWeights } from './read.js';
import { refusalOf } from './testing/crafted.js';

const at = useFolder();

/** The bytes of an HDF5 file. */
async function hdf5(fill: (file: File) => void): Promise<Uint8Array> {
  const library = await import('h5wasm');
  const { FS } = await library.ready;
  const file = new library.File('/made.h5', 'w');
  fill(file);
  file.close();
  const bytes = FS.readFile('/made.h5') as Uint8Array;
  FS.unlink('/made.h5');
  return bytes;
}
const read = async (fill: (file: File) => void) => {
  await writeFile(at('a.h5'), await hdf5(fill));
  return (await readWeights(at('a.h5'))).tensors;
};
const refused = async (fill: (file: File) => void) => refusalOf(at('a.h5'), await hdf5(fill));

const floats = (name: string, ...data: readonly number[]) => ({
  name,
  data: Float32Array.from(data),
});
const matrix = (name: string, rows: number, columns: number) => ({
  name,
  data: Float32Array.from({ length: rows * columns }, (_, i) => i),
  shape: [rows, columns],
});

/** Adds a layer as Keras does: a group that lists its arrays, and the arrays below it. */
function layer(
  root: Group,
  name: string,
  arrays: Readonly<Record<string, readonly number[]>>,
): void {
  const group = root.create_group(name);
  group.create_attribute(
    'weight_names',
    Object.keys(arrays).map((array) => `${name}/${array}:0`),
  );
  const inner = group.create_group(name);
  for (const [array, data] of Object.entries(arrays))
    inner.create_dataset(floats(`${array}:0`, ...data));
}
const norm = { gamma: [1, 2], beta: [3, 4], moving_mean: [5, 6], moving_variance: [7, 8] };

describe('a Keras file', () => {
  it.each([
    ['of weights alone has the ε that Keras has', undefined, 1e-3],
    ['has the ε of its model', 1e-5, 1e-5],
  ])('%s', async (_, epsilon, expected) => {
    const tensors = await read((file) => {
      const inner = {
        config: { layers: [{ class_name: 'BatchNormalization', config: { name: 'bn', epsilon } }] },
      };
      const config = {
        config: {
          layers: [
            { class_name: 'Functional', ...inner, config: { name: 'body', ...inner.config } },
          ],
        },
      };
      if (epsilon !== undefined) file.create_attribute('model_config', JSON.stringify(config));
      const root = file.create_group('model_weights');
      root.create_attribute('layer_names', ['bn']);
      layer(root, 'bn', norm);
    });
    expect(tensors.get('bn.running_var')).toEqual({
      shape: [2],
      data: Float32Array.of(7, 8),
      epsilon: expected,
    });
    expect([...tensors.keys()]).toEqual([
      'bn.weight',
      'bn.bias',
      'bn.running_mean',
      'bn.running_var',
    ]);
  });

  it('says of matrices that their columns go by row, column and channel', async () => {
    const tensors = await read((file) => {
      file.create_dataset(matrix('kernel', 2, 3));
    });
    expect(tensors.get('weight')).toEqual({
      shape: [3, 2],
      data: Float32Array.of(0, 3, 1, 4, 2, 5),
      channelsLast: true,
    });
  });

  it('has names of layers in several attributes where they are long', async () => {
    const tensors = await read((file) => {
      file.create_attribute('layer_names0', ['one']);
      file.create_attribute('layer_names1', ['two']);
      layer(file, 'one', { bias: [1] });
      layer(file, 'two', { bias: [2] });
    });
    expect([...tensors.keys()]).toEqual(['one.bias', 'two.bias']);
  });

  it('has names that begin with those of the model around its layers', async () => {
    const tensors = await read((file) => {
      file.create_attribute('layer_names', ['one']);
      const one = file.create_group('one');
      one.create_attribute('weight_names', ['sequential/one/bias']);
      one.create_group('sequential').create_group('one').create_dataset(floats('bias', 1));
    });
    expect([...tensors.keys()]).toEqual(['one.bias']);
  });

  it('of Keras 3 without names is refused by name', async () => {
    const said = await refused((file) => {
      const vars = file.create_group('layers').create_group('dense').create_group('vars');
      vars.create_dataset(floats('0', 1));
    });
    expect(said).toBe(
      "not weights in HDF5: its arrays have no names, as those of save_weights in Keras 3; expected a file as model.save('a.h5') writes it",
    );
  });

  it('whose configuration is not JSON is refused', async () => {
    const said = await refused((file) => {
      file.create_attribute('model_config', '{');
      file.create_dataset(floats('x', 1));
    });
    expect(said).toBe('not weights in HDF5: its model_config is not JSON');
  });
});

describe('numbers in another file are refused', () => {
  const elsewhere = 'in another file, expected a file that holds all';

  it.each([
    ['of storage', 'external.h5', `x is ${elsewhere}`],
    ['of a virtual array', 'virtual.h5', `x is put together from arrays ${elsewhere}`],
  ])('%s', async (_, name, why) => {
    const bytes = await readFile(fixturePath('weights', name));
    // the other file is there
    await writeFile(at('paths.h5'), await readFile(fixturePath('weights', 'paths.h5')));
    expect(await refusalOf(at('a.h5'), bytes)).toBe(`not weights in HDF5: ${why}`);
  });

  it('of a link to an array, listed or not', async () => {
    const target = fixturePath('weights', 'paths.h5');
    const link = (file: File) => file.create_external_link(target, '/block/steps', 'x');
    expect(await refused(link)).toBe(`not weights in HDF5: x is ${elsewhere}`);
    const listed = await refused((file) => {
      file.create_attribute('layer_names', ['one']);
      const one = file.create_group('one');
      one.create_attribute('weight_names', ['block/steps']);
      one.create_external_link(target, '/block', 'block');
    });
    expect(listed).toBe(`not weights in HDF5: block/steps is ${elsewhere}`);
  });
});

describe('a small file does not become large', () => {
  it.each([
    [
      'by compression',
      (file: File) =>
        file.create_dataset({
          ...{ name: 'x', data: new Float32Array(1e6), shape: [1e6] },
          ...{ chunks: [1e6], compression: 9 },
        }),
      'x is compressed or filtered, expected plain numbers, as h5repack -f NONE writes them',
    ],
    [
      'by links to the same array',
      (file: File) => {
        file.create_dataset({ name: 'a', data: new Float32Array(1e6) });
        for (let i = 0; i < 20; i++) file.create_hard_link('/a', `b${i}`);
      },
      /^tensor b\d+ of 1000000 numbers is more than a file of \d+ bytes holds$/,
    ],
    [
      'by groups that hold themselves',
      (file: File) => {
        file.create_dataset(floats('x', 1));
        for (let i = 0; i < 9; i++) file.create_hard_link('/', `a${i}`);
      },
      'it has too many groups, or groups that hold themselves',
    ],
  ] as const)('%s', async (_, fill, why) => {
    const said = await refused((file) => void fill(file));
    const reason = said.replace('not weights in HDF5: ', '');
    if (typeof why === 'string') expect(reason).toBe(why);
    else expect(reason).toMatch(why);
  });

  it.each([
    [
      'by a size that nothing fills',
      'unfilled.h5',
      'tensor x of 1700000000 numbers is more than a',
    ],
    [
      'by chunks larger than its array',
      'chunks.h5',
      'x is in chunks that are larger than the file',
    ],
  ])('%s', async (_, name, why) => {
    const bytes = await readFile(fixturePath('weights', name));
    expect(await refusalOf(at('a.h5'), bytes)).toContain(`not weights in HDF5: ${why}`);
  });
});

it('a damaged file from which the library does not return is refused', async () => {
  const bytes = await readFile(fixturePath('weights', 'model.h5'));
  // the sizes in a heap of words
  bytes.fill(0, 2072, 2085);
  expect(await refusalOf(at('a.h5'), bytes)).toBe(
    'not weights in HDF5: it is damaged or truncated',
  );
});
