// `fragile run` from its first row to its last, disturbed and not: in processes of its own, on the pictures and the
// network that come with the program.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, Workplace, workersOf } from './testing/command.js';
import { CELLS, config, ROWS } from './testing/configs.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

const launch = (...args: readonly string[]) => place.launch(...args);
const fragile = (...args: readonly string[]) => place.fragile(...args);
const inFolder = (...parts: readonly string[]) => place.path(...parts);
const written = (name: string, text: string) => place.write(name, text);
const rowsOf = (name: string) => place.rows(name);
const untilLines = (name: string, lines: number, run: Launched) =>
  place.untilLines(name, lines, run);

describe('a run', { timeout: 60_000 }, () => {
  const slow = 120;
  let undisturbed: Record<string, string>[];
  beforeAll(async () => {
    await written('long.yaml', config(slow));
    const { status, stderr } = await fragile('run', 'long.yaml', '--out', 'undisturbed');
    expect(stderr).toMatch(/\d+\/\d+ steps, [\d.]+ steps\/s, 0 s left\n$/);
    expect(status).toBe(0);
    undisturbed = await rowsOf('undisturbed');
  }, 60_000);

  it('gives a row for each image, method, attack, ε and selection, in the order of the plan', () => {
    expect(undisturbed).toHaveLength(ROWS);
    expect(undisturbed.every(({ status }) => status === 'ok' || status === 'label-lost')).toBe(
      true,
    );
    const keys = undisturbed.map(
      (r) => `${r.image} ${r.method} ${r.attack} ${r.epsilon} ${r.select}`,
    );
    expect(new Set(keys).size).toBe(ROWS);
    const images = [...new Set(undisturbed.map(({ image }) => image))];
    expect(images).toHaveLength(3);
    const order = undisturbed.map(({ image }) => images.indexOf(image));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(undisturbed.slice(0, 4).map(({ attack }) => attack)).toEqual([
      'random-sign',
      'random-sign',
      'top-k',
      'top-k',
    ]);
  });

  it('records what was run and leaves nothing unfinished behind', async () => {
    const record = JSON.parse(await readFile(inFolder('undisturbed', 'run.json'), 'utf8'));
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(record).toMatchObject({
      form: 3,
      config: { task: 'attack', name: 'tested', seed: 1, epsilon: [4, 8], metrics: { k: 100 } },
      configHash: sha256,
      versions: {
        of: { 'task attack': 1, 'method gradient': 1, 'attack top-k': 1, 'metric spearman': 1 },
      },
      engine: { name: 'onnx', device: 'cpu' },
      inputs: [{ of: 'weights', file: 'cifar-cnn-0.125.safetensors', sha256 }],
      data: { name: 'embedded', images: 30, list: sha256, sha256 },
      start: expect.stringMatching(/^20\d\d-/),
      end: expect.stringMatching(/^20\d\d-/),
      units: { asked: 3, used: 3, tried: 3 },
    });
    expect((await readdir(inFolder('undisturbed'))).sort()).toEqual([
      'images.csv',
      'results.csv',
      'run.json',
      'summary.csv',
    ]);
  });

  it('gives the same rows whatever the number of workers', async () => {
    const { status } = await fragile('run', 'long.yaml', '--out', 'alone', '--workers', '1');
    expect(status).toBe(0);
    expect(await rowsOf('alone')).toEqual(undisturbed);
  });

  it('is killed with its whole process group and goes on to the same rows', async () => {
    for (const lines of [4, 20]) {
      const run = launch('run', 'long.yaml', '--out', 'killed');
      await untilLines('killed', lines, run);
      process.kill(-run.child.pid!, 'SIGKILL');
      expect((await run.ended).signal).toBe('SIGKILL');
      // what is there loads, and is part of what an undisturbed run writes
      const kept = await rowsOf('killed');
      for (const row of kept) expect(undisturbed).toContainEqual(row);
    }
    const before = await rowsOf('killed');
    const { status, stderr } = await fragile('run', 'long.yaml', '--out', 'killed');
    expect(status).toBe(0);
    expect(await rowsOf('killed')).toEqual(undisturbed);
    // and only what was missing was computed
    const [, total] = /^\d+\/(\d+) steps/m.exec(stderr)!;
    expect(before.length).toBeGreaterThanOrEqual(15);
    expect(Number(total)).toBeLessThan((CELLS * 2 * slow) / 3);
  });

  it('replaces a worker that dies', async () => {
    const run = launch('run', 'long.yaml', '--out', 'bereaved');
    await untilLines('bereaved', 4, run);
    // only Linux tells a process's children
    const [worker] = await workersOf(run);
    if (worker !== undefined) process.kill(worker, 'SIGKILL');
    const { status, stderr } = await run.ended;
    expect(stderr).not.toMatch(/failed/);
    expect(status).toBe(0);
    expect(await rowsOf('bereaved')).toEqual(undisturbed);
  });

  it('ends with 130 on an interrupt, says how to go on, and goes on', async () => {
    const run = launch('run', 'long.yaml', '--out', 'interrupted');
    await untilLines('interrupted', 4, run);
    process.kill(-run.child.pid!, 'SIGINT');
    const { status, stderr } = await run.ended;
    expect(status).toBe(130);
    expect(stderr).toMatch(
      /fragile: interrupted; finished rows are in interrupted; run the same command again to resume\n$/,
    );
    expect((await rowsOf('interrupted')).length).toBeLessThan(ROWS);
    expect((await fragile('run', 'long.yaml', '--out', 'interrupted')).status).toBe(0);
    expect(await rowsOf('interrupted')).toEqual(undisturbed);
  });

  it('ended when its last row was computed, however often it is called again', async () => {
    await written('again.yaml', config(2));
    const endOf = async (...args: readonly string[]) => {
      const { status } = await fragile('run', 'again.yaml', '--out', 'again', ...args);
      expect(status).toBe(0);
      return JSON.parse(await readFile(inFolder('again', 'run.json'), 'utf8')).end;
    };
    const end = await endOf('--limit', '1');
    expect(await endOf('--limit', '1')).toBe(end);
    expect((await endOf()) > end).toBe(true);
  });

  it('summarizes the images of its last start alone, and keeps the rows of others', async () => {
    const run = launch('run', 'long.yaml', '--out', 'fewer');
    await untilLines('fewer', 25, run);
    process.kill(-run.child.pid!, 'SIGINT');
    expect((await run.ended).status).toBe(130);
    const { status, stdout } = await fragile('run', 'long.yaml', '--out', 'fewer', '--limit', '1');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^gradient +random-sign +4 +1 /m)]);
    const table = await readFile(inFolder('fewer', 'results.csv'), 'utf8');
    expect(table.trimEnd().split('\n')).toHaveLength(1 + ROWS / 3);
    expect(JSON.parse(await readFile(inFolder('fewer', 'run.json'), 'utf8')).units.used).toBe(1);
    expect((await rowsOf('fewer')).length).toBeGreaterThan(ROWS / 3);
    expect((await fragile('run', 'long.yaml', '--out', 'fewer')).status).toBe(0);
    expect(await rowsOf('fewer')).toEqual(undisturbed);
    expect((await readdir(inFolder('fewer'))).sort()).toEqual([
      ...['images.csv', 'results.csv', 'run.json', 'summary.csv'],
    ]);
  });

  it('shares a folder with another one, and every row is there once', async () => {
    const traced = `${config(20)}save: { trace: true, images: 1 }\n`;
    await written('two.yaml', traced);
    const begun = ['one', 'two'].map(() => fragile('run', 'two.yaml', '--out', 'shared'));
    for (const { status } of await Promise.all(begun)) expect(status).toBe(0);
    await fragile('run', 'two.yaml', '--out', 'single');
    expect(await rowsOf('shared')).toEqual(await rowsOf('single'));
    const trace = (name: string) => readFile(inFolder(name, 'trace.csv'), 'utf8');
    expect(await trace('shared')).toBe(await trace('single'));
    expect((await readdir(inFolder('shared'))).sort()).toEqual(
      (await readdir(inFolder('single'))).sort(),
    );
  });

  it('goes on with more images when more are asked for', async () => {
    const few = await fragile('run', 'long.yaml', '--out', 'growing', '--limit', '1');
    expect(few.status).toBe(0);
    expect(await rowsOf('growing')).toHaveLength(ROWS / 3);
    expect((await fragile('run', 'long.yaml', '--out', 'growing')).status).toBe(0);
    expect(await rowsOf('growing')).toEqual(undisturbed);
  });
});

it('goes on in a folder whose table has no columns for a region and an explained class yet', async () => {
  await written('older.yaml', config());
  expect((await fragile('run', 'older.yaml', '--out', 'older', '--limit', '2')).status).toBe(0);
  const table = inFolder('older', 'results.csv');
  const older = (await readFile(table, 'utf8'))
    .replace(',region_share,region_share_perturbed,explained\n', '\n')
    .replaceAll(',,,\n', '\n');
  expect(older.split('\n')[0]).toMatch(/,seed,seconds$/);
  await writeFile(table, older);
  const { status, stderr } = await fragile('run', 'older.yaml', '--out', 'older');
  expect(status).toBe(0);
  expect(stderr).toContain(`resuming: ${(2 * CELLS) / 3} cells are finished already`);
  expect(await rowsOf('older')).toHaveLength(ROWS);
  const { length } = older.split('\n').filter((line) => line !== '');
  const now = (await readFile(table, 'utf8')).split('\n');
  expect(now.slice(1, length)).toEqual(
    older
      .split('\n')
      .slice(1, length)
      .map((line) => `${line},,,`),
  );
});

it('prints a plan and writes nothing', async () => {
  await written('plan.yaml', config());
  const { status, stdout } = await fragile('run', 'plan.yaml', '--dry-run');
  expect(status).toBe(0);
  expect(stdout).toMatch(/gradient-x-input × top-k: 6 cells of 20 steps, \d+ ms a step/);
  expect(stdout).toMatch(new RegExp(`${CELLS} cells, ${ROWS} rows to results/tested`));
  expect(stdout).toMatch(/about \d+ s with \d+ workers on cpu, 4 images at a time, \d+ MB each/);
  expect(await place.exists('results/tested')).toBe(false);
});
