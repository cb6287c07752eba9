// `fragile run` on the angles between gradients and directions of largest curvature.
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

describe('angles', { timeout: 30_000 }, () => {
  it('are measured for every image, and the same however the work is shared out', async () => {
    await place.write(
      'angles.yaml',
      `name: angles
task: angles
model: { name: cifar-cnn-softplus, width: 0.125, weights: ${fixturePath('cifar-cnn-0.125.safetensors')} }
data: { name: embedded, count: 4, correct: false }
`,
    );
    const { status, stdout } = await place.fragile('run', 'angles.yaml', '--quiet');
    expect(stdout).toMatch(/^images {2}mean angle {2}median.*\n +4 /);
    expect(status).toBe(0);
    const read = async (out: string): Promise<Record<string, string>[]> => {
      const rows: Record<string, string>[] = parse(await readFile(place.path(out, 'angles.csv')), {
        columns: true,
      });
      return rows.map(({ seconds: _, ...row }) => row);
    };
    const rows = await read('results/angles');
    expect(rows).toHaveLength(4);
    for (const { status, angle, residual } of rows) {
      expect(status).toBe('ok');
      expect(Number(angle)).toBeGreaterThanOrEqual(0);
      expect(Number(angle)).toBeLessThanOrEqual(90);
      expect(Number(residual)).toBeLessThanOrEqual(1e-3);
    }
    await place.fragile('run', 'angles.yaml', '--quiet', '--out', 'alone-angles', '--workers', '1');
    expect(await read('alone-angles')).toEqual(rows);
    const dry = await place.fragile('run', 'angles.yaml', '--dry-run', '--out', 'unwritten');
    expect(dry.stdout).toMatch(/angles: 4 cells of 1 steps/);
  });
});
