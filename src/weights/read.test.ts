// Files that PyTorch, h5py and an ONNX exporter wrote (scripts/weights-golden.py), and what is made of
// them when they are cut, damaged, or not what they claim.
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { fixturePath } from '../package.js';
import { refusal, useFolder } from '../testing/files.js';
import { readWeights } from './read.js';
import { type WeightTensor, writeSafetensors } from './safetensors.js';
import { refusalOf } from './testing/crafted.js';

const at = useFolder();
const fixture = (name: string) => fixturePath('weights', name);

type Listed = Readonly<Record<string, { readonly shape: number[]; readonly values: number[] }>>;
const golden: Readonly<Record<string, Listed>> = JSON.parse(
  readFileSync(fixture('golden.json'), 'utf8'),
);

const listed = (tensors: ReadonlyMap<string, WeightTensor>): Listed =>
  Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [name, { shape: [...shape], values: [...data] }]),
  );

/** The golden numbers as float32. */
const rounded = (expected: Listed): Listed =>
  Object.fromEntries(
    Object.entries(expected).map(([name, { shape, values }]) => [
      name,
      { shape, values: values.map(Math.fround) },
    ]),
  );

/** What is said of a file of these bytes, without the file's name. */
const refused = (bytes: Uint8Array | string) => refusalOf(at('a.pth'), bytes);

describe('tensors of', () => {
  it.each([
    ['a state dict in an archive', 'state-zip.pth', 'state'],
    ['a state dict in a stream', 'state-stream.pth', 'state'],
    ['all types, views and a parameter in an archive', 'forms-zip.pth', 'forms'],
    ['all types, views and a parameter in a stream', 'forms-stream.pth', 'forms'],
    ['a checkpoint with settings of its training in an archive', 'settings-zip.pth', 'state'],
    ['a checkpoint with settings of its training in a stream', 'settings-stream.pth', 'state'],
    ['tensors that repeat a number or a row in an archive', 'expanded-zip.pth', 'expanded'],
    ['tensors that repeat a number or a row in a stream', 'expanded-stream.pth', 'expanded'],
    ['a checkpoint of a spread network in an archive', 'checkpoint-zip.pth', 'state'],
    ['a checkpoint of a spread network in a stream', 'checkpoint-stream.pth', 'state'],
    ['a DenseNet with its old names in an archive', 'densenet-zip.pth', 'densenet'],
    ['a DenseNet with its old names in a stream', 'densenet-stream.pth', 'densenet'],
    ['an ONNX model', 'model.onnx', 'onnx'],
    ['Keras weights', 'weights.h5', 'keras'],
    ['a Keras model', 'model.h5', 'keras'],
    ['HDF5 without lists of layers', 'paths.h5', 'paths'],
    ['HDF5 of half and double precision', 'half.h5', 'half'],
  ])('%s', async (_, file, what) => {
    const { tensors, sha256 } = await readWeights(fixture(file));
    expect(listed(tensors)).toEqual(rounded(golden[what]!));
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['state-zip.pth', 'state-stream.pth', 'model.onnx', 'weights.h5'])(
    '%s are found whatever the file is called',
    async (file) => {
      await writeFile(at('weights.safetensors'), await readFile(fixture(file)));
      const { tensors } = await readWeights(at('weights.safetensors'));
      expect(listed(tensors)).toEqual(listed((await readWeights(fixture(file))).tensors));
    },
  );

  it('safetensors of a spread network, under any name', async () => {
    const x = { shape: [2], data: Float32Array.of(1, 2) };
    await writeSafetensors(at('a.pth'), new Map([['module.x', x]]));
    expect(listed((await readWeights(at('a.pth'))).tensors)).toEqual({
      x: { shape: [2], values: [1, 2] },
    });
  });

  it('a network of which only some names begin with module. keep them', async () => {
    const x = { shape: [1], data: Float32Array.of(1) };
    await writeSafetensors(
      at('a.pth'),
      new Map([
        ['module.x', x],
        ['y', x],
      ]),
    );
    expect([...(await readWeights(at('a.pth'))).tensors.keys()]).toEqual(['module.x', 'y']);
  });
});

describe('a file cut at every length is refused in one line', () => {
  it.each(['state-zip.pth', 'state-stream.pth'])('%s', async (file) => {
    const bytes = await readFile(fixture(file));
    for (let length = 16; length < bytes.length; length += 7)
      expect(await refused(bytes.subarray(0, length))).toMatch(/^not a PyTorch state dict: /);
  });

  it('model.onnx', async () => {
    const bytes = await readFile(fixture('model.onnx'));
    for (let length = 2; length < bytes.length - 120; length += 7)
      expect(await refused(bytes.subarray(0, length))).toMatch(/^not an ONNX model with weights: /);
  });

  it('weights.h5, and nothing else is said', async () => {
    const printed = vi.spyOn(process.stderr, 'write');
    const shown = vi.spyOn(console, 'error');
    const bytes = await readFile(fixture('weights.h5'));
    for (let length = 8; length < bytes.length; length += 1501)
      expect(await refused(bytes.subarray(0, length))).toMatch(/^not weights in HDF5: /);
    expect(printed).not.toHaveBeenCalled();
    expect(shown).not.toHaveBeenCalled();
  });
});

describe('what is no file of weights', () => {
  it.each([
    ['nothing', ''],
    ['text', 'hello, world'],
    ['a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['HTML', '<!DOCTYPE html><html></html>'],
  ])('%s is refused', async (_, bytes) => {
    expect(await refused(bytes)).toBe(
      'not a file of weights, expected weights as safetensors, PyTorch state dict, ONNX or Keras HDF5',
    );
  });

  it('is missing or a folder', async () => {
    expect(await refusal(readWeights(at('absent')))).toContain('no such file; expected weights as');
    expect(await refusal(readWeights(at('.')))).toContain('not a file; expected weights as');
  });

  it('is an ONNX model without initializers', async () => {
    expect(await refused(Buffer.from('0807', 'hex'))).toBe(
      'not an ONNX model with weights: it has no initializers',
    );
  });

  it('is HDF5 without arrays that it lists', async () => {
    const bytes = await readFile(fixture('weights.h5'));
    const at = bytes.indexOf('conv1/kernel:0');
    bytes.write('conv1/kernal:0', at);
    expect(await refused(bytes)).toContain('not weights in HDF5: ');
  });
});
