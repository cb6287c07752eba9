// Whether a run goes on where an earlier one began, by what their configs, versions, files and engines are.
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { attackConfig } from '../tasks/attack/testing/config.js';
import { attackConfigVersions } from '../tasks/attack/versions.js';
import { leavesOf } from '../tasks/index.js';
import { refusal } from '../testing/files.js';
import { claimFolder } from './output-folder.js';
import { type Input, writeRecord } from './run-record.js';
import { byProgram, useClaims, versions, weights } from './testing/claims.js';

const { out, config, claim, put, record, held } = useClaims();

describe('a folder of another config', () => {
  it('is refused by the field that differs, and nothing is touched', async () => {
    await record({}, config({ name: 'other' }));
    await put('results.csv');
    expect(await held(claim())).toBe(
      'results of another config (name is other there, here first); ',
    );
    expect(await readdir(out())).toEqual(['results.csv', 'run.json']);
  });

  it.each<[string, object, object, string]>([
    [
      'deep in a list',
      { attack: [{ name: 'top-k', iterations: 300 }] },
      { attack: [{ name: 'top-k', iterations: 60 }] },
      'attack.0.iterations is 300 there, here 60',
    ],
    ['that the folder lacks', {}, { select: 'center' }, 'select is not given there, here center'],
    [
      'that the config lacks',
      { model: { name: 'cifar-cnn', width: 0.5 } },
      {},
      'model.width is 0.5 there, here not given',
    ],
    [
      'that is shorter',
      { epsilon: [4, 8] },
      { epsilon: [4] },
      'epsilon.1 is 8 there, here not given',
    ],
    [
      'that is empty',
      { augment: [] },
      { augment: ['flip'] },
      'augment.0 is not given there, here flip',
    ],
  ])('is refused by a field %s', async (_, before, now, said) => {
    await record({}, config(before));
    expect(await held(claim({ config: config(now) }))).toBe(
      `results of another config (${said}); `,
    );
  });

  it('is refused by a default that is another now', async () => {
    const given = {
      name: 'first',
      model: 'cifar-cnn',
      data: 'embedded',
      explain: 'gradient',
      attack: 'top-k',
      epsilon: 8,
      output: out(),
    };
    const now = await attackConfig(given);
    const before = { ...now, metrics: { k: now.metrics.k / 2 } };
    const of = attackConfigVersions(now);
    await record({ versions: byProgram(of) }, before);
    expect(await held(claim({ config: now, versions: of }))).toBe(
      `results of another config (metrics.k is ${now.metrics.k / 2} there, here ${now.metrics.k}); `,
    );
  });

  it.each([
    ['output', { output: 'elsewhere' }],
    ['engine.workers', { engine: { name: 'auto', workers: 3 } }],
    ['data.count', { data: { name: 'embedded', count: 'max' } }],
  ])('is gone on with where only %s differs', async (_, change) => {
    const before = await record({}, config(change));
    expect(await claim()).toEqual(before);
  });

  it('is gone on with where only a field differs that the task leaves free', async () => {
    const before = await record({}, config({ epochs: 3 }), ['epochs']);
    const longer = config({ epochs: 4 });
    expect(await claim({ config: longer, free: ['epochs'] })).toEqual(before);
  });

  it('is refused by the field that decides which others are free', async () => {
    // the record is hashed with its own free fields, not with those of the claim
    await record({}, config({ epochs: 3, schedule: 'cosine' }));
    expect(await held(claim({ config: config({ epochs: 3 }), free: ['epochs'] }))).toBe(
      'results of another config (schedule is cosine there, here not given); ',
    );
  });

  it('is refused where its config was changed to this one by hand', async () => {
    const before = await record({}, config({ seed: 2 }));
    const { form: _, ...written } = before;
    await writeRecord(out(), { ...written, config: config() });
    expect(await refusal(claim())).toBe(
      `${out('run.json')}: configHash: not that of its config and versions, expected a record as fragile wrote it`,
    );
  });
});

describe('a folder of another version', () => {
  it.each<[string, Record<string, number>, Record<string, number>, string]>([
    ['of a method', { m: 1, t: 1 }, { m: 2, t: 1 }, 'version 1 of m, this program has version 2'],
    ['that is older', { m: 2 }, { m: 1 }, 'version 2 of m, this program has version 1'],
    ['of something new', {}, { m: 1 }, 'version none of m, this program has version 1'],
    ['of something gone', { m: 1 }, {}, 'version 1 of m, this program has version none'],
  ])('%s is refused by both', async (_, then, now, said) => {
    await record({ versions: byProgram(then) });
    expect(await held(claim({ versions: now }))).toBe(`results of ${said}; `);
  });

  it('of the program alone is gone on with', async () => {
    const before = await record({
      versions: { ...byProgram(versions), fragile: '9.9.9', node: 'v1.0.0' },
    });
    expect(await claim()).toEqual(before);
  });

  /** The versions of a config as a program had them whose DeepLIFT was one behind. */
  async function beforeDeeplift(...explain: readonly string[]) {
    const given = { name: 'first', model: 'cifar-cnn', data: 'embedded', explain, epsilon: 8 };
    const of = await attackConfig({ ...given, attack: 'random-sign', output: out() });
    const now = attackConfigVersions(of);
    const then = Object.fromEntries(
      Object.entries(now).map(([what, n]) => [what, what === 'method deeplift' ? n - 1 : n]),
    );
    const before = await record({ versions: byProgram(then) }, of);
    return { before, now, again: claim({ config: of, versions: now }) };
  }

  it('of a method is refused where the config uses the method', async () => {
    const { now, again } = await beforeDeeplift('gradient', 'deeplift');
    const version = now['method deeplift']!;
    expect(await held(again)).toBe(
      `results of version ${version - 1} of method deeplift, this program has version ${version}; `,
    );
  });

  it('of a method is gone on with where the config does not use it', async () => {
    const { before, again } = await beforeDeeplift('gradient', 'lrp');
    expect(await again).toEqual(before);
  });
});

describe('a folder of other files', () => {
  const patterns = (sha256: string): Input => ({ of: 'patterns', file: 'p.safetensors', sha256 });
  const training = (sha256: string): Input => ({ of: 'training images', file: 'flowers', sha256 });

  it.each<[string, Input[], Input[], string]>([
    [
      'weights',
      [weights],
      [{ ...weights, sha256: 'abd' }],
      'weights (w.safetensors, SHA-256 abcdef012345…)',
    ],
    [
      'first patterns',
      [weights, patterns('abc'), patterns('def')],
      [weights, patterns('ab'), patterns('def')],
      'patterns (p.safetensors, SHA-256 abc…)',
    ],
    [
      'second patterns',
      [weights, patterns('abc'), patterns('def')],
      [weights, patterns('abc'), patterns('dee')],
      'patterns (p.safetensors, SHA-256 def…)',
    ],
    [
      'patterns in another order',
      [weights, patterns('abc'), patterns('def')],
      [weights, patterns('def'), patterns('abc')],
      'patterns (p.safetensors, SHA-256 abc…)',
    ],
    [
      'training images',
      [weights, training('abc')],
      [weights, training('abd')],
      'training images (flowers, SHA-256 abc…)',
    ],
  ])('is refused by other %s', async (_, before, now, said) => {
    await record({ inputs: before });
    expect(await held(claim({ inputs: now }))).toBe(`results of other ${said}; `);
  });

  it.each<[string, Input[], Input[], string]>([
    [
      'that the folder lacks',
      [weights],
      [weights, patterns('a')],
      'without patterns (p.safetensors), here with them',
    ],
    [
      'that the run lacks',
      [weights, patterns('a')],
      [weights],
      'with patterns (p.safetensors), here without them',
    ],
  ])('is refused by files %s', async (_, before, now, said) => {
    await record({ inputs: before });
    expect(await held(claim({ inputs: now }))).toBe(`results ${said}; `);
  });

  it('is gone on with where the same files have other names', async () => {
    const inputs = [weights, patterns('abc'), training('def')];
    const before = await record({ inputs });
    const moved = inputs.map((input) => ({ ...input, file: `other-${input.file}` }));
    expect(await claim({ inputs: moved })).toEqual(before);
  });
});

describe('a folder of another engine', () => {
  it.each([
    { name: 'onnx', device: 'webgpu' },
    { name: 'tfjs', device: 'cpu' },
  ])('is refused by $name on $device', async (other) => {
    await record();
    expect(await held(claim({ engine: other }))).toBe(
      `results computed by onnx on cpu, this run has ${other.name} on ${other.device}; name that engine in the config, or `,
    );
  });

  it('is gone on with by a task that has one engine', async () => {
    const before = await record();
    const one = { config: config(), versions, inputs: [weights], leaves: leavesOf, fresh: false };
    expect(await claimFolder(one)).toEqual(before);
  });
});
