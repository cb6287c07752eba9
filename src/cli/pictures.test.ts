// The commands that look at one picture, as users meet them.
import { mkdir, readdir, readFile } from 'node:fs/promises';
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
const refused = (...args: readonly string[]) => place.refused(...args);

describe('fragile explain', { timeout: 120_000 }, () => {
  it('needs nothing but a picture', async () => {
    const { status, stdout, stderr } = await place.fragile('explain', deer);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^class: 4, deer\nconfidence: \d+\.\d %\nthen: \w+ \d+\.\d %(, \w+ \d+\.\d %){3}\ngradient: 0-explained-gradient\.npy\n0-explained\.png\n$/,
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
      'kept-gradient.npy: exists already; use --fresh to replace it, or give another name',
    );
    expect(await readFile(place.path('kept-gradient.npy'), 'utf8')).toBe('mine');
    expect(await place.exists('kept.png')).toBe(false);
    await mkdir(place.path('folder.png'));
    expect(await refused(...command.slice(0, -1), 'folder.png', '--fresh')).toMatch(
      /^folder\.png: a folder; expected the name of a file$/,
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
      /^--epsilon: "x", expected a number of gray levels, such as 8 or 8\/255$/,
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
    [
      ['explain', deer, '--out', 'text.png/x.png'],
      /^text\.png\/x\.png: cannot be written: a part of the path is not a folder$/,
    ],
    [['attack', deer, '--out', ''], '--out: expected a folder'],
    [['explain'], /^no picture, expected the name of a file before the options: /],
  ])('%j is one line', async (args, message) => {
    await place.write('text.png', 'text');
    const said = await refused(...args);
    if (typeof message === 'string') expect(said).toBe(message);
    else expect(said).toMatch(message);
    expect(await place.exists('x.png')).toBe(false);
  });
});
