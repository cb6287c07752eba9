// What is read back of a run's folder.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { cleanMapFile } from '../../../record/kept.js';
import { refusal, useFolder } from '../../../testing/files.js';
import type { CellResult } from '../computer.js';
import type { ResultRow } from '../results.js';
import { attackConfig } from '../testing/config.js';
import { keptOf } from './read.js';
import { saveKept } from './write.js';

const at = useFolder();
const config = await attackConfig({
  name: 'kept',
  model: 'cifar-cnn',
  data: 'embedded',
  explain: [{ name: 'lrp', id: 'z+' }],
  attack: ['top-k', { name: 'target-region', box: [0, 0, 2, 3] }, 'match-target'],
  epsilon: 8,
});
const size = { height: 32, width: 32 };
const image = Float32Array.from({ length: 3 * 1024 }, (_, i) => i % 256);
const x = image.map((v) => v + 0.25);
const map = Float32Array.from({ length: 1024 }, (_, i) => i / 523_776);
const rowOf = (change: Partial<ResultRow> = {}): ResultRow => ({
  experiment: 'kept',
  model: 'cifar-cnn',
  dataset: 'embedded',
  image: 'deer/0.png',
  prediction: 4,
  method: 'z+',
  attack: 'top-k',
  epsilon: 8,
  select: 'center',
  status: 'ok',
  ...change,
});
const save = (row: ResultRow, kept: CellResult['kept'], clean: Partial<CellResult> = {}) =>
  saveKept(
    at(),
    row,
    { rows: [], trace: [], kept, cleanImage: image, cleanMap: map.toReversed(), ...clean },
    size,
  );
const read = (row: ResultRow) => keptOf(config, at(), [row], undefined);

describe('what a run kept', () => {
  it('are the images and maps it had', async () => {
    await save(rowOf(), [{ select: 'center', x, map }]);
    expect(await read(rowOf())).toEqual([
      {
        ...size,
        row: rowOf(),
        method: config.explain[0],
        className: 'deer',
        clean: { image, map: map.toReversed() },
        perturbed: { image: x, map },
        region: undefined,
        target: undefined,
      },
    ]);
  });

  it('have the map that was to be matched', async () => {
    const row = rowOf({ attack: 'match-target', epsilon: undefined, select: 'last' });
    const targetMap = Float32Array.from(map, (v, i) => (i % 2) * v);
    await save(row, [{ select: 'last', x, map }], { targetMap });
    expect(await read(row)).toMatchObject([{ target: targetMap, perturbed: { image: x, map } }]);
  });

  it('has no perturbed image where the label was lost, and no map where there is none', async () => {
    const row = rowOf({ attack: 'target-region', status: 'label-lost' });
    await save(row, []);
    const [lost] = await read(row);
    expect(lost).toMatchObject({ clean: { map: map.toReversed() }, perturbed: undefined });
    expect([...lost!.region!].flatMap((v, i) => (v === 1 ? [i] : []))).toEqual([
      0, 1, 2, 32, 33, 34,
    ]);
  });

  it('is refused where a file is missing or is another', async () => {
    expect(await refusal(read(rowOf()))).toMatch(/deer%2F0\.png\.png: no such file/);
    await save(rowOf(), []);
    await writeFile(at(cleanMapFile(rowOf())), 'text');
    expect(await refusal(read(rowOf()))).toMatch(/z%2B\.npy: not a \.npy file/);
  });

  it('is refused where the config does not list what a row is of', async () => {
    await save(rowOf(), []);
    expect(await refusal(read(rowOf({ method: 'lrp' })))).toBe(
      `${at('results.csv')}: row names method lrp, which run.json does not list`,
    );
  });
});
