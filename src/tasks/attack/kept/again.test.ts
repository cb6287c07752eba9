// What is computed again of a kept iterate is what the run made of it.
import { afterAll, describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../../../testing/files.js';
import type { CellResult } from '../computer.js';
import { cellsOn, compute, configOf, openOn, shipped } from '../testing/cells.js';
import { computeAgain, iterateOf, openAgain } from './again.js';
import { saveKept } from './write.js';

const at = useFolder();
const config = await configOf({
  explain: ['gradient', 'lrp'],
  attack: [
    { name: 'target-region', box: [0, 0, 9, 9], iterations: 2 },
    { name: 'match-target', iterations: 2, explain: 'lrp' },
  ],
  engine: 'onnx',
});
const opened = await openAgain(config, 'no data root', 1);
afterAll(() => opened.computer.release());

/** The results of a run on an image, which are kept in the folder. */
async function ran(image: number): Promise<CellResult[]> {
  const computer = await openOn(config);
  const results = await compute(computer, await cellsOn(computer, config, image));
  for (const result of results.values())
    await saveKept(at(), result.rows[0]!, result, shipped.network);
  return [...results.values()];
}

describe('a kept iterate', () => {
  it('has the maps that it had, and its target or region', async () => {
    const results = await ran(3);
    expect(results).toHaveLength(3);
    for (const { rows, kept, cleanImage, cleanMap, targetMap } of results) {
      const [row] = rows;
      const of = `${row!.method} under ${row!.attack}`;
      const again = await computeAgain(opened, at(), row!);
      expect(again.kept.x, of).toEqual(kept[0]!.x);
      expect(again.kept.evaluation.map, of).toEqual(kept[0]!.map);
      expect(again.clean.x, of).toEqual(cleanImage);
      expect(again.clean.evaluation.map, of).toEqual(cleanMap);
      expect(again.clean.label, of).toBe(row!.prediction);
      expect(again.clean.goal, of).toEqual(targetMap);
      const inside = again.region?.reduce((sum, v) => sum + v, 0);
      expect(inside, of).toBe(row!.attack === 'target-region' ? 81 : undefined);
    }
  });

  it('is refused where the row or the file is not of the run', async () => {
    const [{ rows } = {}] = await ran(3);
    const row = rows![0]!;
    const refused = (change: object) => refusal(computeAgain(opened, at(), { ...row, ...change }));
    expect(await refused({ image: 'other.png' })).toMatch(
      /results\.csv: row names image other\.png, which .*embedded lacks$/,
    );
    expect(await refused({ attack: 'top-k' })).toMatch(
      /results\.csv: row names attack top-k, which run\.json does not list$/,
    );
    expect(await refused({ select: 'center' })).toBe(
      `${iterateOf(at(), { ...row, select: 'center' })}: cannot be read: no such file or folder`,
    );
  });
});
