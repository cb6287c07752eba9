import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { openCifar10 } from './cifar10.js';
import { fingerprint } from './dataset.js';

const at = useFolder();
const input = { height: 32, width: 32 };

const labelOf = (record: number) => (7 * record + 3) % 10;
/** A level that tells record, channel, row and column apart from their neighbors. */
const levelOf = (record: number, channel: number, row: number, column: number) =>
  (50 * record + 85 * channel + 8 * row + 3 * column) % 256;

/** The bytes of records from the first number to before the second. */
function records(from: number, to: number): Buffer {
  const bytes: number[] = [];
  for (let record = from; record < to; record++) {
    bytes.push(labelOf(record));
    for (let channel = 0; channel < 3; channel++)
      for (let row = 0; row < 32; row++)
        for (let column = 0; column < 32; column++)
          bytes.push(levelOf(record, channel, row, column));
  }
  return Buffer.from(bytes);
}

const testBatch = () => at('test_batch.bin');
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('openCifar10', () => {
  // 64 records are three times what a file is read in at once
  beforeEach(() => writeFile(testBatch(), records(0, 64)));

  it('gives every record of the test batch its label', async () => {
    const { entries, location } = await openCifar10(at(), {});
    expect(entries.map(({ label }) => label)).toEqual(numbers(64).map(labelOf));
    expect(new Set(entries.map(({ id }) => id)).size).toBe(64);
    expect(location).toBe(at());
  });

  it.each([0, 1, 21, 63])('loads the pixels of record %i, channel by channel', async (record) => {
    const { entries, load } = await openCifar10(at(), {});
    const image = await load(entries[record]!, input);
    const expected = numbers(3).flatMap((channel) =>
      numbers(32).flatMap((row) => numbers(32).map((c) => levelOf(record, channel, row, c))),
    );
    expect(image).toEqual(Float32Array.from(expected));
  });

  it('crops a record as its options say', async () => {
    const { entries, load } = await openCifar10(at(), { resize: 32, crop: 8 });
    const image = await load(entries[5]!, { height: 8, width: 8 });
    expect([image.length, image[0], image.at(-1)]).toEqual([
      3 * 8 * 8,
      levelOf(5, 0, 12, 12),
      levelOf(5, 2, 19, 19),
    ]);
  });

  it('reads the five training batches in order', async () => {
    for (const i of numbers(5))
      await writeFile(at(`data_batch_${i + 1}.bin`), records(3 * i, 3 * i + 3));
    const { entries, load } = await openCifar10(at(), { split: 'train' });
    expect(entries.map(({ label }) => label)).toEqual(numbers(15).map(labelOf));
    const first = await Promise.all(entries.map(async (entry) => (await load(entry, input))[0]));
    expect(first).toEqual(numbers(15).map((record) => levelOf(record, 0, 0, 0)));

    const test = await openCifar10(at(), { split: 'test' });
    const ids = [...entries, ...test.entries].map(({ id }) => id);
    expect(new Set(ids).size).toBe(15 + 64);
  });

  it('has a fingerprint of all bytes', async () => {
    const before = await fingerprint(await openCifar10(at(), {}));
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await fingerprint(await openCifar10(at(), {}))).toBe(before);
    const bytes = records(0, 64);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(testBatch(), bytes);
    expect(await fingerprint(await openCifar10(at(), {}))).not.toBe(before);
  });

  it.each([
    ['empty', Buffer.alloc(0), /test_batch\.bin: 0 bytes, expected whole records of 3073/],
    ['cut short', records(0, 2).subarray(1), /test_batch\.bin: 6145 bytes, expected whole records/],
    ['too long', Buffer.alloc(3074), /test_batch\.bin: 3074 bytes, expected whole records/],
    ['of another format', Buffer.alloc(3 * 3073, 200), /record 0: label 200, expected 0 to 9/],
    [
      'damaged',
      Buffer.concat([records(0, 40), Buffer.alloc(3073, 10)]),
      /test_batch\.bin: record 40: label 10, expected 0 to 9/,
    ],
  ])('refuses a batch that is %s', async (_, bytes, why) => {
    await writeFile(testBatch(), bytes);
    expect(await refusal(openCifar10(at(), {}))).toMatch(why);
  });

  it('names a batch that is missing, and says where data are looked for', async () => {
    for (const i of [1, 2, 4, 5]) await writeFile(at(`data_batch_${i}.bin`), records(0, 1));
    expect(await refusal(openCifar10(at(), { split: 'train' }))).toBe(
      `${at('data_batch_3.bin')}: no such file; expected CIFAR-10 in binary format; fragile fetch cifar-10 gets it, or give --data DIR or FRAGILE_DATA with a data root that holds it`,
    );
    await mkdir(at('data_batch_3.bin'));
    expect(await refusal(openCifar10(at(), { split: 'train' }))).toMatch(/data_batch_3\.bin: /);
  });

  it('notices a batch that was cut short after it was opened', async () => {
    const { entries, load } = await openCifar10(at(), {});
    await truncate(testBatch(), 2 * 3073 - 1);
    expect((await load(entries[0]!, input)).length).toBe(3072);
    expect(await refusal(load(entries[1]!, input))).toMatch(/test_batch\.bin: ends inside test-1/);
  });
});
