// `fragile run` on influence functions: two classes of drawn pictures and a network that comes with the program.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../data/picture.js';
import { keyedRandom } from '../random.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
const fragile = (...args: readonly string[]) => place.fragile(...args);

const SIDE = 32;
/** Noise that is a little redder, or a little bluer. */
async function draw(file: string, blue: boolean): Promise<void> {
  const random = keyedRandom('drawn', file);
  const x = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const channel = Math.floor(i / SIDE ** 2);
    const shift = channel === (blue ? 2 : 0) ? 25 : 0;
    return 100 + shift + 80 * random.uniform();
  });
  await writeFile(place.path(file), await encodePng(x, SIDE, SIDE));
}

const rowsIn = async (out: string): Promise<Record<string, string>[]> => {
  const text = await readFile(place.path(out, 'influence.csv'));
  const rows: Record<string, string>[] = parse(text, { columns: true });
  return rows.map(({ seconds: _, ...row }) => row);
};
const listOf = (folder: string) => readdir(place.path(folder));
const recordOf = async (out: string) =>
  JSON.parse(await readFile(place.path(out, 'run.json'), 'utf8'));

beforeAll(async () => {
  place = await Workplace.make();
  for (const [set, count] of [
    ['train', 20],
    ['test', 3],
  ] as const)
    for (const [name, blue] of [
      ['blue', true],
      ['red', false],
    ] as const) {
      await mkdir(place.path(set, name), { recursive: true });
      for (let i = 0; i < count; i++) await draw(path.join(set, name, `${i}.png`), blue);
    }
  await place.write(
    'influence.yaml',
    `name: influence
task: influence
model: { name: cifar-cnn, width: 0.125 }
data: { name: folder, path: test, correct: false }
training: { name: folder, path: train, count: 36 }
attack: [random-sign, { name: influence-sign, id: sign }]
epsilon: [1, 8]
save: { images: 1 }
`,
  );
});
afterAll(() => place.remove());

describe('attacks on influence functions', { timeout: 60_000 }, () => {
  it('give a row for every image, attack and ε, the same however the work is shared out', async () => {
    const first = await fragile('run', 'influence.yaml', '--workers', '2');
    expect(first.stderr).toMatch(/36\/36 training images/);
    expect(first.stdout).toMatch(/^attack +ε +images +label lost +spearman +top-5 +accuracy/);
    expect(first.status).toBe(0);
    const rows = await rowsIn('results/influence');
    expect(rows).toHaveLength(6 * 2 * 2);
    for (const row of rows) {
      expect(row.status).toMatch(/^(ok|label-lost)$/);
      expect(row.influential!.split(';')).toHaveLength(5);
      expect(row.influential).toMatch(/^(blue|red)\/\d+\.png;/);
      if (row.status === 'label-lost') {
        expect([row.label_kept, row.spearman, row.topk_intersection]).toEqual(['false', '', '']);
        continue;
      }
      expect(row.label_kept).toBe('true');
      expect(Number(row.linf)).toBeLessThanOrEqual(Number(row.epsilon) + 1e-4);
      expect(Number(row.spearman)).toBeLessThanOrEqual(1);
      if (row.attack !== 'sign') continue;
      expect(Number(row.influence_perturbed)).toBeLessThan(Number(row.influence));
      expect(Number(row.angle)).toBeGreaterThan(0);
    }
    const record = await recordOf('results/influence');
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(record.inputs).toEqual([
      { of: 'weights', file: 'cifar-cnn-0.125.safetensors', sha256 },
      { of: 'training images', file: 'folder', sha256 },
    ]);
    expect(record.units).toEqual({ asked: 'max', used: 6, tried: 6 });
    expect(record.prepared).toMatchObject({
      trainingImages: { asked: 36, used: 36 },
      features: sha256,
      parameters: 129,
      solvedBy: 'cholesky',
      rank: 129,
    });
    expect(record.prepared.gradientNorm).toBeLessThan(1e-8);
    // the head calls classes by the data set's labels
    const right = rows.filter(({ label, prediction }) => label === prediction).length;
    expect(right / rows.length).toBeGreaterThan(0.8);

    const alone = ['--out', 'alone', '--workers', '1', '--data', 'elsewhere'];
    const second = await fragile('run', 'influence.yaml', ...alone);
    expect(second.stderr).toMatch(/36\/36 training images/);
    expect(await rowsIn('alone')).toEqual(rows);
    const text = await readFile(place.path('alone', 'summary.csv'), 'utf8');
    expect(text).toBe(await readFile(place.path('results/influence', 'summary.csv'), 'utf8'));
  });

  it('shows images with the most influential ones, and the influence of all', async () => {
    const files = await listOf('results/influence/panels');
    const [image] = await rowsIn('results/influence');
    expect(files.filter((name) => name.endsWith('.png'))).not.toHaveLength(0);
    for (const name of files) expect(name).toContain(image!.image!.replace('/', '%2F'));
    const table = files.find((name) => name.endsWith('.csv'))!;
    const influences: Record<string, string>[] = parse(
      await readFile(place.path('results/influence/panels', table)),
      { columns: true },
    );
    expect(influences).toHaveLength(36);
    const ranked = [...influences].sort((a, b) => Number(b.influence) - Number(a.influence));
    expect(
      ranked
        .slice(0, 5)
        .map((row) => row.training_image)
        .join(';'),
    ).toBe(image!.influential);
  });

  it('go on where a run stopped, with the features that are kept', async () => {
    expect(await listOf('data/features')).toHaveLength(1);
    const run = (...args: readonly string[]) =>
      fragile('run', 'influence.yaml', '--out', 'resumed', ...args);
    const limited = await run('--limit', '2');
    expect(limited.stderr).not.toMatch(/training images/);
    const { stderr } = await run();
    expect(stderr).toMatch(/resuming: 2 cells are finished already/);
    expect(await rowsIn('resumed')).toEqual(await rowsIn('results/influence'));
  });

  it('compute features anew where a picture is another of the same name, and do not go on there', async () => {
    const run = (...args: readonly string[]) =>
      fragile('run', 'influence.yaml', '--out', 'resumed', ...args);
    const picture = place.path('train/red/0.png');
    const before = await readFile(picture);
    await writeFile(picture, await readFile(place.path('train/red/1.png')));
    const changed = await run('--limit', '3');
    expect(changed.stderr).toMatch(
      /resumed: holds results of other training images \(folder, SHA-256 /,
    );
    const fresh = await run('--limit', '1', '--fresh');
    expect(fresh.stderr).toMatch(/36\/36 training images/);
    expect(await listOf('data/features')).toHaveLength(2);
    await writeFile(picture, before);
  });

  it('follow the authors’ program where asked', async () => {
    const { status, stderr } = await fragile(
      ...['run', 'influence.yaml', '--quiet', '--out', 'authors', '--set', 'semantics=authors'],
    );
    expect(stderr).toMatch(
      /^influence: damping 0: the Hessian of 129 parameters has no Cholesky factors \(rank \d+\), its pseudo-inverse is used\n$/,
    );
    expect(status).toBe(0);
    const rows = await rowsIn('authors');
    expect(rows.every((row) => row.status === 'ok')).toBe(true);
    const { config, prepared } = await recordOf('authors');
    expect(config).not.toHaveProperty('semantics');
    expect(config.influence).toMatchObject({ loss: 'squared', damping: 0, direction: 'features' });
    expect(prepared.solvedBy).toBe('pseudo-inverse');
    expect(prepared.rank).toBeLessThanOrEqual(36);
    expect(prepared.gradientNorm).toBeLessThan(1e-8);
  });

  it('say when there are fewer images than asked, and go on', async () => {
    const { status, stderr } = await fragile(
      ...['run', 'influence.yaml', '--quiet', '--out', 'fewer'],
      ...['--set', 'training.count=50', '--set', 'data.count=9'],
    );
    expect(stderr).toBe(
      '50 training images asked, 40 used: there are no more\nfragile: 9 images asked, 6 used: there are no more\n',
    );
    expect(status).toBe(0);
  });

  it('are estimated without being run', async () => {
    const { stdout } = await fragile('run', 'influence.yaml', '--dry-run', '--out', 'unwritten');
    expect(stdout).toMatch(/influence: 6 cells of 1 steps/);
    expect(await place.exists('unwritten')).toBe(false);
  });

  it.each([
    [
      'training={ name: folder, path: train/red }',
      /^fragile: training: folder: pictures in train\/red have no labels; expected a labels\.csv or /,
    ],
    ['training={ name: folder, path: nowhere }', /^fragile: nowhere: no such folder; /],
  ])('refuse %s', async (change, message) => {
    const { status, stderr } = await fragile(
      ...['run', 'influence.yaml', '--quiet', '--out', 'refused', '--set', change],
    );
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
    expect(await place.exists('refused')).toBe(false);
  });
});
