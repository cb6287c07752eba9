// The commands that look at one picture, and the one that scores what a run kept, as users meet them.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../data/npy.js';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';

const deer = fixturePath('embedded', 'deer', '0.png');
/** A network that is small enough for tests, and ships its weights too. */
const small = ['--set', 'model.width=0.125'];

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

const sum = (map: Float32Array) => map.reduce((total, v) => total + v, 0);
const sizeOf = async (file: string) => {
  const { width, height } = await sharp(place.path(file)).metadata();
  return [width, height];
};
/** A command that is refused: its one line. */
async function refused(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await place.fragile(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^fragile: [^\n]+\n$/);
  return stderr.slice('fragile: '.length, -1);
}

describe('fragile explain', { timeout: 120_000 }, () => {
  it('needs nothing but a picture', async () => {
    const { status, stdout, stderr } = await place.fragile('explain', deer);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^class: 4, deer\nconfidence: \d+\.\d %\ngradient: 0-explained-gradient\.npy\n0-explained\.png\n$/,
    );
    const map = await readNpy(place.path('0-explained-gradient.npy'), [32, 32]);
    expect(sum(map)).toBeCloseTo(1, 4);
    expect((await sizeOf('0-explained.png'))[0]).toBeGreaterThan(2 * 192);
  });

  it('draws several methods, each set as in a config, wherever it is asked to', async () => {
    const { status, stdout } = await place.fragile(
      ...['explain', deer, '--method', 'integrated-gradients', 'lrp', ...small],
      ...['--set', 'explain.0.steps=4', '--set', 'explain.1.id=z+', '--out', 'new/deer.png'],
    );
    expect(status).toBe(0);
    expect(stdout).toContain('z+: new/deer-z%2B.npy\nnew/deer.png\n');
    expect((await readdir(place.path('new'))).sort()).toEqual([
      'deer-integrated-gradients.npy',
      'deer-z%2B.npy',
      'deer.png',
    ]);
  });

  it('replaces nothing unless it is told to', async () => {
    const command = ['explain', deer, ...small, '--out', 'kept.png'];
    await place.write('kept-gradient.npy', 'mine');
    expect(await refused(...command)).toBe(
      'kept-gradient.npy: is there already; use --fresh to replace it or --out for another file',
    );
    expect(await readFile(place.path('kept-gradient.npy'), 'utf8')).toBe('mine');
    expect(await place.exists('kept.png')).toBe(false);
    await mkdir(place.path('folder.png'));
    expect(await refused(...command.slice(0, -1), 'folder.png', '--fresh')).toMatch(
      /^folder\.png: cannot be written: EISDIR/,
    );
    expect((await place.fragile(...command, '--fresh')).status).toBe(0);
    expect(sum(await readNpy(place.path('kept-gradient.npy'), [32, 32]))).toBeCloseTo(1, 4);
  });
});

describe('fragile attack', { timeout: 180_000 }, () => {
  it('bounds match-target as it is told, and only then', async () => {
    const item = (at: number) =>
      [`target={ image: ${deer} }`, 'iterations=2', 'rate=0.05'].flatMap((field) => [
        '--set',
        `attack.${at}.${field}`,
      ]);
    const match = ['attack', deer, ...small, '--attack', 'match-target', '--quiet', ...item(0)];
    const free = await place.fragile(...match, '--out', 'free');
    expect(free.status).toBe(0);
    const [row] = await place.rows('free');
    expect(row!.epsilon).toBe('');
    expect(Number(row!.linf)).toBeGreaterThan(2);
    const two = [...match, ...item(1), '--epsilon', '1', '2', '--out', 'bounded'];
    expect((await place.fragile(...two)).status).toBe(0);
    const bounded = await place.rows('bounded');
    expect(bounded.map(({ attack, epsilon }) => [attack, epsilon])).toEqual([
      ['match-target-1', '1'],
      ['match-target-2', '2'],
    ]);
    for (const { linf, epsilon } of bounded)
      expect(Number(linf)).toBeLessThanOrEqual(Number(epsilon));
  });

  const command = [
    ...[
      'attack',
      deer,
      ...small,
      '--method',
      'gradient',
      'lrp',
      '--attack',
      'top-k',
      'random-sign',
    ],
    ...['--set', 'attack.0.iterations=6', '--epsilon', '4', '8', '--out', 'deer', '--quiet'],
  ];

  it('writes the table of a run, images, maps and a panel, and prints the metrics', async () => {
    const { status, stdout, stderr } = await place.fragile(...command);
    expect([status, stderr]).toEqual([0, '']);
    const rows = await place.rows('deer');
    expect(rows.map(({ method, attack, epsilon }) => `${method} ${attack} ${epsilon}`)).toEqual(
      ['gradient', 'lrp'].flatMap((m) =>
        ['top-k', 'random-sign'].flatMap((a) => [4, 8].map((e) => `${m} ${a} ${e}`)),
      ),
    );
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^class: \d, \w+$/);
    expect(lines[1]).toMatch(/^confidence: \d+\.\d %$/);
    expect(lines).toHaveLength(2 + 8 + 1);
    for (const [i, row] of rows.entries()) {
      const line = lines[2 + i]!;
      expect(line).toContain(`${row.method} under ${row.attack}, ε ${row.epsilon}`);
      if (row.status === 'ok')
        expect(line).toContain(`Spearman ${Number(row.spearman).toFixed(3)},`);
      else expect(line).toMatch(/: label-lost$/);
    }
    expect(lines.at(-1)).toBe('deer/panel.png');
    expect((await sizeOf('deer/panel.png'))[1]).toBeGreaterThan(8 * 192);
    for (const { method, attack, epsilon, status, select } of rows) {
      const rule = select === '' ? '' : '+dissimilarity';
      const name = `0.png+${method}+${attack}+${epsilon}${rule}.npy`;
      for (const folder of ['perturbed', 'maps'])
        expect(await place.exists(`deer/${folder}/${name}`), name).toBe(status === 'ok');
      expect(await place.exists(`deer/maps/0.png+${method}.npy`)).toBe(true);
    }
  });

  it('goes on in its folder, and leaves one of another attack alone', async () => {
    const before = await place.rows('deer');
    const again = await place.fragile(...command);
    expect(again.status).toBe(0);
    expect(await place.rows('deer')).toEqual(before);
    expect(await refused('attack', deer, ...small, '--out', 'deer', '--quiet')).toMatch(
      /^output: deer: holds results of another config \(.*\); use --fresh to replace them or --out for another folder$/,
    );
  });

  it('of a region outlines it and says how much of the map is there', async () => {
    const { status, stdout } = await place.fragile(
      ...['attack', deer, ...small, '--attack', 'target-region', '--out', 'region', '--quiet'],
      ...['--set', 'attack.0.box=[2, 2, 12, 14]', '--set', 'attack.0.iterations=6'],
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/saliency in the region before 0\.\d{3}, and after 0\.\d{3}/);
  });
});

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
    expect(stdout).toMatch(/^topk_intersection +[\d.]+ +of other pixels$/m);
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
    expect(stderr).toBe('fragile: not the values of results.csv: spearman\n');
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
      '--k: metrics.k: 5000, expected at most 1024, the pixels of a 32×32 map',
    );
    const record = await readFile(place.path('run', 'run.json'), 'utf8');
    const { weights, ...rest } = JSON.parse(record);
    const other = { ...rest, weights: { ...weights, sha256: 'f'.repeat(64) } };
    await place.write('run/run.json', JSON.stringify(other));
    expect(await refused('score', 'run')).toMatch(/^run: computed with other weights than /);
    await place.write('run/run.json', JSON.stringify({ config: { task: 'angles' } }));
    expect(await refused('score', 'run')).toBe(
      'run/run.json: task: angles, expected that of an attack',
    );
    await place.write('run/run.json', 'text');
    expect(await refused('score', 'run')).toBe(
      'run/run.json: not JSON, expected the record of a run',
    );
    await place.write('run/run.json', record);
    await rm(place.path('run', 'perturbed'), { recursive: true });
    expect(await refused('score', 'run')).toBe(
      'run: no kept iterates in perturbed; expected those of a run with save: { images: N }',
    );
  });
});

describe('a mistake', { timeout: 60_000 }, () => {
  it.each([
    [['explain', 'none.png'], 'none.png: no such file; expected a picture'],
    [['attack', 'none.png'], 'none.png: no such file; expected a picture'],
    [['explain', '.'], '.: not a file; expected a picture'],
    [['explain', 'text.png'], /^text\.png: not a whole picture: /],
    [
      ['explain', deer, '--model', 'lenet'],
      /^--model: model\.name: "lenet", expected one of .*cifar-cnn/,
    ],
    [
      ['explain', deer, '--method', 'lpr'],
      /^--method: explain\.0\.name: "lpr", expected one of .*lrp/,
    ],
    [
      ['explain', deer, '--method', 'lrp', 'lrp'],
      /^--method: explain\.1: two items have the id lrp/,
    ],
    [
      ['attack', deer, '--attack', 'top'],
      /^--attack: attack\.0\.name: "top", expected one of .*top-k/,
    ],
    [['attack', deer, '--epsilon', '-8'], '--epsilon: epsilon.0: -8, expected a number above 0'],
    [
      ['attack', deer, '--attack', 'match-target', '--epsilon', '0'],
      '--epsilon: attack.0.epsilon: 0, expected a number above 0',
    ],
    [['attack', deer, '--epsilon', '300'], '--epsilon: epsilon.0: 300, expected at most 255'],
    [
      ['attack', deer, '--epsilon', 'x'],
      /^option '--epsilon .*' argument 'x' is invalid\. expected a number$/,
    ],
    [
      ['attack', deer, '--attack', 'target-region'],
      /^--attack: attack\.0: target-region: expected exactly one of box/,
    ],
    [
      ['explain', deer, '--model', 'alexnet', '--out', 'x.png'],
      /^model alexnet: no weights at data\/weights/,
    ],
    [['explain', deer, '--out', 'x.jpg'], '--out: x.jpg: expected a name that ends in .png'],
    [['explain', deer, '--out', 'text.png/x.png'], /^--out: text\.png: cannot be made: /],
    [['attack', deer, '--out', ''], '--out: expected a folder'],
    [['explain'], "missing required argument 'picture'"],
  ])('%j is one line', async (args, message) => {
    await place.write('text.png', 'text');
    const said = await refused(...args);
    if (typeof message === 'string') expect(said).toBe(message);
    else expect(said).toMatch(message);
    expect(await place.exists('x.png')).toBe(false);
  });
});
