// `fragile score`: the metrics of what a run kept, computed again.
import { readdir, readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

const refused = (...args: readonly string[]) => place.refused(...args);

describe('fragile score', { timeout: 180_000 }, () => {
  /** Changes one cell of a table in its first row that is ok. */
  const change = async (column: string, value: string) => {
    const lines = (await readFile(place.path('run', 'results.csv'), 'utf8')).split('\n');
    const at = lines[0]!.split(',').indexOf(column);
    const row = lines.findIndex((line) => line.includes(',ok,'));
    lines[row] = lines[row]!.split(',')
      .map((cell, i) => (i === at ? value : cell))
      .join(',');
    await place.write('run/results.csv', lines.join('\n'));
  };
  const score = (...args: readonly string[]) => place.fragile('score', 'run', '--quiet', ...args);
  let kept: number;

  beforeAll(async () => {
    await place.write(
      'run.yaml',
      `
name: run
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, count: 6, correct: false }
explain: [gradient, { name: integrated-gradients, steps: 4 }, { name: smoothgrad, samples: 4 }]
attack: [random-sign, { name: top-k, iterations: 4, select: [dissimilarity, center] }]
epsilon: [4, 8]
save: { images: 3 }
output: run
`,
    );
    expect((await place.fragile('run', 'run.yaml', '--quiet')).status).toBe(0);
    kept = (await readdir(place.path('run/perturbed'))).filter((f) => f.endsWith('.npy')).length;
  }, 180_000);

  it('finds the values of the run again, to the last digit', async () => {
    const { status, stdout, stderr } = await score();
    expect([status, stderr]).toEqual([0, '']);
    // one row of each image, method and ε for random signs and two for top-k, where the label was kept
    expect(kept).toBeGreaterThan(30);
    expect(stdout).toMatch(
      new RegExp(`^rows: ${kept}, k = 100; \\d+ more have no kept iterate$`, 'm'),
    );
    const rows = (await place.rows('run')).map((row) => ({ ...row }) as Record<string, string>);
    const [header, ...lines] = (await readFile(place.path('run/scores.csv'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    expect(lines).toHaveLength(kept);
    for (const line of lines) {
      const scored = Object.fromEntries(header!.map((column, i) => [column, line[i]!]));
      const row = rows.find((r) =>
        ['image', 'method', 'attack', 'epsilon', 'select'].every((c) => r[c] === scored[c]),
      );
      expect(row).toMatchObject(scored);
    }
  });

  it('takes another k, which it does not compare', async () => {
    const { status, stdout } = await score('--k', '10');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^topk_intersection +[\d.]+ +not compared$/m);
    expect(stdout).not.toContain('region_share');
    expect(stdout).toMatch(new RegExp(`^rows: ${kept}, k = 10;`, 'm'));
    const [header, ...lines] = (await readFile(place.path('run/scores.csv'), 'utf8')).split('\n');
    const at = header!.split(',').indexOf('topk_intersection');
    for (const line of lines.slice(0, -1)) {
      const tenths = 10 * Number(line.split(',')[at]);
      expect(tenths).toBeCloseTo(Math.round(tenths), 9);
    }
  });

  it('says which metrics are not those of the table, and in which row', async () => {
    const before = await readFile(place.path('run', 'results.csv'), 'utf8');
    await change('spearman', '0.987');
    const { status, stdout, stderr } = await score();
    expect(status).toBe(1);
    expect(stderr).toBe('fragile: different from results.csv: spearman\n');
    expect(stdout).toMatch(/^spearman +\S+ +\d\.\de[-+]\d +absolute +\S+, \S+ under \S+, ε [48]/m);
    await place.write('run/results.csv', before);
  });

  it('finds the targets of maps again', async () => {
    await place.write(
      'matched.yaml',
      `
name: matched
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, pairs: 2, correct: false }
explain: [gradient, lrp]
attack: { name: match-target, iterations: 3 }
save: { images: 2 }
output: matched
`,
    );
    expect((await place.fragile('run', 'matched.yaml', '--quiet')).status).toBe(0);
    const { status, stdout, stderr } = await place.fragile('score', 'matched', '--quiet');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^rows: 4, k = 100$/m);
    for (const metric of ['target_ssim', 'target_pcc', 'target_mse'])
      expect(stdout).toMatch(new RegExp(`^${metric} +\\S+ +0 `, 'm'));
    // two images under two methods, each with original, its map, perturbed, its map, difference, target
    const report = await place.fragile('report', 'matched', '--out', 'matched.html');
    expect([report.status, report.stderr]).toEqual([0, '']);
    const page = await readFile(place.path('matched.html'), 'utf8');
    expect(page.match(/<img /g)).toHaveLength(2 * 2 * 6);
  });

  it('refuses what is not the run it should be', async () => {
    expect(await refused('score', 'nowhere')).toBe(
      'nowhere/run.json: no such file; expected the folder of a run',
    );
    expect(await refused('score', 'run', '--k', '5000')).toBe(
      '--k: 5000, expected at most 1024, the pixels of a 32×32 map',
    );
    const record = await readFile(place.path('run', 'run.json'), 'utf8');
    const { config, inputs, ...rest } = JSON.parse(record);
    const changed = (change: object) =>
      place.write('run/run.json', JSON.stringify({ config, inputs, ...rest, ...change }));
    const [weights] = inputs;
    await changed({ inputs: [{ ...weights, sha256: 'f'.repeat(64) }] });
    expect(await refused('score', 'run')).toMatch(/^run: computed with other weights than /);
    await changed({ config: { ...config, task: 'angles' } });
    expect(await refused('score', 'run')).toBe('run/run.json: task: angles, expected attack');
    await changed({ config: { ...config, seed: 2 } });
    expect(await refused('score', 'run')).toMatch(
      /^run\/run\.json: configHash: not that of its config and versions, /,
    );
    await place.write('run/run.json', 'text');
    expect(await refused('score', 'run')).toMatch(
      /^run\/run\.json: not the record of a run, expected JSON$/,
    );
    await place.write('run/run.json', record);
    await rm(place.path('run', 'perturbed'), { recursive: true });
    expect(await refused('score', 'run')).toBe(
      'run: no kept iterates in perturbed; expected those of a run with save: { images: N }',
    );
  });
});
