import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { resultColumns } from '../tasks/attack/results.js';
import { writeJson } from './files.js';
import { prepareOutput } from './output-folder.js';
import { headerOf } from './table.js';

describe('prepareOutput', () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'output-'));
    folder = path.join(root, 'out');
  });
  afterEach(() => rm(root, { recursive: true }));

  const put = (name: string, content = 'x') => writeFile(path.join(folder, name), content);
  const record = (configHash: string) =>
    writeJson(path.join(folder, 'run.json'), { configHash, config: { name: 'first' } });
  const prepare = (configHash = 'h', fresh = false) => prepareOutput(folder, configHash, { fresh });
  const refused = async (prepared: Promise<void>, message: string) => {
    const error: unknown = await prepared.then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('\n');
  };

  it('makes a folder inside folders that are not there', async () => {
    folder = path.join(root, 'a', 'b');
    await prepare();
    expect(await readdir(folder)).toEqual([]);
  });

  it('continues where the same config began', async () => {
    await mkdir(folder);
    await record('h');
    await put('results.csv');
    await prepare('h');
    expect(await readdir(folder)).toEqual(['results.csv', 'run.json']);
  });

  it('refuses the folder of another config, names it, and touches nothing', async () => {
    await mkdir(folder);
    await record('other');
    await put('results.csv');
    await refused(prepare('h'), `${folder}: holds results of another config (first); use --fresh`);
    expect(await readdir(folder)).toEqual(['results.csv', 'run.json']);
  });

  it('begins afresh without touching files that are not a run’s', async () => {
    await mkdir(path.join(folder, 'perturbed'), { recursive: true });
    await record('other');
    for (const name of ['results.csv', 'summary.csv', 'trace.csv', 'notes.txt', 'perturbed/a.npy'])
      await put(name);
    await prepare('h', true);
    expect(await readdir(folder)).toEqual(['notes.txt']);
  });

  it('uses a folder that holds only other things', async () => {
    await mkdir(folder);
    await put('notes.txt');
    await prepare();
    expect(await readdir(folder)).toEqual(['notes.txt']);
  });

  it('continues a run that ended before its record was written', async () => {
    await mkdir(folder);
    await put('results.csv', headerOf(resultColumns));
    await put('run.json.part', '{"config');
    await expect(prepare()).resolves.toBeUndefined();
  });

  it.each(['results.csv', 'summary.csv', 'trace.csv'])(
    'refuses a %s without a record',
    async (name) => {
      await mkdir(folder);
      await put(name, `${headerOf(resultColumns)}a\n`);
      await refused(prepare(), `${folder}: holds results without a record of their run`);
    },
  );

  it.each(['', '{', 'null', '3'])('refuses %j as a record', async (content) => {
    await mkdir(folder);
    await put('run.json', content);
    await refused(prepare(), `${path.join(folder, 'run.json')}: not the record of a run`);
  });

  it('refuses a file in place of the folder, and a folder inside a file', async () => {
    await writeFile(folder, 'x');
    await refused(prepare(), `output: ${folder}: not a folder`);
    const file = folder;
    folder = path.join(file, 'inside');
    await refused(prepare(), `output: ${folder}: cannot be made`);
  });

  it('refuses to go on with other weights', async () => {
    await prepare();
    const weights = { file: 'w', sha256: 'abc' };
    await writeJson(path.join(folder, 'run.json'), { configHash: 'h', weights });
    await prepareOutput(folder, 'h', { fresh: false, weights: 'abc' });
    await refused(
      prepareOutput(folder, 'h', { fresh: false, weights: 'abd' }),
      `output: ${folder}: holds results of other weights (w, SHA-256 abc…)`,
    );
  });

  it('refuses to go on with other patterns', async () => {
    await prepare();
    const [first, second] = [
      { file: 'p', sha256: 'abc' },
      { file: 'q', sha256: 'def' },
    ];
    const patterns = [first, second];
    await writeJson(path.join(folder, 'run.json'), { configHash: 'h', patterns });
    await prepareOutput(folder, 'h', { fresh: false, patterns });
    await refused(
      prepareOutput(folder, 'h', {
        fresh: false,
        patterns: [first, { file: 'q', sha256: 'dee' }],
      }),
      `output: ${folder}: holds results of other patterns (q, SHA-256 def…)`,
    );
  });

  it('refuses to go on with other training images', async () => {
    await prepare();
    const head = { trainingImages: { used: 9, sha256: 'abc' } };
    await writeJson(path.join(folder, 'run.json'), { configHash: 'h', head });
    await prepareOutput(folder, 'h', { fresh: false, training: 'abc' });
    await refused(
      prepareOutput(folder, 'h', { fresh: false, training: 'abd' }),
      `output: ${folder}: holds results of other training images (SHA-256 abc…)`,
    );
  });

  it('refuses to go on with another engine or device', async () => {
    await prepare();
    const engine = { name: 'onnx', device: 'cpu' };
    await writeJson(path.join(folder, 'run.json'), { configHash: 'h', engine });
    await prepareOutput(folder, 'h', { fresh: false, engine });
    for (const other of [
      { name: 'onnx', device: 'webgpu' },
      { name: 'tfjs', device: 'cpu' },
    ])
      await refused(
        prepareOutput(folder, 'h', { fresh: false, engine: other }),
        `output: ${folder}: holds results computed by onnx on cpu, this run has ${other.name} on ${other.device}`,
      );
  });

  it('names the field in which a config differs', async () => {
    await prepare();
    const config = { name: 'n', attack: [{ name: 'top-k', iterations: 300 }], output: 'a' };
    await writeJson(path.join(folder, 'run.json'), { configHash: 'h', config });
    const other = { name: 'n', attack: [{ name: 'top-k', iterations: 60 }], output: 'b' };
    await refused(
      prepareOutput(folder, 'other', { fresh: false, config: other }),
      `output: ${folder}: holds results of another config (attack.0.iterations is 300 there, here 60)`,
    );
  });
});
