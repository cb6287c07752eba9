// The kept iterates of a run as files.
import { readdir, readFile, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodePicture, planesOf } from '../../../data/picture.js';
import { useFolder } from '../../../testing/files.js';
import type { ResultRow } from '../results.js';
import { missingKept, saveKept } from './write.js';

const at = useFolder();

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

  it('are counted where they are missing, of the first images and rows with an iterate alone', async () => {
    await save(rowOf(), 'intersection', 'center');
    const rows = [
      rowOf({ select: 'intersection' }),
      rowOf({ select: 'center' }),
      rowOf({ attack: 'mass-center', status: 'label-lost' }),
      rowOf({ image: 'b', select: 'center' }),
      rowOf({ image: 'c', select: 'center' }),
    ];
    expect([0, 1, 2, 3].map((images) => missingKept(at(), rows, images))).toEqual([0, 0, 1, 2]);
    await rm(at('perturbed', 'scene-0.png+gradient+top-k+8+center.npy'));
    expect(missingKept(at(), rows, 1)).toBe(1);
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
