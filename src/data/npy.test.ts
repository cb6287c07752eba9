import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { encodeNpy, readNpy } from './npy.js';

/** Reads the format as its description has it: magic, version, length of the header, a Python dictionary. */
function read(bytes: Buffer) {
  expect(bytes.toString('latin1', 0, 8)).toBe('\x93NUMPY\x01\x00');
  const start = 10 + bytes[8]! + 256 * bytes[9]!;
  const header = bytes.toString('latin1', 10, start);
  const [, descr, order, tuple] =
    /^\{'descr': '(.*)', 'fortran_order': (\w+), 'shape': \((.*)\), \} *\n$/.exec(header)!;
  const values = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  return {
    descr,
    order,
    tuple,
    start,
    needed: 10 + header.trimEnd().length + 1,
    data: Array.from({ length: values.byteLength / 4 }, (_, i) => values.getFloat32(4 * i, true)),
  };
}

describe('encodeNpy', () => {
  it.each([
    [[], '', 1],
    [[3], '3,', 3],
    [[0], '0,', 0],
    [[2, 3], '2, 3', 6],
    [[3, 1, 2], '3, 1, 2', 6],
  ])('writes shape [%s] as Python writes a tuple', (shape, tuple, count) => {
    const data = Float32Array.from({ length: count }, (_, i) => i - 0.1);
    expect(read(encodeNpy(data, shape))).toMatchObject({
      descr: '<f4',
      order: 'False',
      tuple,
      start: 128,
      data: [...data],
    });
  });

  it('gives the bytes numpy.save gives', () => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
    expect(encodeNpy(Float32Array.of(1, -2), [2, 1]).toString('latin1')).toBe(
      `\x93NUMPY\x01\x00\x76\x00${header}${' '.repeat(58)}\n\x00\x00\x80\x3f\x00\x00\x00\xc0`,
    );
  });

  it('begins the numbers at the next multiple of 64, however long the header', () => {
    const spare = Array.from({ length: 70 }, (_, i) => {
      const shape = Array.from({ length: i + 2 }, (_, j) => (j < i / 2 ? 10 : 1));
      const { start, needed } = read(encodeNpy(new Float32Array(), shape));
      expect(start % 64).toBe(0);
      expect(start - needed).toBeLessThan(64);
      return start - needed;
    });
    expect(Math.min(...spare)).toBe(0);
  });

  it('writes a part of a larger array', () => {
    const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(read(encodeNpy(part, [2])).data).toEqual([2, 3]);
  });
});

describe('readNpy', () => {
  const at = useFolder();
  const data = Float32Array.of(0, -0.1, 1e-30, 255, Number.NaN, Number.POSITIVE_INFINITY);
  const written = async (bytes: Uint8Array) => {
    await writeFile(at('a.npy'), bytes);
    return at('a.npy');
  };

  it('gives the numbers that were written', async () => {
    const file = await written(encodeNpy(data, [2, 3]));
    expect(await readNpy(file, [2, 3])).toEqual(data);
  });

  it.each([
    [
      'numbers of another shape',
      encodeNpy(data, [3, 2]),
      /header "\{.*\(3, 2\), \}", expected float32/,
    ],
    [
      'numbers of another kind',
      Buffer.from(encodeNpy(data, [2, 3]).toString('latin1').replace('<f4', '<f8'), 'latin1'),
      /'<f8'.*expected float32 numbers \[2, 3\]/,
    ],
    [
      'a file cut short',
      encodeNpy(data, [2, 3]).subarray(0, -1),
      /: 23 bytes of numbers, expected/,
    ],
    ['a file cut in its header', encodeNpy(data, [2, 3]).subarray(0, 9), /not a .npy file/],
    ['something else', Buffer.from('text that is long enough'), /not a .npy file of version 1.0/],
  ])('refuses %s', async (_, bytes, message) => {
    expect(await refusal(readNpy(await written(bytes), [2, 3]))).toMatch(message);
  });

  it('says that a file is missing', async () => {
    expect(await refusal(readNpy(at('b.npy'), [1]))).toBe(
      `${at('b.npy')}: cannot be read: no such file or folder`,
    );
  });
});
