// Files that PyTorch, h5py and an ONNX exporter wrote (scripts/weights-golden.py), and what is made of
// them when they are cut, damaged, or not what they claim.
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { fixturePath } from '../package.js';
import { refusal, useFolder } from '../testing/files.js';
import { readWeights } from './read.js';
import { type WeightTensor, writeSafetensors } from './safetensors.js';

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
async function refused(bytes: Uint8Array | string, name = 'a.pth'): Promise<string> {
  await writeFile(at(name), bytes);
  const message = await refusal(readWeights(at(name)));
  expect(message.startsWith(`${at(name)}: `)).toBe(true);
  return message.slice(at(name).length + 2);
}

describe('tensors of', () => {
  it.each([
    ['a state dict in an archive', 'state-zip.pth', 'state'],
    ['a state dict in a stream', 'state-stream.pth', 'state'],
    ['all types, views and a parameter in an archive', 'forms-zip.pth', 'forms'],
    ['all types, views and a parameter in a stream', 'forms-stream.pth', 'forms'],
    ['a checkpoint of a spread network in an archive', 'checkpoint-zip.pth', 'state'],
    ['a checkpoint of a spread network in a stream', 'checkpoint-stream.pth', 'state'],
    ['a DenseNet with its old names in an archive', 'densenet-zip.pth', 'densenet'],
    ['a DenseNet with its old names in a stream', 'densenet-stream.pth', 'densenet'],
    ['an ONNX model', 'model.onnx', 'onnx'],
    ['Keras weights', 'weights.h5', 'keras'],
    ['a Keras model', 'model.h5', 'keras'],
    ['HDF5 without lists of layers', 'paths.h5', 'paths'],
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

/** A pickle of protocol 2 put together by hand. */
const pickle = (...parts: readonly (string | Buffer)[]) =>
  Buffer.concat([
    Buffer.from('\x80\x02', 'latin1'),
    ...parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : p)),
    Buffer.from('.'),
  ]);
const archive = (data: Uint8Array, more: Record<string, Uint8Array> = {}) =>
  zipSync({ 'a/data.pkl': data, ...more }, { level: 0 });
const text = (word: string) => `X${String.fromCharCode(word.length)}\0\0\0${word}`;

/** A pickled dict { x: tensor } with a storage of `count` floats. */
const tensorPickle = (count: number, offset: number, shape: string, strides: string) =>
  pickle(
    '}',
    text('x'),
    'ctorch._utils\n_rebuild_tensor_v2\n(',
    `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}K${String.fromCharCode(count)}tQ`,
    `K${String.fromCharCode(offset)}(${shape}t(${strides}t\x89}tRs`,
  );
const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

describe('a hostile file', () => {
  it.each(['zip', 'stream'])('%s executes nothing and is refused by name', async (suffix) => {
    const bytes = await readFile(fixture(`hostile-${suffix}.pth`));
    expect(bytes.includes('touch executed')).toBe(true);
    expect(await refused(bytes)).toBe(
      'not a PyTorch state dict: refused: it asks for "posix.system", expected tensors, numbers, text, tuples, lists and dicts alone',
    );
    expect(existsSync('executed')).toBe(false);
  });

  it('that is a whole network is refused by the name of its class', async () => {
    expect(await refused(await readFile(fixture('module.pth')))).toContain(
      'refused: it asks for "torch.nn.modules.container.Sequential"',
    );
  });

  it.each([
    ['what objects inherit', pickle('c__proto__\nconstructor\n'), '"__proto__.constructor"'],
    ['text of several lines', pickle(`${text('a\nb')}${text('c')}\x93`), String.raw`"a\nb.c"`],
    ['a call of text', pickle(`${text('x')})R`), 'it calls what is no function'],
    ['attributes of a list', pickle(']}b'), 'it sets attributes of what is no dict'],
    ['another persistent object', pickle(`${text('x')}Q`), 'something else than a storage'],
    ['an unknown instruction', pickle('i'), 'the instruction 0x69'],
    ['an empty stack', pickle(')0R'), 'not well-formed'],
    ['a mark that is missing', pickle('t'), 'not well-formed'],
    ['a memo that is missing', pickle('h\x05'), 'not well-formed'],
    ['a later protocol', Buffer.from('8005', 'hex'), 'protocol 5, expected 2 to 4'],
    ['more text than there is', pickle('X\xff\xff\xff\x7fabc'), 'it is truncated'],
  ])('%s', async (_, data, why) => {
    expect(await refused(archive(data))).toContain(why);
  });

  it.each([
    ['beyond its storage', 4, 1, 'K\x02K\x02', 'K\x02K\x01', 'up to place 4 of a storage of 4'],
    ['that repeats a storage', 4, 0, 'J\xff\xff\xff\x7f', 'K\x00', '2147483647 numbers'],
    ['of a negative size', 4, 0, 'J\xff\xff\xff\xff', 'K\x01', 'no proper storage'],
    ['with strides of another rank', 4, 0, 'K\x02K\x02', 'K\x01', 'no proper storage'],
    ['whose storage is longer', 5, 0, 'K\x02', 'K\x01', 'storage 0 has 16 bytes, expected 20'],
  ])('a tensor %s', async (_, count, offset, shape, strides, why) => {
    const data = tensorPickle(count, offset, shape, strides);
    expect(await refused(archive(data, { 'a/data/0': four }))).toContain(why);
  });

  it('is not what it is made from: the same tensor inside its storage is read', async () => {
    const data = tensorPickle(4, 1, 'K\x03', 'K\x01');
    await writeFile(at('a.pth'), archive(data, { 'a/data/0': four }));
    expect([...(await readWeights(at('a.pth'))).tensors.get('x')!.data]).toEqual([2, 3, 4]);
  });
});

describe('an archive is refused', () => {
  const good = tensorPickle(4, 0, 'K\x04', 'K\x01');
  it.each([
    ['without a pickle', zipSync({ 'a/b': four }), 'a/b is compressed, expected stored'],
    ['of other things', zipSync({ 'a/b': four }, { level: 0 }), 'its archive has no data.pkl'],
    ['without its storage', archive(good), 'storage 0 has no bytes, expected 16'],
    [
      'of TorchScript',
      archive(good, { 'a/constants.pkl': strToU8('') }),
      'it is a TorchScript program, expected a state dict',
    ],
    [
      'of a big-endian machine',
      archive(good, { 'a/byteorder': strToU8('big'), 'a/data/0': four }),
      'its numbers are big-endian, expected little-endian',
    ],
    [
      'of a list',
      archive(pickle(']')),
      'it holds no dict, expected tensors by name, or those under state_dict',
    ],
    [
      'of a dict of other things',
      archive(pickle('}', text('epoch'), 'K\x03s')),
      'entry epoch is no tensor, expected tensors by name, or those under state_dict',
    ],
  ])('%s', async (_, bytes, why) => {
    expect(await refused(bytes)).toBe(`not a PyTorch state dict: ${why}`);
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
