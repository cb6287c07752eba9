// Which folders a run takes, and what it removes of an earlier one.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { resultColumns } from '../tasks/attack/results.js';
import { leaves } from '../tasks/index.js';
import { refusal } from '../testing/files.js';
import { headerOf } from './table.js';
import { useClaims } from './testing/claims.js';

const { out, config, claim, put, record, held } = useClaims();

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

  it.each(['results.csv', 'summary.csv', 'trace.csv', 'train-log.csv'])(
    'with a %s but no record is refused',
    async (name) => {
      await mkdir(out());
      await put(name, `${headerOf(resultColumns)}a\n`);
      expect(await held(claim())).toBe('results without a record of their run; ');
    },
  );

  it.each(['perturbed', 'maps', 'panels'])(
    'with a folder %s but no record is refused',
    async (name) => {
      await mkdir(out(name), { recursive: true });
      expect(await held(claim())).toBe('results without a record of their run; ');
    },
  );

  it('with what tasks outside the list leave is used', async () => {
    await mkdir(out());
    await put('train-log.csv', 'epoch\n1\n');
    expect(await claim({ leaves: ['results.csv'] })).toBeUndefined();
  });

  it.each(['', '{', 'null', '3', '{}'])('with %j as a record is refused', async (content) => {
    await mkdir(out());
    await put('run.json', content);
    const said = await refusal(claim());
    expect(said).toContain(`${out('run.json')}: `);
    expect(said).toContain('not the record of a run');
    expect(await readFile(out('run.json'), 'utf8')).toBe(content);
  });

  it('with the record of an earlier program is refused', async () => {
    await mkdir(out());
    await put('run.json', JSON.stringify({ configHash: 'h', config: config() }));
    expect(await refusal(claim())).toContain(`${out('run.json')}: form: missing, expected 2`);
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

  it('loses only what its claim lists, and the record', async () => {
    await record();
    await put('results.csv');
    await put('train-log.csv');
    await claim({ fresh: true, leaves: ['train-log.csv'] });
    expect(await readdir(out())).toEqual(['results.csv']);
  });

  it('may have held anything as a record', async () => {
    await mkdir(out());
    await put('run.json', '{');
    expect(await claim({ fresh: true })).toBeUndefined();
    expect(await readdir(out())).toEqual([]);
  });

  it('loses everything that each task leaves', async () => {
    await mkdir(out());
    for (const name of leaves) await put(name);
    await claim({ fresh: true });
    expect(await readdir(out())).toEqual([]);
    // what users know of
    expect(leaves).toEqual(
      expect.arrayContaining([
        ...['results.csv', 'angles.csv', 'influence.csv', 'summary.csv', 'trace.csv'],
        ...['originals', 'perturbed', 'scores.csv', 'maps', 'panel.png', 'panels'],
        ...['train-log.csv', 'checkpoint.safetensors', 'weights.safetensors'],
      ]),
    );
  });
});
