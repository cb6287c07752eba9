import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { readSafetensors, type WeightTensor, writeSafetensors } from './safetensors.js';

const at = useFolder();

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** The bytes of a safetensors file, put together by hand. */
function fileOf(header: unknown, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const text = Buffer.isBuffer(header) ? header : Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, data]);
}

/** What is read from a file of these bytes. */
async function read(bytes: Uint8Array) {
  await writeFile(at('a.safetensors'), bytes);
  return readSafetensors(at('a.safetensors'));
}

/** The numbers of a file's only tensor. */
async function numbers(dtype: string, data: Uint8Array, count: number): Promise<Float32Array> {
  const entry = { dtype, shape: [count], data_offsets: [0, data.length] };
  const { tensors } = await read(fileOf({ x: entry }, data));
  return tensors.get('x')!.data;
}

const word = new DataView(new ArrayBuffer(4));
function float32Of(bits: number): number {
  word.setUint32(0, bits);
  return word.getFloat32(0);
}
function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getUint32(0);
}

/** A float16 by another route: its bits moved to where float32 has them, and the exponents' biases evened out. */
function halfOf(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const rest = bits & 0x7fff;
  if (rest >= 0x7c00) return rest === 0x7c00 ? sign * Infinity : NaN;
  return sign * float32Of(rest << 13) * 2 ** 112;
}

/** A bfloat16 by the formula of floating point numbers. */
function brainOf(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor(bits / 128) % 256;
  const fraction = (bits % 128) / 128;
  if (exponent === 255) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -126
    : sign * (1 + fraction) * 2 ** (exponent - 127);
}

describe('readSafetensors', () => {
  it.each([
    ['F64', '000000000000f8bf 9a9999999999b93f', [-1.5, Math.fround(0.1)]],
    ['F32', '0000c0bf 01000000', [-1.5, 2 ** -149]],
    ['F16', '00be 0100', [-1.5, 2 ** -24]],
    ['BF16', 'c0bf 8000', [-1.5, 2 ** -126]],
    ['I64', 'feffffffffffffff 0000000001000000', [-2, 2 ** 32]],
    ['U64', 'ffffffffffffffff 0000000001000000', [2 ** 64, 2 ** 32]],
    ['I32', 'feffffff 00000001', [-2, 2 ** 24]],
    ['U32', 'ffffffff 00000001', [2 ** 32, 2 ** 24]],
    ['I16', '0180 0001', [-32767, 256]],
    ['U16', '0180 0001', [32769, 256]],
    ['I8', '80 7f', [-128, 127]],
    ['U8', '80 ff', [128, 255]],
    ['BOOL', '00 01', [0, 1]],
  ])('reads %s', async (dtype, hex, expected) => {
    expect([...(await numbers(dtype, bytesOf(hex), 2))]).toEqual(expected);
  });

  it.each([
    ['F16', halfOf],
    ['BF16', brainOf],
  ])('reads all 65,536 numbers of %s', async (dtype, numberOf) => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const values = await numbers(dtype, new Uint8Array(patterns.buffer), patterns.length);
    expect([...patterns].filter((bits) => !Object.is(values[bits], numberOf(bits)))).toEqual([]);
  });

  it('reads tensors of any place, order and size, and the metadata', async () => {
    const header = {
      late: { dtype: 'F32', shape: [2, 1], data_offsets: [3, 11] },
      __metadata__: { made: 'by hand' },
      none: { dtype: 'F32', shape: [0, 3], data_offsets: [3, 3] },
      early: { dtype: 'U8', shape: [3], data_offsets: [0, 3] },
      scalar: { dtype: 'F32', shape: [], data_offsets: [11, 15] },
    };
    const data = bytesOf('010203 0000803f 00000040 00004040');
    // whatever place in memory the header's length brings the numbers to
    for (const spaces of [0, 1, 2, 3]) {
      const bytes = fileOf(Buffer.from(JSON.stringify(header) + ' '.repeat(spaces)), data);
      const found = await read(bytes);
      expect(Object.fromEntries(found.tensors)).toEqual({
        late: { shape: [2, 1], data: Float32Array.of(1, 2) },
        none: { shape: [0, 3], data: new Float32Array() },
        early: { shape: [3], data: Float32Array.of(1, 2, 3) },
        scalar: { shape: [], data: Float32Array.of(3) },
      });
      expect(found.metadata).toEqual({ made: 'by hand' });
      expect(found.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(found.file).toBe(at('a.safetensors'));
    }
  });

  it('names a file that is missing, or a folder', async () => {
    expect(await refusal(readSafetensors(at('absent')))).toBe(
      `${at('absent')}: no such file; expected weights in safetensors format`,
    );
    await mkdir(at('folder'));
    expect(await refusal(readSafetensors(at('folder')))).toMatch(/folder: not a file; expected/);
  });

  const lengthOf = (n: bigint) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(n);
    return length;
  };
  it.each([
    ['no bytes', Buffer.alloc(0), /0 bytes, expected at least 8/],
    ['7 bytes', Buffer.alloc(7), /7 bytes, expected at least 8/],
    ['a header longer than the file', fileOf({}).subarray(0, 9), /claims 2 bytes.* after 1$/],
    [
      'a header longer than memory',
      lengthOf(2n ** 63n),
      /claims 9223372036854775808 bytes, expected at most \d+$/,
    ],
    [
      'a header longer than any network needs',
      Buffer.concat([lengthOf(10_000_001n), Buffer.alloc(10_000_001, ' ')]),
      /claims 10000001 bytes, expected at most 10000000$/,
    ],
    ['a deep header', fileOf(Buffer.from('['.repeat(1_000_000))), /header is not JSON$/],
    [
      'a header that names a tensor twice',
      fileOf(
        Buffer.from(
          '{"a\\n":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061\\u000a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
        ),
      ),
      /tensor a\\n is named twice$/,
    ],
    ['no header', lengthOf(0n), /header is not JSON$/],
    ['a header cut short', fileOf(Buffer.from('{"x":')), /header is not JSON$/],
    ['a header that is not UTF-8', fileOf(Buffer.from('{"\xff":1}', 'latin1')), /is not JSON$/],
    ['a header that is a list', fileOf([]), /header is not a JSON object/],
    ['a header that is nothing', fileOf(null), /header is not a JSON object/],
    ['metadata of numbers', fileOf({ __metadata__: { n: 1 } }), /__metadata__ must/],
    ['metadata that are a list', fileOf({ __metadata__: ['a'] }), /__metadata__ must/],
    ['metadata that are text', fileOf({ __metadata__: 'a' }), /__metadata__ must/],
  ])('refuses %s', async (_, bytes, why) => {
    const message = await refusal(read(bytes));
    expect(message).toContain(`${at('a.safetensors')}: not a safetensors file: `);
    expect(message).toMatch(why);
  });

  const good = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  it.each([
    ['no entry', null, /entry is not an object/],
    ['a list for an entry', [], /entry is not an object/],
    [
      'an unknown dtype',
      { ...good, dtype: 'F8_E4M3' },
      /dtype "F8_E4M3", expected one of F64, F32/,
    ],
    ['the dtype of an inherited word', { ...good, dtype: 'toString' }, /dtype "toString"/],
    ['a list for a dtype', { ...good, dtype: ['F32'] }, /dtype \["F32"\], expected one of/],
    ['an object for a shape', { ...good, shape: { a: 1 } }, /shape an object, expected a list/],
    [
      'a shape of many sizes',
      { ...good, shape: Array(9000).fill(2) },
      /8 bytes for shape a list of 9000 /,
    ],
    ['no dtype', { ...good, dtype: undefined }, /dtype undefined, expected one of/],
    ['a negative size', { ...good, shape: [-2, -1] }, /shape \[-2,-1\], expected a list/],
    ['a fractional size', { ...good, shape: [4, 0.5] }, /shape \[4,0.5\], expected a list/],
    ['a size in words', { ...good, shape: ['2'] }, /shape \["2"\], expected a list/],
    ['a size past whole numbers', { ...good, shape: [2 ** 53, 0] }, /shape .*, expected a list/],
    ['a number for a shape', { ...good, shape: 2 }, /shape 2, expected a list/],
    ['no shape', { ...good, shape: undefined }, /shape undefined, expected a list/],
    ['a shape too large for its data', { ...good, shape: [3] }, /8 bytes for .*expected 12$/],
    ['a shape too small for its data', { ...good, shape: [] }, /8 bytes for .*expected 4$/],
    // 2⁶⁴ elements are none at all in 64 bits
    [
      'a shape that overflows',
      { ...good, shape: [2 ** 32, 2 ** 32], data_offsets: [0, 0] },
      /0 bytes for shape \[4294967296,4294967296\]/,
    ],
    ['negative offsets', { ...good, data_offsets: [-8, 0] }, /data_offsets \[-8,0\], expected two/],
    ['fractional offsets', { ...good, data_offsets: [0.5, 8.5] }, /data_offsets .*expected two/],
    ['three offsets', { ...good, data_offsets: [0, 8, 8] }, /data_offsets .*expected two/],
    ['no offsets', { ...good, data_offsets: undefined }, /data_offsets .*expected two/],
    ['offsets that go backwards', { ...good, data_offsets: [8, 0] }, /-8 bytes for shape/],
    [
      'more data than the file has',
      { ...good, shape: [3], data_offsets: [0, 12] },
      /end at byte 12, but the file has only 8: it is truncated/,
    ],
    [
      'a gap before its data',
      { ...good, shape: [1], data_offsets: [4, 8] },
      /at byte 4, expected 0/,
    ],
  ])('refuses a tensor with %s', async (_, entry, why) => {
    const message = await refusal(read(fileOf({ 'conv1.weight': entry }, Buffer.alloc(8))));
    expect(message).toContain(`${at('a.safetensors')}: `);
    expect(message).toContain('tensor conv1.weight: ');
    expect(message).toMatch(why);
  });

  it.each(['dtype', 'shape', 'data_offsets'])('says little of a %s that is deep', async (field) => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const entry = JSON.stringify({ ...good, [field]: 0 }).replace(
      `"${field}":0`,
      `"${field}":${deep}`,
    );
    const message = await refusal(read(fileOf(Buffer.from(`{"x":${entry}}`), Buffer.alloc(8))));
    expect(message).toContain(`tensor x: ${field} a list of 1, expected`);
  });

  it('shows names of tensors without commands to a terminal, and not all of them', async () => {
    const name = `\u001b[2J${'x'.repeat(5000)}`;
    const message = await refusal(read(fileOf({ [name]: null })));
    expect(message).toMatch(/tensor \\u001b\[2Jx+…: its entry is not an object$/);
    expect(message.length).toBeLessThan(400);
  });

  const tensor = (from: number, to: number) => ({
    dtype: 'U8',
    shape: [to - from],
    data_offsets: [from, to],
  });
  it.each([
    ['share data', { a: tensor(0, 8), b: tensor(0, 8) }, /tensor b: .* byte 0, expected 8/],
    ['overlap', { b: tensor(4, 8), a: tensor(0, 5) }, /tensor b: .* byte 4, expected 5/],
    ['lie in one another', { a: tensor(0, 8), b: tensor(4, 4) }, /tensor b: .* byte 4, expected 8/],
    ['leave a hole', { a: tensor(0, 3), b: tensor(4, 8) }, /tensor b: .* byte 4, expected 3/],
    ['leave bytes at the end', { a: tensor(0, 3), b: tensor(3, 7) }, /1 bytes follow the last/],
  ])('refuses tensors that %s', async (_, header, why) => {
    expect(await refusal(read(fileOf(header, Buffer.alloc(8))))).toMatch(why);
  });
});

describe('writeSafetensors', () => {
  it('writes float32 numbers that read back bit for bit', async () => {
    const special = [0, -0, 1 / 3, -(2 ** -149), 3.4028234663852886e38, Infinity, -Infinity, NaN];
    const whole = Float32Array.of(9, ...special, 9);
    const tensors = new Map<string, WeightTensor>([
      ['part of a larger array', { shape: [2, 4], data: whole.subarray(1, 9) }],
      ['schicht.gewicht ×2', { shape: [], data: Float32Array.of(7) }],
      ['none', { shape: [3, 0], data: new Float32Array() }],
    ]);
    await writeSafetensors(at('b'), tensors, { note: 'ü' });
    const found = await readSafetensors(at('b'));
    expect([...found.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [name, { shape, data }] of tensors) {
      expect(found.tensors.get(name)!.shape).toEqual(shape);
      expect(Uint32Array.from(found.tensors.get(name)!.data, bitsOf)).toEqual(
        Uint32Array.from(data, bitsOf),
      );
    }
    expect(found.metadata).toEqual({ note: 'ü' });
  });

  it('lays a file out as the format asks, and replaces what was there', async () => {
    await writeFile(at('c'), Buffer.alloc(1000));
    await writeSafetensors(
      at('c'),
      new Map([
        ['b', { shape: [2], data: Float32Array.of(1, -2) }],
        ['a', { shape: [1, 3], data: Float32Array.of(1, -2, 0.5), dtype: 'F16' as const }],
      ]),
    );
    const bytes = await readFile(at('c'));
    const length = Number(bytes.readBigUInt64LE());
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + length))).toEqual({
      __metadata__: {},
      b: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      a: { dtype: 'F16', shape: [1, 3], data_offsets: [8, 14] },
    });
    expect(bytes.subarray(8 + length).toString('hex')).toBe('0000803f000000c0' + '003c00c00038');
    expect(await readdir(at())).toEqual(['c']);
  });

  it('begins the data at a multiple of eight bytes, whatever the length of the header', async () => {
    for (let i = 0; i < 8; i++) {
      const tensors = new Map([['n'.repeat(i), { shape: [1], data: Float32Array.of(i) }]]);
      await writeSafetensors(at('a'), tensors);
      expect(Number((await readFile(at('a'))).readBigUInt64LE()) % 8).toBe(0);
      expect((await readSafetensors(at('a'))).tensors).toEqual(tensors);
    }
  });

  it('rounds to the nearest float16, halfway to the even one', async () => {
    const values: number[] = [];
    const expected: number[] = [];
    const expectHalf = (value: number, bits: number) => {
      values.push(value, -value);
      expected.push(bits, bits | 0x8000);
    };
    // between each two neighbors: the lower one, halfway, and the float32 just before and after
    for (let low = 0; low < 0x7bff; low++) {
      const middle = (halfOf(low) + halfOf(low + 1)) / 2;
      expectHalf(halfOf(low), low);
      expectHalf(float32Of(bitsOf(middle) - 1), low);
      expectHalf(middle, low % 2 === 0 ? low : low + 1);
      expectHalf(float32Of(bitsOf(middle) + 1), low + 1);
    }
    expectHalf(65504, 0x7bff);
    expectHalf(float32Of(bitsOf(65520) - 1), 0x7bff);
    for (const large of [65520, 65536, 1e10, 3.4e38, Infinity]) expectHalf(large, 0x7c00);
    expectHalf(2 ** -149, 0);

    const data = Float32Array.from(values);
    await writeSafetensors(at('h'), new Map([['x', { shape: [data.length], data, dtype: 'F16' }]]));
    const bytes = await readFile(at('h'));
    const start = bytes.length - 2 * data.length;
    const wrong = expected.flatMap((bits, i) => {
      const found = bytes.readUInt16LE(start + 2 * i);
      return found === bits ? [] : [{ value: values[i], found, bits }];
    });
    expect(wrong).toEqual([]);
  });

  it('keeps a float16 that is no number', async () => {
    const x: WeightTensor & { dtype: 'F16' } = {
      shape: [1],
      data: Float32Array.of(NaN),
      dtype: 'F16',
    };
    await writeSafetensors(at('n'), new Map([['x', x]]));
    expect((await readSafetensors(at('n'))).tensors.get('x')!.data).toEqual(Float32Array.of(NaN));
  });
});

describe.skipIf(!process.env.FRAGILE_DATA)('weights of the data root (needs FRAGILE_DATA)', () => {
  it('have the published number of parameters: SqueezeNet 1.1', async () => {
    const file = `${process.env.FRAGILE_DATA}/weights/squeezenet1_1.safetensors`;
    const { tensors } = await readSafetensors(file);
    const total = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(total).toBe(1_235_496);
  });
});
