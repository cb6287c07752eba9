// `fragile run` on attacks and smoothing: a smoothing of images that an earlier run has attacked, and attacks on smoothed
// explanations, with their reports.
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
  await place.write('attack.yaml', attack);
  await place.write('made.yaml', smoothing);
  await place.write('earlier.yaml', `${smoothing}from: results/attack\n`);
});
afterAll(() => place.remove());

const subject = `seed: 3
model: { name: cifar-cnn, width: 0.125, weights: ${fixturePath('cifar-cnn-0.125.safetensors')} }
data: { name: embedded, pairs: 2, correct: false }
attack: { name: match-target, iterations: 4, weights: [1e7, 1e2] }
`;
const attack = `name: attack\nexplain: [gradient, lrp]\nsave: { images: 2 }\n${subject}`;
const smoothing = `name: smoothing
task: smoothing
explain: [lrp, gradient]
smoothing: { beta: [3], noise: [0.1], samples: 2 }
${subject}`;

/** The rows of a table without what differs from run to run. */
async function rowsOf(...file: string[]): Promise<Record<string, string>[]> {
  const rows: Record<string, string>[] = parse(await readFile(place.path(...file)), {
    columns: true,
  });
  return rows.map(({ seconds: _, ...row }) => row);
}

describe('smoothing', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    const { status } = await place.fragile('run', 'attack.yaml', '--quiet');
    expect(status).toBe(0);
  });

  it('is the same of images that an earlier run has attacked as with the attack', async () => {
    for (const name of ['made', 'earlier'])
      await place.fragile('run', `${name}.yaml`, '--quiet', '--out', name);
    const rows = await rowsOf('earlier', 'smoothing.csv');
    expect(rows).toHaveLength(12);
    expect(rows).toEqual(await rowsOf('made', 'smoothing.csv'));
    const { inputs } = JSON.parse(await readFile(place.path('earlier/run.json'), 'utf8'));
    expect(inputs.map(({ of }: { of: string }) => of)).toEqual(['weights', 'attacked images']);
  });

  it.each([
    ['data.pairs=3', 'data.pairs: 3, expected at most 2: results/attack kept those of 2 images'],
    ['seed=4', 'from: results/attack: its seed is another one, expected that of this config'],
    ['semantics.reluAtZero=1', 'from: results/attack: its semantics is another one'],
    ['data.correct=true', 'from: results/attack: its data is another one'],
    ['explain=gradient-x-input', 'its explain has no gradient-x-input as in this config'],
    ['attack.0.rate=0.1', 'its attack has no match-target as in this config, expected the same'],
    ['attack.0.id=other', 'its attack has no other as in this config, expected the same'],
    ['from=nowhere', 'from: nowhere: no run.json in it, expected the folder of a run of attacks'],
    ['from=made', 'from: made: a run of smoothing, expected one of attack'],
  ])('refuses an earlier run that differs: %s', async (change, message) => {
    const { status, stderr } = await place.fragile(
      ...['run', 'earlier.yaml', '--out', 'refused', '--quiet', '--set', change],
    );
    expect(stderr).toMatch(/^fragile: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  it('refuses a run that kept nothing', async () => {
    await place.fragile(
      ...['run', 'attack.yaml', '--quiet', '--out', 'nothing', '--set', 'save.images=0'],
    );
    const { status, stderr } = await place.fragile(
      ...['run', 'earlier.yaml', '--out', 'refused', '--quiet', '--set', 'from=nothing'],
    );
    expect(stderr).toBe(
      'fragile: from: nothing: it kept no attacked images, expected a run with save: { images: N }\n',
    );
    expect(status).toBe(2);
  });
});

describe('attacks on smoothed explanations', { timeout: 120_000 }, () => {
  it('have a row for each pair and explanation, and a section in reports', async () => {
    const explain = '[gradient, { name: gradient, id: smooth, smooth: { beta: 3 } }]';
    await place.write(
      'attacked.yaml',
      `name: attacked\ntask: attacked-smoothing\nexplain: ${explain}\n${subject}`,
    );
    const { status, stdout } = await place.fragile('run', 'attacked.yaml', '--quiet');
    expect(stdout).toMatch(/^method +attack +pairs .*\ngradient .*\nsmooth /);
    expect(status).toBe(0);
    const rows = await rowsOf('results/attacked/attacked.csv');
    expect(rows.map(({ method, status }) => [method, status])).toEqual([
      ...[1, 2].flatMap(() => [
        ['gradient', 'ok'],
        ['smooth', 'ok'],
      ]),
    ]);
    await place.fragile('report', 'results/attacked');
    const page = await readFile(place.path('report.html'), 'utf8');
    expect(page).toContain('Attacked explanations of cifar-cnn, with smoothing and without');
    expect(page).toContain('Medians over pairs');
  });
});
