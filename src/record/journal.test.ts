import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { type ResultRow, resultColumns, resultsTable } from '../tasks/attack/results.js';
import { Journal } from './journal.js';
import { formatRows, headerOf } from './table.js';

const rowOf = (image: string, attack: string, select?: string): ResultRow => ({
  experiment: 'e',
  model: 'm',
  dataset: 'd',
  image,
  method: 'gradient',
  attack,
  epsilon: 8,
  select,
  status: 'ok',
  spearman: 1 / 3,
});
const key = ({ image, attack }: ResultRow) => `${image}|${attack}`;
const options = {
  table: resultsTable,
  key,
  rowsPerCell: ({ attack }: ResultRow) => (attack === 'top-k' ? 2 : 1),
};
const topK = (image: string) => [
  rowOf(image, 'top-k', 'intersection'),
  rowOf(image, 'top-k', 'dissimilarity'),
];
const random = (image: string) => [rowOf(image, 'random-sign')];
const header = headerOf(resultColumns);
const linesOf = (rows: readonly ResultRow[]) => formatRows(rows, resultColumns);

describe('journal', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'journal-'));
    file = path.join(folder, 'results.csv');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const text = () => readFile(file, 'utf8');

  it('begins with a header, and adds whole cells in the order they are given', async () => {
    const journal = await Journal.open(file, options);
    expect(await text()).toBe(header);
    await Promise.all([journal.append(topK('a')), journal.append(random('a'))]);
    await journal.append(topK('b'));
    expect(await text()).toBe(header + linesOf([...topK('a'), ...random('a'), ...topK('b')]));
    expect([...journal.done]).toEqual(['a|top-k', 'a|random-sign', 'b|top-k']);
    await journal.close();
  });

  it('keeps exactly the whole cells wherever the file was cut short', async () => {
    // an id with quotes, a comma and letters of more than one byte
    const cells = [topK('a "1", ü'), random('a "1", ü'), topK('b')];
    const whole = Buffer.from(header + cells.map(linesOf).join(''));
    const ends = cells.map((_, n) =>
      Buffer.byteLength(
        header +
          cells
            .slice(0, n + 1)
            .map(linesOf)
            .join(''),
      ),
    );
    for (let length = 0; length <= whole.length; length++) {
      await writeFile(file, whole.subarray(0, length));
      const journal = await Journal.open(file, options);
      const kept = cells.filter((_, n) => ends[n]! <= length);
      expect([...journal.done], `cut at byte ${length}`).toEqual(kept.map(([row]) => key(row!)));
      await journal.close();
      expect(await text(), `cut at byte ${length}`).toBe(header + kept.map(linesOf).join(''));
    }
  });

  it('goes on behind a torn line', async () => {
    await writeFile(file, header + linesOf(topK('a')).slice(0, -20));
    const journal = await Journal.open(file, options);
    await journal.append(topK('b'));
    await journal.close();
    expect(resultsTable.parse(await text(), file)).toEqual(topK('b'));
  });

  it('tries failed cells again', async () => {
    const failed = random('a').map((row): ResultRow => ({ ...row, status: 'failed' }));
    await writeFile(file, header + linesOf([...failed, ...random('b')]));
    const journal = await Journal.open(file, options);
    expect([...journal.done]).toEqual(['b|random-sign']);
    await journal.close();
    expect(await text()).toBe(header + linesOf(random('b')));
  });

  it('goes on in a table that was begun with fewer columns', async () => {
    const older = resultColumns.slice(0, -2);
    await writeFile(file, headerOf(older) + formatRows([...topK('a'), ...random('a')], older));
    const journal = await Journal.open(file, options);
    expect([...journal.done]).toEqual(['a|top-k', 'a|random-sign']);
    const [share] = random('b').map((row) => ({ ...row, region_share: 0.25 }));
    await journal.append([share!]);
    await journal.close();
    expect(await text()).toBe(header + linesOf([...topK('a'), ...random('a'), share!]));
  });

  it('leaves an intact file alone', async () => {
    await writeFile(file, header + linesOf(topK('a')));
    await (await Journal.open(file, options)).close();
    expect(await text()).toBe(header + linesOf(topK('a')));
    expect(await readdir(folder)).toEqual(['results.csv']);
  });

  it('finishes in the order of the plan, rows of a cell as they were, others last', async () => {
    const journal = await Journal.open(file, options);
    for (const rows of [random('elsewhere'), topK('b'), random('a'), topK('a')])
      await journal.append(rows);
    const order = new Map(['a|top-k', 'a|random-sign', 'b|top-k'].map((k, i) => [k, i]));
    const rows = await journal.finish((row) => order.get(key(row)));
    const expected = [...topK('a'), ...random('a'), ...topK('b'), ...random('elsewhere')];
    expect(rows).toEqual(expected);
    expect(await text()).toBe(header + linesOf(expected));
    expect(await readdir(folder)).toEqual(['results.csv']);
  });

  it('adds nothing behind a write that failed', async () => {
    const journal = await Journal.open(file, options);
    const unwritable: ResultRow = {
      ...rowOf('a', 'random-sign'),
      get image(): string {
        throw new Error('no space left');
      },
    };
    await expect(journal.append([unwritable])).rejects.toThrow('no space left');
    await expect(journal.append(random('b'))).rejects.toThrow('no space left');
    expect(journal.done.size).toBe(0);
    await journal.close();
    expect(await text()).toBe(header);
  });

  it('refuses a file that is something else', async () => {
    await writeFile(file, 'date,price\n1,2\n');
    const opened = Journal.open(file, options);
    await expect(opened).rejects.toBeInstanceOf(UserError);
    await expect(opened).rejects.toThrow(`${file}: not a results table`);
    expect(await text()).toBe('date,price\n1,2\n');
  });
});
