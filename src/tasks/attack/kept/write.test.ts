// What stands beside the rows of a run: the trace, and the kept iterates as files.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodePicture, planesOf } from '../../../data/picture.js';
import { refusal, useFolder } from '../../../testing/files.js';
import { metricsOf } from '../metrics.js';
import { cellKey } from '../plan.js';
import type { ResultRow, TraceRow } from '../results.js';
import { appendTrace, openTrace, saveKept } from './write.js';

const at = useFolder();

const metrics = metricsOf('maps', 'target');
const header = `image,method,attack,epsilon,iteration,D,label_kept,${metrics}\n`;

describe('trace.csv', () => {
  const file = () => at('trace.csv');
  const text = () => readFile(file(), 'utf8');

  const cell = { method: 'gradient', attack: 'top-k', epsilon: 0.5 };
  /** A cell's iterates. */
  const traceOf = (image: string, iterates = 3): { trace: TraceRow[] } => ({
    trace: Array.from({ length: iterates }, (_, i) => ({
      image,
      ...cell,
      iteration: i + 1,
      D: -1 / 3,
      label_kept: i % 2 === 0,
      spearman: i === 1 ? undefined : 0.1,
      mse: 1e-12,
    })),
  });
  /** The lines of `traceOf`, written out; the id as CSV has it. */
  const linesOf = (id: string) =>
    [1, 2, 3]
      .map((i) => {
        const values: Record<string, string> = { spearman: i === 2 ? '' : '0.1', mse: '1e-12' };
        const cells = metrics.map((name) => values[name] ?? '');
        return `${id},gradient,top-k,0.5,${i},-0.3333333333333333,${i !== 2},${cells}\n`;
      })
      .join('');

  it('begins with its header', async () => {
    await openTrace(file(), new Set());
    expect(await text()).toBe(header);
  });

  it('has a line for every iterate', async () => {
    await openTrace(file(), new Set());
    await appendTrace(file(), traceOf('a'));
    await appendTrace(file(), traceOf('n/b, "2" ü.png'));
    expect(await text()).toBe(header + linesOf('a') + linesOf('"n/b, ""2"" ü.png"'));
  });

  it('keeps the lines of finished cells alone when it is opened again', async () => {
    const finished = ['a', 'n/c, "3" ü.png'];
    await openTrace(file(), new Set());
    for (const image of ['a', 'b', finished[1]!]) await appendTrace(file(), traceOf(image));
    const others = [
      { image: 'b', ...cell, epsilon: 5 },
      { image: 'b', ...cell, attack: 'mass-center' },
      { image: 'b', ...cell, method: 'deeplift' },
    ];
    const done = [...finished.map((image) => ({ image, ...cell })), ...others].map(cellKey);
    await openTrace(file(), new Set(done));
    expect(await text()).toBe(header + linesOf('a') + linesOf('"n/c, ""3"" ü.png"'));
  });

  it('keeps them wherever the file was cut short behind them', async () => {
    const kept = header + linesOf('ü');
    // a cut inside quotes is one too
    const whole = Buffer.from(kept + linesOf('"b, ""2"" x"'));
    const done = new Set([cellKey({ image: 'ü', ...cell })]);
    for (let length = Buffer.byteLength(kept); length <= whole.length; length++) {
      await writeFile(file(), whole.subarray(0, length));
      await openTrace(file(), done);
      expect(await text(), `cut at byte ${length}`).toBe(kept);
    }
    for (const length of [0, 7, header.length - 1, header.length]) {
      await writeFile(file(), whole.subarray(0, length));
      await openTrace(file(), done);
      expect(await text(), `cut at byte ${length}`).toBe(header);
    }
    expect(await readdir(at())).toEqual(['trace.csv']);
  });

  it('takes new lines where an older one had other columns, or a byte-order mark', async () => {
    const older = header.replace(/,target_\w+/g, '');
    expect(older).not.toBe(header);
    await writeFile(file(), `\uFEFF${older}${linesOf('a').replaceAll(',,,\n', '\n')}`);
    await openTrace(file(), new Set([cellKey({ image: 'a', ...cell })]));
    await appendTrace(file(), traceOf('b'));
    expect(await text()).toBe(header + linesOf('a') + linesOf('b'));
  });

  it.each([
    [
      'the columns of another table',
      'image,method\na,b\n',
      /: not a trace: column 3 is missing, expected attack$/,
    ],
    ['words alone', 'not a table\n', /: not a trace: /],
    ['an open quote', `${header}"a,gradient\n${linesOf('b')}`, /: not a trace: /],
    [
      'a broken line in the middle',
      `${header}${linesOf('a')}b,gradient,top-k\n${linesOf('c')}`,
      new RegExp(`trace\\.csv:5: 3 cells, expected ${7 + metrics.length}$`),
    ],
    [
      'a word for a number',
      header + linesOf('a').replace('0.1', 'high'),
      /trace\.csv:2: spearman: "high", expected a number$/,
    ],
  ])('is refused with %s, and left as it is', async (_, before, message) => {
    await writeFile(file(), before);
    expect(await refusal(openTrace(file(), new Set()))).toMatch(message);
    expect(await text()).toBe(before);
    expect(await readdir(at())).toEqual(['trace.csv']);
  });

  it('has whole lines of long traces that are added at the same time', async () => {
    const iterates = 12000;
    await openTrace(file(), new Set());
    await Promise.all(['a', 'b'].map((image) => appendTrace(file(), traceOf(image, iterates))));
    const lines = (await text()).split('\n').slice(1, -1);
    expect(lines).toHaveLength(2 * iterates);
    expect(
      lines.filter((line) => !/^[ab],gradient,top-k,0.5,\d+,.*,1e-12,*,,,$/.test(line)),
    ).toEqual([]);
  });
});

describe('kept iterates', () => {
  const size = { height: 2, width: 3 };
  const x = Float32Array.from({ length: 18 }, (_, i) => 14.25 * i);
  const map = Float32Array.from({ length: 6 }, (_, i) => 2 ** -i);
  const cleanMap = map.map((v) => v / 3);
  const rowOf = (change: Partial<ResultRow> = {}): ResultRow => ({
    experiment: 'e',
    model: 'm',
    dataset: 'd',
    image: 'scene-0.png',
    method: 'gradient',
    attack: 'top-k',
    epsilon: 8,
    status: 'ok',
    ...change,
  });
  const save = (row: ResultRow, ...selects: readonly string[]) =>
    saveKept(
      at(),
      row,
      {
        rows: [],
        trace: [],
        kept: selects.map((select) => ({ select, x, map })),
        cleanImage: x.map(Math.round),
        cleanMap,
      },
      size,
    );
  const saved = async (what = 'perturbed') => (await readdir(at(what))).sort();
  /** Numbers of a .npy file of the shape that is expected. */
  const numbersOf = async (what: string, name: string, shape: string) => {
    const bytes = await readFile(at(what, name));
    const start = 10 + bytes.readUInt16LE(8);
    expect(bytes.subarray(10, start).toString('latin1')).toContain(
      `'descr': '<f4', 'fortran_order': False, 'shape': (${shape})`,
    );
    return Array.from({ length: (bytes.length - start) / 4 }, (_, i) =>
      bytes.readFloatLE(start + 4 * i),
    );
  };

  it('are numbers and a picture each, named by what they are of', async () => {
    await save(rowOf(), 'intersection', 'center');
    await save(rowOf({ attack: 'random-sign', epsilon: 0.5 }), '');
    const names = [
      'scene-0.png+gradient+random-sign+0.5',
      'scene-0.png+gradient+top-k+8+center',
      'scene-0.png+gradient+top-k+8+intersection',
    ];
    expect(await saved()).toEqual(names.flatMap((name) => [`${name}.npy`, `${name}.png`]));
  });

  it('are float32 [3,H,W] in the one file, and rounded in the other', async () => {
    await save(rowOf(), 'center');
    const [npy, png] = await saved();
    expect(await numbersOf('perturbed', npy!, '3, 2, 3')).toEqual([...x]);
    const picture = planesOf(await decodePicture(at('perturbed', png!)));
    expect(picture).toHaveLength(x.length);
    for (const [i, level] of picture.entries())
      expect(Math.abs(level - x[i]!), `value ${i}`).toBeLessThanOrEqual(0.5);
  });

  it('have their maps beside them, and the map of the clean image of each method', async () => {
    await save(rowOf(), 'intersection', 'center');
    await save(rowOf({ attack: 'random-sign' }));
    const [clean, ...kept] = await saved('maps');
    expect([clean, ...kept]).toEqual([
      'scene-0.png+gradient+top-k+8+center.npy',
      'scene-0.png+gradient+top-k+8+intersection.npy',
      'scene-0.png+gradient.npy',
    ]);
    expect(await numbersOf('maps', clean!, '2, 3')).toEqual([...map]);
    expect(await numbersOf('maps', kept[1]!, '2, 3')).toEqual([...cleanMap]);
  });

  it('have the clean image beside them, to the last level', async () => {
    await save(rowOf({ image: 'a/b.png' }), 'center');
    expect(await saved('originals')).toEqual(['a%2Fb.png.png']);
    const picture = await decodePicture(at('originals', 'a%2Fb.png.png'));
    expect(planesOf(picture)).toEqual(x.map(Math.round));
  });

  it('stay in their folder, each in files of its own, whatever the ids are', async () => {
    const long = 'x'.repeat(240);
    const images = [
      ...['n01/a.png', 'n01_a.png', 'n01\\a.png', 'n01-a.png', 'n01+a.png', '../../a.png', '/a'],
      ...['猫.png', '犬.png', 'é.png', 'e\u0301.png', '🙂', '. .', '..', 'a:b', '%41', 'A'],
      ...[`${long}1.png`, `${long}2.png`, 'n01 a.png', 'n01  a.png', "'", '"', '*', '?', '\u0000'],
    ];
    const rows = [
      ...images.map((image) => rowOf({ image })),
      rowOf({ image: 'a', method: 'b+c', attack: 'd' }),
      rowOf({ image: 'a', method: 'b', attack: 'c+d' }),
      rowOf({ image: 'a', method: 'b-c', attack: 'd' }),
      rowOf({ image: 'a', method: 'b', attack: 'c-d' }),
    ];
    for (const row of rows) await save(row, 'center');
    const names = await saved();
    expect(names).toHaveLength(2 * rows.length);
    for (const name of names) expect(name).toMatch(/^[\w.~%+-]{1,250}\.(npy|png)$/);

    expect((await saved('maps')).length).toBeGreaterThan(rows.length);
    expect((await readdir(at())).sort()).toEqual(['maps', 'originals', 'perturbed']);
  });
});
