// `fragile run` of attacks that aim at a region, and of a method that takes several steps.
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

const fragile = (...args: readonly string[]) => place.fragile(...args);
const inFolder = (...parts: readonly string[]) => place.path(...parts);
const written = (name: string, text: string) => place.write(name, text);
const rowsOf = (name: string) => place.rows(name);

describe('a run', { timeout: 60_000 }, () => {
  it('attacks integrated gradients, and regions given as a box or drawn in a file', async () => {
    const mask = Buffer.from(Uint8Array.from({ length: 32 * 32 }, (_, i) => (i < 320 ? 255 : 0)));
    await sharp(mask, { raw: { width: 32, height: 32, channels: 1 } })
      .png()
      .toFile(inFolder('mask.png'));
    await written(
      'regions.yaml',
      `name: regions
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, count: 2, correct: false }
explain: [gradient, { name: integrated-gradients, steps: 10, direction: { steps: 3 } }]
attack:
  - { name: target-region, id: drawn, mask: mask.png, iterations: 20 }
  - { name: target-region, id: boxed, box: [0, 0, 10, 32], iterations: 20 }
epsilon: 8
save: { images: 1, trace: true }
`,
    );
    const { status, stdout } = await fragile('run', 'regions.yaml', '--quiet');
    expect(status).toBe(0);
    expect(stdout).toMatch(/integrated-gradients {2}boxed/);
    const rows = await rowsOf('results/regions');
    expect(rows).toHaveLength(8);
    const metrics = ({ attack: _, ...row }: Record<string, string>) => row;
    const of = (id: string) => rows.filter(({ attack }) => attack === id).map(metrics);
    // the same region, said in two ways
    expect(of('drawn')).toEqual(of('boxed'));
    const trace: Record<string, string>[] = parse(
      await readFile(inFolder('results/regions/trace.csv')),
      { columns: true },
    );
    expect(trace).toHaveLength(8 * 20);
    const path0 = trace.filter(
      (r) => r.image === trace[0]!.image && r.method === 'gradient' && r.attack === 'boxed',
    );
    expect(Number(path0.at(-1)!.D)).toBeGreaterThan(Number(path0[0]!.D));
    const kept = await readdir(inFolder('results/regions/perturbed'));
    expect(kept.filter((name) => name.endsWith('.npy'))).toHaveLength(4);
    expect(kept.filter((name) => name.endsWith('.png'))).toHaveLength(4);
  });

  it('attacks superpixels, and tells of the images that do not have the one that is picked', async () => {
    const regions = (pick: string) => `name: superpixels
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, count: 6, correct: false }
explain: gradient
attack: { name: target-region, slic: { segments: 12, compactness: 5, pick: ${pick} }, iterations: 5 }
epsilon: 8
`;
    await written('superpixels.yaml', regions('2'));
    const { status, stdout } = await fragile('run', 'superpixels.yaml', '--quiet');
    expect(status).toBe(0);
    expect(stdout).toMatch(/center shift +image ssim +in region +after\n/);
    const rows = await rowsOf('results/superpixels');
    expect(rows.filter(({ status }) => status === 'ok').length).toBeGreaterThan(3);
    for (const row of rows.filter(({ status }) => status === 'ok'))
      expect(Number(row.region_share_perturbed)).toBeGreaterThan(Number(row.region_share));

    const pictures = await fragile('regions', 'superpixels.yaml');
    const counts = pictures.stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(/ {2,}/)[1]));
    // the last of the image that has most
    const most = Math.max(...counts);
    const lacking = counts.filter((n) => n < most).length;
    expect(lacking).toBeGreaterThan(0);
    await written('some.yaml', regions(String(most - 1)));
    const some = await fragile('run', 'some.yaml', '--out', 'some', '--quiet');
    expect(some.status).toBe(1);
    const why = new RegExp(
      `slic\\.pick: ${most - 1} for the image .*, expected 0 to \\d+, its \\d+ regions\n`,
      'g',
    );
    expect(some.stderr.match(why)).toHaveLength(lacking);
    expect(some.stderr).toContain(`fragile: ${lacking} cells failed`);
    const found = await rowsOf('some');
    expect(found.filter((row) => row.status === 'failed')).toHaveLength(lacking);
    expect(found).toHaveLength(6);

    const [{ image }] = rows as [{ image: string }];
    await written('named.yaml', regions(`{ '${image}': ${most} }`));
    const named = await fragile('run', 'named.yaml', '--out', 'named');
    expect([named.status, named.stderr.split('\n').length]).toEqual([2, 2]);
    expect(named.stderr).toMatch(
      new RegExp(`^fragile: attack\\.0: slic\\.pick: ${most} for the image .*, expected 0 to`),
    );
    expect(await place.exists('named')).toBe(false);
  });
});
