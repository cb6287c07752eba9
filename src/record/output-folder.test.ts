// Which folders a run takes, and what it removes of an earlier one.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { resultColumns } from '../tasks/attack/results.js';
import { leavesOf, tasks } from '../tasks/index.js';
import { refusal } from '../testing/files.js';
import { headerOf } from './table.js';
import { useClaims } from './testing/claims.js';

const { out, config, claim, put, record } = useClaims();

describe('a folder', () => {
  it('is made inside folders that are not there', async () => {
    const deep = out('a', 'b');
    expect(await claim({ config: config({ output: deep }) })).toBeUndefined();
    expect(await readdir(deep)).toEqual([]);
  });

  it('that holds only other things is used', async () => {
    await mkdir(out());
    await put('notes.txt');
    expect(await claim()).toBeUndefined();
    expect(await readdir(out())).toEqual(['notes.txt']);
  });

  it('is gone on with where the same config began, from its record', async () => {
    const before = await record();
    await put('results.csv');
    expect(await claim()).toEqual(before);
    expect(await readdir(out())).toEqual(['results.csv', 'run.json']);
  });

  it('is gone on with where a run ended before its record was written', async () => {
    await mkdir(out());
    await put('results.csv', headerOf(resultColumns));
    await put('trace.csv', '');
    await put('run.json.part', '{"config');
    expect(await claim()).toBeUndefined();
  });

  const foreign = (name: string) =>
    `output: ${out()}: holds ${name}, but no record of a run that made it; use --out for another folder`;

  it.each([
    ['results.csv', false],
    ['results.0123abcd.csv', false],
    ['summary.csv', true],
    ['trace.csv', true],
  ])('with a %s but no record is refused, begun afresh: %s', async (name, fresh) => {
    await mkdir(out());
    await put(name, `${headerOf(resultColumns)}a\n`);
    expect(await refusal(claim({ fresh }))).toBe(foreign(name));
    expect(await readdir(out())).toEqual([name]);
  });

  it.each([
    ['originals', false],
    ['perturbed', true],
    ['maps', true],
  ])('with a folder %s but no record is refused, begun afresh: %s', async (name, fresh) => {
    await mkdir(out(name), { recursive: true });
    await put(`${name}/thesis.txt`);
    expect(await refusal(claim({ fresh }))).toBe(foreign(name));
    expect(await readdir(out(name))).toEqual(['thesis.txt']);
  });

  it('with what other tasks leave is used', async () => {
    await mkdir(out());
    await put('train-log.csv', 'epoch\n1\n');
    await put('weights.safetensors');
    expect(await claim()).toBeUndefined();
  });

  it.each(['', '{', 'null', '3', '{}'])('with %j as a record is refused', async (content) => {
    await mkdir(out());
    await put('run.json', content);
    await put('results.csv');
    for (const fresh of [false, true]) {
      const said = await refusal(claim({ fresh }));
      expect(said).toContain(`${out('run.json')}: `);
      expect(said).toContain('not the record of a run');
    }
    expect(await readFile(out('run.json'), 'utf8')).toBe(content);
    expect(await readdir(out())).toEqual(['results.csv', 'run.json']);
  });

  it('with the record of an earlier program is refused', async () => {
    await mkdir(out());
    await put('run.json', JSON.stringify({ configHash: 'h', config: config() }));
    expect(await refusal(claim())).toContain(`${out('run.json')}: form: missing, expected 3`);
  });

  it('is none where a file has its name', async () => {
    await writeFile(out(), 'x');
    expect(await refusal(claim())).toBe(
      `output: ${out()}: not a folder; expected a folder for results`,
    );
    const inside = out('inside');
    expect(await refusal(claim({ config: config({ output: inside }) }))).toContain(
      `output: ${inside}: cannot be made: `,
    );
  });
});

describe('begun afresh, a folder', () => {
  it('loses what runs leave and nothing else', async () => {
    await record({}, config({ name: 'other' }));
    await mkdir(out('perturbed'));
    await mkdir(out('figures'));
    const mine = ['figures/a.svg', 'notes.txt', 'results.csv.old'];
    for (const name of ['results.csv', 'summary.csv', 'trace.csv', 'perturbed/a.npy', ...mine])
      await put(name);
    expect(await claim({ fresh: true })).toBeUndefined();
    expect((await readdir(out(), { recursive: true })).sort()).toEqual(['figures', ...mine]);
  });

  it('loses only what its task leaves', async () => {
    await record();
    await put('results.csv');
    await put('results.0123abcd.csv');
    await put('weights.safetensors');
    await claim({ fresh: true });
    expect(await readdir(out())).toEqual(['weights.safetensors']);
  });

  it('keeps the files that others put among those of runs', async () => {
    await record();
    for (const name of ['originals', 'maps']) await mkdir(out(name));
    for (const name of ['originals/a.png', 'originals/thesis.txt', 'maps/a.npy']) await put(name);
    await claim({ fresh: true });
    expect((await readdir(out(), { recursive: true })).sort()).toEqual([
      'originals',
      'originals/thesis.txt',
    ]);
  });

  it('is refused where the new task would write over a file of others', async () => {
    await record();
    await put('results.csv');
    await put('angles.csv');
    const angles = { ...config(), task: 'angles' };
    expect(await refusal(claim({ fresh: true, config: angles }))).toBe(
      `output: ${out()}: holds angles.csv, but no record of a run that made it; use --out for another folder`,
    );
    expect((await readdir(out())).sort()).toEqual(['angles.csv', 'results.csv', 'run.json']);
  });

  it.each([
    ['an attack', {}],
    ['a training', { epochs: 3 }],
  ])('may be that of %s of an earlier program', async (_, fields) => {
    await mkdir(out());
    await put('run.json', JSON.stringify({ configHash: 'h', config: fields }));
    await put('results.csv');
    await put('train-log.csv');
    await claim({ fresh: true, config: { ...config(), task: 'angles' } });
    expect(await readdir(out())).toEqual(['epochs' in fields ? 'results.csv' : 'train-log.csv']);
  });

  it.each([...tasks.map(({ name }) => name), 'train'])('loses all that %s leaves', async (task) => {
    await record({}, { ...config(), task });
    for (const name of leavesOf(task)) await put(name);
    await claim({ fresh: true });
    expect(await readdir(out())).toEqual([]);
  });

  it('loses what users know of', () => {
    expect(['attack', 'angles', 'influence', 'train'].flatMap(leavesOf)).toEqual(
      expect.arrayContaining([
        ...['results.csv', 'angles.csv', 'influence.csv', 'summary.csv', 'trace.csv'],
        ...['originals', 'perturbed', 'scores.csv', 'maps', 'panel.png', 'panels', 'images.csv'],
        ...['train-log.csv', 'checkpoint.safetensors', 'weights.safetensors'],
      ]),
    );
  });
});
