// Model files that are damaged, claim too much, or reach for other files: one line each.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { fixturePath } from '../package.js';
import { keyedRandom } from '../random.js';
import { useFolder } from '../testing/files.js';
import { importNetwork, presets, readModel } from './index.js';
import { encodeModel } from './message.js';

const at = useFolder();

const dims = (...sizes: readonly (number | string)[]) =>
  sizes.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
const value = (name: string, ...sizes: readonly (number | string)[]) => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: dims(...sizes) } } },
});
const floats = (name: string, shape: readonly number[], fill = 0.5) => ({
  name,
  dims: shape,
  dataType: 1,
  floatData: new Array(shape.reduce((n, d) => n * d, 1)).fill(fill),
});
const ints = (name: string, values: readonly number[]) => ({
  name,
  dims: [values.length],
  dataType: 7,
  int64Data: values,
});
const int = (name: string, i: number) => ({ name, i, type: 2 });

type Graph = Readonly<Record<string, unknown>>;

/** A network that takes means of planes and multiplies them: as small as there can be. */
const small = {
  node: [
    { opType: 'GlobalAveragePool', input: ['x'], output: ['m'], name: 'mean' },
    { opType: 'Flatten', input: ['m'], output: ['f'] },
    {
      opType: 'Gemm',
      input: ['f', 'w'],
      output: ['y'],
      attribute: [int('transB', 1)],
      name: 'head',
    },
  ],
  initializer: [floats('w', [2, 3])],
  input: [value('x', 1, 3, 4, 4)],
  output: [value('y', 1, 2)],
};

async function written(graph: Graph, rest: Graph = {}): Promise<string> {
  const file = at('m.onnx');
  const model = { irVersion: 8, opsetImport: [{ domain: '', version: 13 }], graph, ...rest };
  await writeFile(file, encodeModel(model));
  return file;
}

const opened = async (file: string, change: object = {}) =>
  importNetwork(await readModel(file), { input: { ...presets.unit, ...change }, name: 'm' });

async function mistake(file: string, change: object = {}): Promise<string> {
  const error: unknown = await opened(file, change).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).toMatch(/^[^\n]{1,600}$/);
  return message.replaceAll(`${path.dirname(file)}/`, '');
}

it('a small network is read', async () => {
  const { bound } = await opened(await written(small));
  expect(bound.network).toMatchObject({ classes: 2, classLayer: 'head' });
});

describe('what is no model', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'not an ONNX model: it has no nodes'],
    ['noise', Buffer.from('ceci n’est pas un modèle'), 'not an ONNX model, or damaged'],
    ['a model that is cut', undefined, 'not an ONNX model, or damaged or truncated'],
  ])('%s', async (_, bytes, why) => {
    const whole = await readFile(fixturePath('onnx', 'vit.onnx'));
    await writeFile(at('m.onnx'), bytes ?? whole.subarray(0, whole.length - 100));
    expect(await mistake(at('m.onnx'))).toContain(why);
  });

  it('a folder, and what is not there', async () => {
    await mkdir(at('m.onnx'));
    expect(await mistake(at('m.onnx'))).toContain('not a regular file');
    expect(await mistake(at('none.onnx'))).toBe('none.onnx: no such file');
  });
});

const withNodes = (...node: readonly object[]) => ({ ...small, node });
const gemm = (input: string) => ({ opType: 'Gemm', input: [input, 'w'], output: ['y'] });

describe('what a model claims', () => {
  it.each<[string, Graph, string]>([
    [
      'an operator without a derivative',
      withNodes({ opType: 'TopK', input: ['x'], output: ['y'], name: '/head/TopK' }),
      'm.onnx: operator TopK (node /head/TopK) has no derivative',
    ],
    [
      'an operator of others',
      withNodes({ opType: 'Magic', domain: 'com.example', input: ['x'], output: ['y'], name: 'n' }),
      'm.onnx: node n: operator Magic of the domain com.example, expected ONNX’s own',
    ],
    [
      'a circle',
      withNodes(
        { opType: 'Add', input: ['x', 'b'], output: ['a'], name: 'one' },
        { opType: 'Relu', input: ['a'], output: ['b'] },
        { ...gemm('b') },
      ),
      'm.onnx: operator Add (node one) reads b, which no node before it makes',
    ],
    [
      'numbers that are not there',
      { ...small, initializer: [{ ...floats('w', [2, 3]), dims: [2000, 3000] }] },
      'm.onnx: tensor w: 6 numbers for shape [2000,3000]',
    ],
    [
      'a shape that is none',
      { ...small, initializer: [{ ...floats('w', [2, 3]), dims: [-2, -3] }] },
      'm.onnx: tensor w: shape [-2,-3]',
    ],
    [
      'two tensors of a name',
      { ...small, initializer: [floats('w', [2, 3]), floats('w', [2, 3])] },
      'm.onnx: two tensors are named w',
    ],
    [
      'an unknown type of number',
      { ...small, initializer: [{ ...floats('w', [2, 3]), dataType: 99 }] },
      'm.onnx: tensor w: element type 99, expected one of 1, 2, 3',
    ],
    [
      'a constant without end',
      {
        ...small,
        initializer: [floats('w', [2, 3]), ints('s', [99_999, 99_999])],
        node: [
          { opType: 'ConstantOfShape', input: ['s'], output: ['c'], name: 'large' },
          { opType: 'Add', input: ['x', 'c'], output: ['a'] },
          gemm('a'),
        ],
      },
      'm.onnx: operator ConstantOfShape (node large) makes a constant of shape [99999,99999]',
    ],
    [
      'an attribute of another kind',
      withNodes(
        {
          opType: 'Flatten',
          input: ['x'],
          output: ['f'],
          attribute: [{ name: 'axis', s: Buffer.from('one'), type: 3 }],
          name: 'flat',
        },
        gemm('f'),
      ),
      'm.onnx: operator Flatten (node flat) has an attribute axis of another kind than its operator’s',
    ],
    [
      'shapes that do not fit',
      withNodes(
        { opType: 'Flatten', input: ['x'], output: ['f'] },
        { opType: 'MatMul', input: ['f', 'w'], output: ['y'], name: 'product' },
      ),
      'm.onnx: operator MatMul (node product) multiplies shapes [1,48] and [2,3]',
    ],
    [
      'an output that nothing makes',
      { ...small, output: [value('z', 1, 2)] },
      'm.onnx: no node makes its output z',
    ],
    [
      'no class scores',
      { ...small, node: [{ opType: 'Relu', input: ['x'], output: ['y'] }] },
      'm.onnx: its output y has shape [1,3,4,4], expected class scores [1, classes]',
    ],
    [
      'two inputs',
      { ...small, input: [value('x', 1, 3, 4, 4), value('u', 1, 3, 4, 4)] },
      'm.onnx: 2 inputs (x [1,3,4,4], u [1,3,4,4]), expected one, a picture',
    ],
    [
      'an input that is no picture',
      { ...small, input: [value('x', 1, 7, 4, 4)] },
      'm.onnx: input x of shape [1,7,4,4], expected 1 or 3 channels',
    ],
    [
      'an input without a size',
      { ...small, input: [value('x', 'n', 3, 'h', 'w')] },
      'm.onnx: model.input.size: missing, expected [rows, columns]: its input is [?,3,?,?]',
    ],
    [
      'a batch norm in training',
      withNodes(
        {
          opType: 'BatchNormalization',
          input: ['x', 'o', 'o', 'o', 'o'],
          output: ['b'],
          attribute: [int('training_mode', 1)],
          name: 'norm',
        },
        gemm('b'),
      ),
      'm.onnx: operator BatchNormalization (node norm) is in training mode: export the model with model.eval()',
    ],
  ])('%s', async (_, graph, why) => {
    const initializer = [...((graph.initializer ?? []) as object[]), floats('o', [3])];
    const file = await written({ ...graph, initializer });
    expect((await mistake(file)).replaceAll("'", '’')).toContain(why);
  });

  it('more nodes than a network has', async () => {
    const node = Array.from({ length: 20_001 }, (_, i) => ({
      opType: 'Relu',
      input: ['x'],
      output: [`r${i}`],
    }));
    expect(await mistake(await written({ ...small, node }))).toBe(
      'm.onnx: 20001 nodes, expected 20000 at most',
    );
  });

  it('operators of a version that is too old, or none', async () => {
    const old = { opsetImport: [{ domain: '', version: 6 }] };
    expect(await mistake(await written(small, old))).toBe('m.onnx: opset 6, expected 7 to 22');
    expect(await mistake(await written(small, { opsetImport: [] }))).toContain(
      'it names no version',
    );
  });

  it('an order of colors that its channels have not', async () => {
    expect(await mistake(await written(small), { order: 'gray' })).toBe(
      'm.onnx: model.input.order: gray, expected rgb or bgr: its input has 3 channels',
    );
  });
});

describe('weights beside a model', () => {
  const outside = (location: string, more: readonly object[] = []) => ({
    ...small,
    initializer: [
      {
        name: 'w',
        dims: [2, 3],
        dataType: 1,
        dataLocation: 1,
        externalData: [{ key: 'location', value: location }, ...more],
      },
    ],
  });
  const numbers = Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

  it('are read, and belong to what the model is', async () => {
    await writeFile(at('m.onnx.data'), numbers);
    const file = await written(outside('m.onnx.data'));
    const { bound } = await opened(file);
    expect([...bound.linear.get('head')!.weight.data]).toEqual([1, 2, 3, 4, 5, 6]);
    const { sha256 } = await readModel(file);
    await writeFile(at('m.onnx.data'), Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 7).buffer));
    expect((await readModel(file)).sha256).not.toBe(sha256);
  });

  it.each<[string, string, readonly object[], string]>([
    ['that are missing', 'gone.data', [], 'its weights are in gone.data, which is not beside it'],
    [
      'above its folder',
      '../secret',
      [],
      'its weights are in ../secret, expected a file in its own folder',
    ],
    [
      'by a whole path',
      '/etc/passwd',
      [],
      'its weights are in /etc/passwd, expected a file in its own folder',
    ],
    ['behind a link', 'link', [], 'its weights are in link, expected a file in its own folder'],
    ['in a folder', 'folder', [], 'folder: not a regular file'],
    [
      'behind their end',
      'm.data',
      [{ key: 'offset', value: '4' }],
      'its 24 bytes are at 4 of m.data, which has 24',
    ],
    [
      'before their beginning',
      'm.data',
      [{ key: 'offset', value: '-4' }],
      'its 24 bytes are at -4 of m.data',
    ],
    [
      'of another length',
      'm.data',
      [{ key: 'length', value: '12' }],
      'its 24 bytes are at 0 of m.data',
    ],
  ])('%s', async (_, location, more, why) => {
    await writeFile(at('..', `${path.basename(at())}-secret`), numbers);
    await writeFile(at('m.data'), numbers);
    await mkdir(at('folder'));
    await symlink('/etc/passwd', at('link'));
    const there = location === '../secret' ? `../${path.basename(at())}-secret` : location;
    const said = await mistake(await written(outside(there, more)));
    expect(said.replace(there, location)).toContain(why);
  });
});

describe('a model with bytes that are others', () => {
  it.each([
    ['two-outputs', 400],
    ['gray', 400],
    ['mixed', 200],
    ['regnet', 60],
  ])('is read, or refused in one line: %s', async (name, times) => {
    const whole = await readFile(fixturePath('onnx', `${name}.onnx`));
    const { below } = keyedRandom(1, name, 'bytes');
    let refused = 0;
    for (let i = 0; i < times; i++) {
      const bytes = Buffer.from(whole);
      // the beginning and the end say what the nodes are; most of the middle are weights
      const end =
        below(2) === 0
          ? below(Math.min(2000, bytes.length))
          : bytes.length - 1 - below(Math.min(2000, bytes.length));
      for (let n = 0; n <= below(3); n++) bytes[Math.min(bytes.length - 1, end + n)] = below(256);
      await writeFile(at('m.onnx'), bytes);
      const error: unknown = await opened(at('m.onnx'), {
        order: name === 'gray' ? 'gray' : 'rgb',
      }).then(
        () => undefined,
        (thrown) => thrown,
      );
      if (error === undefined) continue;
      expect(error, `mutation ${i}: ${String(error)}`).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(/^[^\n]{1,900}$/);
      refused++;
    }
    expect(refused).toBeGreaterThan(times / 10);
  });
});
