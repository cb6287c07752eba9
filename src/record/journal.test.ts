import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import {
  type ResultRow,
  resultColumns,
  resultsTable,
  type TraceRow,
  traceTable,
} from '../tasks/attack/results.js';
import { attemptFile } from './attempt.js';
import { Journal, readRows } from './journal.js';
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
const key = ({ image, attack }: Pick<ResultRow, 'image' | 'attack'>) => `${image}|${attack}`;
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

  const open = (attempt: string) => Journal.open(file, attempt, options);
  const text = (attempt?: string) =>
    readFile(attempt === undefined ? file : attemptFile(file, attempt), 'utf8');
  /** The keys of the cells that a new attempt finds. */
  const found = async () => [...(await open('ffffffff')).done];
  const planOf = (...keys: readonly string[]) => {
    const order = new Map(keys.map((k, i) => [k, i]));
    return (row: ResultRow) => order.get(key(row));
  };
  const finished = async (journal: Journal<ResultRow>, ...keys: readonly string[]) =>
    journal.finish(await journal.read(), planOf(...keys));

  it('writes nothing before the first cell, then whole cells in the order they are given', async () => {
    const journal = await open('00000001');
    expect(await readdir(folder)).toEqual([]);
    await Promise.all([journal.append(topK('a')), journal.append(random('a'))]);
    await journal.append(topK('b'));
    expect(await text('00000001')).toBe(
      header + linesOf([...topK('a'), ...random('a'), ...topK('b')]),
    );
    expect([...journal.done]).toEqual(['a|top-k', 'a|random-sign', 'b|top-k']);
    await journal.close();
  });

  it.each([undefined, '0000abcd'])(
    'finds exactly the whole cells wherever a file was cut short (attempt %s)',
    async (attempt) => {
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
      const cut = attempt === undefined ? file : attemptFile(file, attempt);
      for (let length = 0; length <= whole.length; length++) {
        await writeFile(cut, whole.subarray(0, length));
        const kept = cells.filter((_, n) => ends[n]! <= length);
        expect(await found(), `cut at byte ${length}`).toEqual(kept.map(([row]) => key(row!)));
        expect(await readFile(cut)).toEqual(whole.subarray(0, length));
      }
    },
  );

  it('tries failed cells again, and keeps what a later attempt found', async () => {
    const failed = random('a').map((row): ResultRow => ({ ...row, status: 'failed' }));
    await writeFile(file, header + linesOf([...failed, ...random('b')]));
    const journal = await open('00000001');
    expect([...journal.done]).toEqual(['b|random-sign']);
    await journal.append(random('a'));
    await finished(journal, 'a|random-sign', 'b|random-sign');
    expect(await text()).toBe(header + linesOf([...random('a'), ...random('b')]));
  });

  it('keeps the rows of a cell that failed again', async () => {
    const failed = random('a').map((row): ResultRow => ({ ...row, status: 'failed' }));
    const journal = await open('00000001');
    await journal.append(failed);
    await finished(journal, 'a|random-sign');
    expect(await text()).toBe(header + linesOf(failed));
    expect(await found()).toEqual([]);
  });

  it('goes on in a table that was begun with fewer columns', async () => {
    const older = resultColumns.slice(0, -2);
    await writeFile(file, headerOf(older) + formatRows([...topK('a'), ...random('a')], older));
    const journal = await open('00000001');
    expect([...journal.done]).toEqual(['a|top-k', 'a|random-sign']);
    const [share] = random('b').map((row) => ({ ...row, region_share: 0.25 }));
    await journal.append([share!]);
    await finished(journal, 'a|top-k', 'a|random-sign', 'b|random-sign');
    expect(await text()).toBe(header + linesOf([...topK('a'), ...random('a'), share!]));
  });

  it.each([
    ['a byte-order mark', (all: string) => `\uFEFF${all}`],
    ['the lines of all rows twice', (all: string) => all + all.slice(header.length)],
    ['blank last lines', (all: string) => `${all}\n\n`],
  ])('loses no row of a table with %s', async (_, changed) => {
    const all = [...topK('a'), ...random('a')];
    await writeFile(file, changed(header + linesOf(all)));
    const journal = await open('00000001');
    expect([...journal.done]).toEqual(['a|top-k', 'a|random-sign']);
    await finished(journal, 'a|top-k', 'a|random-sign');
    expect(await text()).toBe(header + linesOf(all));
  });

  it('finishes in the order of the plan, rows of a cell as they were', async () => {
    const journal = await open('00000001');
    for (const rows of [topK('b'), random('a'), topK('a')]) await journal.append(rows);
    const rows = await finished(journal, 'a|top-k', 'a|random-sign', 'b|top-k');
    const expected = [...topK('a'), ...random('a'), ...topK('b')];
    expect(rows).toEqual(expected);
    expect(await text()).toBe(header + linesOf(expected));
    expect(await readdir(folder)).toEqual(['results.csv']);
  });

  it('keeps rows of cells outside the plan for a later attempt, and out of the table', async () => {
    const first = await open('00000001');
    for (const rows of [topK('a'), topK('b')]) await first.append(rows);
    await finished(first, 'a|top-k');
    expect(await text()).toBe(header + linesOf(topK('a')));
    expect(await found()).toEqual(['a|top-k', 'b|top-k']);
    await finished(await open('00000002'), 'b|top-k', 'a|top-k');
    expect(await text()).toBe(header + linesOf([...topK('b'), ...topK('a')]));
    expect(await readdir(folder)).toEqual(['results.csv']);
  });

  it('has every cell once where two attempts write at the same time', async () => {
    const [one, two] = [await open('00000001'), await open('00000002')];
    await one.append(topK('a'));
    await two.append(topK('a').map((row) => ({ ...row, seconds: 7 })));
    await two.append(random('b'));
    await finished(one, 'a|top-k', 'b|random-sign');
    // the first attempt has taken over the rows of the second and removed its file
    expect(await readdir(folder)).toEqual(['results.csv']);
    expect(await text()).toBe(header + linesOf([...topK('a'), ...random('b')]));
    await two.append(random('c'));
    expect(await found()).toEqual(['a|top-k', 'b|random-sign', 'c|random-sign']);
    await finished(two, 'a|top-k', 'b|random-sign', 'c|random-sign');
    expect(await text()).toBe(header + linesOf([...topK('a'), ...random('b'), ...random('c')]));
    expect(await readdir(folder)).toEqual(['results.csv']);
  });

  it('leaves the file of an attempt that wrote more since it was read', async () => {
    const [one, two] = [await open('00000001'), await open('00000002')];
    await two.append(random('a'));
    const gathered = await one.read();
    await two.append(random('b'));
    await one.finish(gathered, planOf('a|random-sign'));
    expect(await text('00000002')).toBe(header + linesOf([...random('a'), ...random('b')]));
    await two.close();
  });

  it('adds nothing behind a write that failed', async () => {
    const journal = await open('00000001');
    await rm(folder, { recursive: true });
    await expect(journal.append(random('a'))).rejects.toThrow('ENOENT');
    await mkdir(folder);
    await expect(journal.append(random('b'))).rejects.toThrow('ENOENT');
    expect(journal.done.size).toBe(0);
    await journal.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['results.csv', 'results.0000abcd.csv'])(
    'refuses a %s that is something else',
    async (name) => {
      const other = path.join(folder, name);
      await writeFile(other, 'date,price\n1,2\n');
      const opened = open('00000001');
      await expect(opened).rejects.toBeInstanceOf(UserError);
      await expect(opened).rejects.toThrow(`${other}: not a results table`);
      expect(await readFile(other, 'utf8')).toBe('date,price\n1,2\n');
    },
  );

  it.each(['results.csv.bak', 'results.abc.csv', 'results.0000abcg.csv', 'results-0000abcd.csv'])(
    'leaves %s alone',
    async (name) => {
      await writeFile(path.join(folder, name), 'mine');
      const journal = await open('00000001');
      await journal.append(random('a'));
      await finished(journal, 'a|random-sign');
      expect((await readdir(folder)).sort()).toEqual(['results.csv', name].sort());
    },
  );

  it('is read while it is written, and when it is finished', async () => {
    const read = (ended: boolean) => readRows(file, ended, options);
    expect(await read(false)).toBeUndefined();
    const journal = await open('00000001');
    await journal.append(topK('a'));
    await journal.append(topK('b'));
    expect(await read(false)).toEqual([...topK('a'), ...topK('b')]);
    expect(await read(true)).toBeUndefined();
    await finished(journal, 'b|top-k');
    expect(await read(true)).toEqual(topK('b'));
    expect(await read(false)).toEqual([...topK('b'), ...topK('a')]);
  });
});

describe('a journal beside another', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'journal-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const at = (name: string) => path.join(folder, name);
  const besideOf = (image: string, iterations: number, D = 1): TraceRow[] =>
    Array.from({ length: iterations }, (_, i) => ({
      ...{ image, method: 'gradient', attack: 'random-sign', epsilon: 8 },
      ...{ iteration: i + 1, D, label_kept: true },
    }));
  async function openBoth(attempt: string) {
    const rows = await Journal.open(at('results.csv'), attempt, options);
    const trace = await Journal.open<TraceRow>(at('trace.csv'), attempt, {
      table: traceTable,
      key,
      beside: rows,
    });
    return { rows, trace };
  }
  const written = async () =>
    traceTable.parse(await readFile(at('trace.csv'), 'utf8'), 'trace.csv');
  async function finish(
    { rows, trace }: Awaited<ReturnType<typeof openBoth>>,
    ...images: string[]
  ) {
    const place = ({ image }: { readonly image: string }) => {
      const i = images.indexOf(image);
      return i < 0 ? undefined : i;
    };
    const gathered = await rows.read();
    await trace.finish(await trace.read(), place);
    await rows.finish(gathered, place);
  }

  it('has the rows of the attempt whose cell counts, in the order of the plan', async () => {
    const one = await openBoth('00000001');
    const two = await openBoth('00000002');
    await two.trace.append(besideOf('a', 2, 2));
    await two.rows.append(random('a'));
    await one.trace.append(besideOf('b', 2));
    await one.rows.append(random('b'));
    await one.trace.append(besideOf('a', 2));
    await one.rows.append(random('a'));
    await finish(one, 'a', 'b');
    expect(await written()).toEqual([...besideOf('a', 2), ...besideOf('b', 2)]);
    await finish(two, 'a', 'b');
    expect(await written()).toEqual([...besideOf('a', 2), ...besideOf('b', 2)]);
    expect((await readdir(folder)).sort()).toEqual(['results.csv', 'trace.csv']);
  });

  it('loses nothing where another attempt finishes between its own two readings', async () => {
    const one = await openBoth('00000001');
    const two = await openBoth('00000002');
    await one.trace.append(besideOf('a', 2));
    await one.rows.append(random('a'));
    const gathered = await two.rows.read();
    await finish(one, 'a');
    await two.trace.finish(await two.trace.read(), () => 0);
    await two.rows.finish(gathered, () => 0);
    expect(await written()).toEqual(besideOf('a', 2));
  });

  it('drops the rows of a cell that was never finished', async () => {
    const one = await openBoth('00000001');
    await one.trace.append(besideOf('a', 3));
    await one.rows.append(random('a'));
    await one.trace.append(besideOf('b', 3));
    await one.trace.close();
    await one.rows.close();
    const two = await openBoth('00000002');
    await two.trace.append(besideOf('b', 3, 5));
    await two.rows.append(random('b'));
    await finish(two, 'a', 'b');
    expect(await written()).toEqual([...besideOf('a', 3), ...besideOf('b', 3, 5)]);
  });

  it('keeps rows outside the plan with the cells they belong to', async () => {
    const one = await openBoth('00000001');
    for (const image of ['a', 'b']) {
      await one.trace.append(besideOf(image, 2));
      await one.rows.append(random(image));
    }
    await finish(one, 'b');
    expect(await written()).toEqual(besideOf('b', 2));
    await finish(await openBoth('00000002'), 'a', 'b');
    expect(await written()).toEqual([...besideOf('a', 2), ...besideOf('b', 2)]);
  });
});
