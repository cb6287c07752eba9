// ONNX models put together by the library that encodes them, and what is made of those that are crafted.
import { writeFile } from 'node:fs/promises';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../testing/files.js';
import { readWeights } from './read.js';
import { refusalOf } from './testing/crafted.js';

const at = useFolder();
const refused = (bytes: Uint8Array) => refusalOf(at('a.onnx'), bytes);

type Write = (writer: protobuf.Writer) => unknown;
const message = (...writes: readonly Write[]): Uint8Array => {
  const writer = protobuf.Writer.create();
  for (const write of writes) write(writer);
  return writer.finish();
};
const tag = (id: number, wire: number) => (id << 3) | wire;
const inside =
  (id: number, bytes: Uint8Array): Write =>
  (w) =>
    w.uint32(tag(id, 2)).bytes(bytes);
const number =
  (id: number, value: number): Write =>
  (w) =>
    w.uint32(tag(id, 0)).int64(value);
const packed =
  (id: number, values: readonly number[], one: (w: protobuf.Writer, v: number) => unknown): Write =>
  (w) => {
    w.uint32(tag(id, 2)).fork();
    for (const value of values) one(w, value);
    w.ldelim();
  };
const sizes = (...values: readonly number[]) => packed(1, values, (w, v) => w.int64(v));
const floatList = (...values: readonly number[]) => packed(4, values, (w, v) => w.float(v));
const named =
  (name: string): Write =>
  (w) =>
    w.uint32(tag(8, 2)).string(name);

const tensor = (...fields: readonly Write[]): Write => inside(5, message(...fields));
const model = (...initializers: readonly Write[]) =>
  message(number(1, 8), inside(7, message(...initializers)));

describe('numbers of a tensor are read', () => {
  it.each([
    ['packed floats', 1, floatList(1.5, -2), [1.5, -2]],
    [
      'floats one by one',
      1,
      (w: protobuf.Writer) => w.uint32(37).float(1.5).uint32(37).float(-2),
      [1.5, -2],
    ],
    ['doubles', 11, packed(10, [0.5, -3], (w, v) => w.double(v)), [0.5, -3]],
    ['whole numbers of 64 bits', 7, packed(7, [-5, 2 ** 40], (w, v) => w.int64(v)), [-5, 2 ** 40]],
    ['whole numbers of 32 bits', 6, packed(5, [-5, 7], (w, v) => w.int32(v)), [-5, 7]],
    ['half precision', 10, packed(5, [0xbe00, 1], (w, v) => w.int32(v)), [-1.5, 2 ** -24]],
    ['bfloat16', 16, packed(5, [0xbfc0, 0x80], (w, v) => w.int32(v)), [-1.5, 2 ** -126]],
    ['raw bytes', 1, inside(9, new Uint8Array(Float32Array.of(4, 5).buffer)), [4, 5]],
  ] as const)('%s', async (_, type, numbers, expected) => {
    await writeFile(at('a.onnx'), model(tensor(sizes(2), number(2, type), numbers, named('x'))));
    const { tensors } = await readWeights(at('a.onnx'));
    expect(tensors.get('x')).toEqual({ shape: [2], data: Float32Array.from(expected) });
  });
});

describe('a crafted model is refused', () => {
  const two = floatList(1, 2);
  it.each([
    [
      'of large sizes',
      [sizes(2 ** 31, 2 ** 31), number(2, 1), two],
      'tensor x: 2 numbers for shape [2147483648,2147483648]',
    ],
    [
      'of negative sizes',
      [sizes(-1, -2), number(2, 1), named('y')],
      'tensor y: 0 numbers for shape [-1,-2]',
    ],
    [
      'of no size and a large one',
      [sizes(0, 2 ** 50), number(2, 1), two],
      'tensor x: 2 numbers for shape',
    ],
    [
      'of 65 axes',
      [sizes(...Array<number>(65).fill(1)), number(2, 1), floatList(1)],
      'it is damaged or truncated',
    ],
    [
      'of an unknown type',
      [sizes(2), number(2, 99), two],
      'tensor x: element type 99, expected one of 1, 2,',
    ],
    [
      'whose numbers are elsewhere',
      [sizes(2), number(2, 1), two, number(14, 1)],
      'tensor x: its numbers are in another file',
    ],
    [
      'with a name that commands a terminal',
      [sizes(3), number(2, 1), two, named('\u001b[2J')],
      String.raw`tensor \u001b[2J: 2 numbers`,
    ],
    [
      'with a long name',
      [sizes(3), number(2, 1), two, named('x'.repeat(1e6))],
      `tensor ${'x'.repeat(199)}…: 2 numbers`,
    ],
  ])('%s', async (_, fields, why) => {
    expect(await refused(model(tensor(named('x'), ...fields)))).toContain(
      `not an ONNX model with weights: ${why}`,
    );
  });

  it('with a tensor named twice', async () => {
    const x = tensor(named('x'), sizes(2), number(2, 1), floatList(1, 2));
    expect(await refused(model(x, x))).toBe(
      'not an ONNX model with weights: two tensors are named x',
    );
  });

  it('with a list that ends behind it', async () => {
    const longer: Write = (w) => w.uint32(tag(4, 2)).uint32(1000).float(1);
    expect(await refused(model(tensor(named('x'), sizes(1), number(2, 1), longer)))).toBe(
      'not an ONNX model with weights: it is damaged or truncated',
    );
  });

  it('with groups in groups', async () => {
    const deep = Buffer.concat([Buffer.from('0808', 'hex'), Buffer.alloc(1_000_000, tag(9, 3))]);
    expect(await refused(deep)).toBe('not an ONNX model with weights: it is damaged or truncated');
  });

  it('with very many tensors that hold nothing', async () => {
    const writes = Array.from({ length: 100_000 }, (_, i) =>
      tensor(named(String(i)), sizes(0), number(2, 1)),
    );
    const all: Write = (w) => {
      for (const write of writes) write(w);
    };
    expect(await refused(model(all))).toMatch(
      /^not an ONNX model with weights: tensor \d+ of 0 numbers is more than a file of \d+ bytes holds$/,
    );
  });
});
