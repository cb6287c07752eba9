// Caffe models in each way that Caffe has written them, and files that are none or are made to do harm.
import { truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { readCaffe } from './caffe.js';
import { blobOf, bytesField, key, modelOf, varint } from './testing/caffe-file.js';

const at = useFolder();
const filters = { shape: [2, 3, 1, 1], data: Float32Array.of(1, -2, 0.5, 4, 5, 1e-3) };
const bias = { shape: [2], data: Float32Array.of(7, -8) };

async function read(bytes: Uint8Array) {
  await writeFile(at('a.caffemodel'), bytes);
  return (await readCaffe(at('a.caffemodel'))).layers;
}
/** What is said of a file of these bytes, without the file's name and what it is not. */
async function refused(bytes: Uint8Array): Promise<string> {
  const start = `${at('a.caffemodel')}: not a Caffe model (.caffemodel): `;
  const message = await refusal(read(bytes));
  expect(message.slice(0, start.length)).toBe(start);
  return message.slice(start.length);
}

describe('a Caffe model is read', () => {
  const forms = (['layer', 'layers'] as const).flatMap((layout) =>
    (['packed', 'single', 'doubles', 'single doubles'] as const).flatMap((numbers) =>
      (['packed', 'single', 'four'] as const).map((shape) => ({ layout, numbers, shape })),
    ),
  );
  it.each(forms)('with $layout, numbers $numbers, shapes $shape', async (form) => {
    const blobs = [filters, bias].map((tensor) => blobOf(tensor, form.numbers, form.shape));
    const data = { name: 'data', blobs: [] };
    const layers = await read(modelOf([data, { name: 'conv1', blobs }], form.layout));
    expect([...layers.keys()]).toEqual(['conv1']);
    const [first, second] = layers.get('conv1')!;
    expect(first).toEqual(filters);
    expect(second).toEqual(form.shape === 'four' ? { ...bias, shape: [1, 1, 1, 2] } : bias);
  });

  it('with numbers in several pieces', async () => {
    const [one, two] = [Float32Array.of(7), Float32Array.of(-8)].map((data) =>
      bytesField(5, Buffer.from(data.buffer)),
    );
    const blob = Buffer.concat([one!, bytesField(7, bytesField(1, varint(2))), two!]);
    const layers = await read(modelOf([{ name: 'conv1', blobs: [blob] }]));
    expect(layers.get('conv1')).toEqual([bias]);
  });

  it('with fields that are not known', async () => {
    const group = Buffer.concat([key(50, 3), bytesField(2, 'x'), key(50, 4)]);
    const model = modelOf([{ name: 'conv1', blobs: [blobOf(bias)] }]);
    expect((await read(Buffer.concat([group, model]))).get('conv1')).toEqual([bias]);
  });
});

const DAMAGED = 'it is damaged, truncated or another file';

describe('refused in one line is', () => {
  it('a file cut anywhere', async () => {
    const whole = modelOf([{ name: 'conv1', blobs: [blobOf(filters), blobOf(bias)] }]);
    for (let end = 6; end < whole.length; end++)
      expect([DAMAGED, 'it has no layer with weights'], `${end}`).toContain(
        await refused(whole.subarray(0, end)),
      );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a page', Buffer.from('\n\n<!DOCTYPE html>\n<html><head></head></html>')],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')],
    ['zeros', Buffer.alloc(1000)],
    ['text', Buffer.from('name: "SqueezeNet"\nlayer {\n  name: "data"\n}\n')],
  ])('%s', async (_, bytes) => {
    expect([DAMAGED, 'it has no layer with weights']).toContain(await refused(bytes));
  });

  const layerOf = (blob: Buffer) => modelOf([{ name: 'conv1', blobs: [blob] }]);
  const sized = (sizes: readonly number[]) =>
    bytesField(7, bytesField(1, Buffer.concat(sizes.map(varint))));
  it.each([
    ['a length of 4 GB', Buffer.concat([key(100, 2), varint(2 ** 32 - 1)]), DAMAGED],
    ['a length of an exabyte', Buffer.concat([key(100, 2), varint(2 ** 60)]), DAMAGED],
    ['numbers of 3 bytes', layerOf(bytesField(5, Buffer.alloc(3))), 'a blob ends within a number'],
    [
      'a shape of more numbers than there are',
      layerOf(Buffer.concat([bytesField(5, Buffer.alloc(8)), sized([1e9, 1e9])])),
      'layer "conv1": a blob has 2 numbers for shape [1000000000,1000000000]',
    ],
    [
      'a shape of a million axes',
      layerOf(sized(Array(1e6).fill(1))),
      'layer "conv1": a blob has more than 32 axes',
    ],
    [
      'a million axes one by one',
      layerOf(bytesField(7, Buffer.concat(Array(1e6).fill(Buffer.concat([key(1, 0), varint(1)]))))),
      'layer "conv1": a blob has more than 32 axes',
    ],
    [
      'a million layers',
      Buffer.concat(Array(1e6).fill(bytesField(100, ''))),
      'it has more than 10000 layers and blobs',
    ],
    [
      'a million blobs',
      bytesField(100, Buffer.concat(Array(1e6).fill(bytesField(7, '')))),
      'it has more than 10000 layers and blobs',
    ],
    ['a million groups in each other', Buffer.concat(Array(1e6).fill(key(50, 3))), DAMAGED],
    [
      'two layers of a name',
      modelOf(Array(2).fill({ name: 'conv1', blobs: [blobOf(bias)] })),
      'layer "conv1" is there twice',
    ],
    [
      'a name that commands the terminal',
      modelOf([
        { name: `\n\u001b[2J${'x'.repeat(1e6)}`, blobs: [blobOf({ ...bias, shape: [3] })] },
      ]),
      `layer "\\n\\u001b[2J${'x'.repeat(55)}…": a blob has 2 numbers for shape [3]`,
    ],
  ])('%s', async (_, bytes, why) => {
    expect(await refused(bytes)).toBe(why);
  });

  it('messages in each other, a hundred thousand deep', async () => {
    // a length takes more bytes the longer what it is of
    const lengths: Buffer[] = [];
    let size = 0;
    for (let i = 0; i < 1e5; i++) {
      const head = Buffer.concat([key(100, 2), varint(size)]);
      lengths.push(head);
      size += head.length;
    }
    expect(await refused(Buffer.concat(lengths.reverse()))).toBe('it has no layer with weights');
  });

  it('a file that is not there, or too large to be a SqueezeNet', async () => {
    expect(await refusal(readCaffe(at('none')))).toBe(
      `${at('none')}: no such file; expected a Caffe model (.caffemodel)`,
    );
    await writeFile(at('large'), '');
    await truncate(at('large'), 553e6);
    expect(await refusal(readCaffe(at('large')))).toBe(
      `${at('large')}: it has 553 MB, expected a Caffe model (.caffemodel) of a SqueezeNet, which has 5 MB`,
    );
  });
});
