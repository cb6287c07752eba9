// `fragile run` on the curvature of level sets, and its report.
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

const text = `name: curved
task: curvature
model: { name: cifar-cnn-softplus, width: 0.125, weights: ${fixturePath('cifar-cnn-0.125.safetensors')} }
data: { name: embedded, count: 2, correct: false }
beta: [1, 10]
paths: { length: 0.2, step: 0.1 }
attack: { epsilon: 1, iterations: 3 }
`;

describe('curvature', { timeout: 120_000 }, () => {
  it('is measured for every image and β, with paths, the same however the work is shared out', async () => {
    await place.write('curved.yaml', text);
    const { status, stdout, stderr } = await place.fragile('run', 'curved.yaml', '--quiet');
    expect(stdout).toMatch(/^ +β +images +same class +\|λ\|max.*\n +1 +2 .*\n *10 +2 /);
    expect(status).toBe(0);
    const read = async (out: string, file: string): Promise<Record<string, string>[]> => {
      const rows: Record<string, string>[] = parse(await readFile(place.path(out, file)), {
        columns: true,
      });
      return rows.map(({ seconds: _, ...row }) => row);
    };
    const rows = await read('results/curved', 'curvature.csv');
    expect(rows.map(({ beta }) => beta)).toEqual(['1', '10', '1', '10']);
    for (const row of rows) {
      const [lambda, least, largest, frobenius, bound, residual] = [
        ...[row.lambda, row.lambda_min, row.lambda_max].map(Number),
        ...[row.frobenius, row.bound, row.residual].map(Number),
      ] as [number, number, number, number, number, number];
      expect(row.status).toBe('ok');
      expect(Math.abs(lambda)).toBe(Math.max(Math.abs(least), Math.abs(largest)));
      expect(frobenius).toBeGreaterThan(Math.abs(lambda));
      expect(bound).toBeGreaterThan(Math.abs(lambda));
      expect(residual).toBeLessThanOrEqual(1e-3);
    }
    const paths = await read('results/curved', 'paths.csv');
    const curved = paths.filter(({ path }) => path === 'along curvature');
    const ends = curved.filter(({ length }) => Math.abs(Number(length) - 0.2) <= 0.01);
    expect(ends.length).toBe(4);
    // without max-pools the theorem holds
    for (const { turned, bound } of paths)
      expect(Number(turned)).toBeLessThanOrEqual(Number(bound));
    const outside = new Set(
      paths.flatMap(({ image, beta, path, inside }) =>
        inside === 'true' ? [] : [`${image} ${beta} ${path}`],
      ),
    );
    expect(outside.size).toBeGreaterThan(0);
    expect(stderr).toMatch(
      new RegExp(`^${outside.size} of \\d+ paths leave the range 0\\.\\.255 .*paths\\.csv\\n$`),
    );
    // where the image keeps its label under the attack there is a path to it
    const kept = rows.filter(({ attack_kept }) => attack_kept === 'true');
    expect(kept.length).toBeGreaterThan(0);
    const attacked = new Set(
      paths.filter(({ path }) => path === 'to attacked').map(({ image }) => image),
    );
    expect([...attacked]).toEqual([...new Set(kept.map(({ image }) => image))]);
    for (const row of kept) expect(Number(row.attack_turned)).toBeGreaterThan(0);
    for (const { length, straight } of paths)
      expect(Number(length)).toBeGreaterThanOrEqual(Number(straight) - 1e-9);
    expect(paths.every(({ off }) => Number(off) <= 1e-4)).toBe(true);
    await place.fragile('run', 'curved.yaml', '--quiet', '--out', 'alone', '--workers', '1');
    expect(await read('alone', 'curvature.csv')).toEqual(rows);
    expect(await read('alone', 'paths.csv')).toEqual(paths);
  });

  it('is reported', async () => {
    const { status } = await place.fragile('report', 'results/curved', '--out', 'page.html');
    expect(status).toBe(0);
    const page = await readFile(place.path('page.html'), 'utf8');
    expect(page).toMatch(/median \|λ\|max grows as β\^[\d.]+/);
    expect(page).toContain('0 of 4 paths break the bound by more than 1 %');
  });

  it('without a β for ReLUs is a mistake', async () => {
    await place.write('relu.yaml', 'name: r\ntask: curvature\nmodel: cifar-cnn\ndata: embedded\n');
    const { status, stderr } = await place.fragile('run', 'relu.yaml');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^fragile: relu\.yaml:1: beta: missing, expected a number above 0.*\n$/);
  });
});
