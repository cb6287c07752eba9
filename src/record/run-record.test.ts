import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { packageVersion } from '../package.js';
import { refusal, useFolder } from '../testing/files.js';
import { identityHash } from './identity.js';
import {
  checkRecord,
  type RunRecord,
  readRecord,
  versionsHere,
  writeRecord,
} from './run-record.js';
import { recordOf } from './testing/records.js';

const inFolder = useFolder();

const config = {
  task: 'attack',
  name: 'trial',
  seed: 3,
  model: { name: 'cifar-cnn', input: { height: 32, width: 32, mean: [0.1, 0, 117] } },
  data: { name: 'embedded', count: 4, correct: true },
  explain: [{ name: 'gradient', id: 'Größe', surrogate: { beta: 20 } }],
  epsilon: [0.5, 8],
  engine: { name: 'auto', workers: 2 },
  output: 'results/trial',
};
const of = { 'method gradient': 1, 'task attack': 2 };
const versions = { fragile: '0.1.0', node: 'v20.0.0', of };
/** The record of a run that tells all that there is to tell. */
const full = recordOf(config, {
  versions,
  data: { name: 'embedded', images: 30, sha256: 'abc' },
  prepared: { rank: 129, trainingImages: { asked: 'max' } },
  units: { asked: 4, used: 3, tried: 30 },
  outcome: { epochs: 2, testAccuracy: null },
});

const file = () => inFolder('run.json');
const put = (value: unknown) =>
  writeFile(file(), typeof value === 'string' ? value : JSON.stringify(value));
/** The full record with another value at a path, or without it where that is undefined. */
function changed(path: string, value: unknown): object {
  const record = structuredClone({ form: 3, ...full });
  const names = path.split('.');
  const last = names.pop()!;
  const inside = names.reduce((at, name) => at[name] as never, record as Record<string, unknown>);
  inside[last] = value;
  return record;
}

describe('a record', () => {
  it.each<[string, Omit<RunRecord, 'form'>]>([
    ['of a run that has ended', full],
    ['of a run for all images', { ...full, units: { asked: 'max', used: 30, tried: 30 } }],
    [
      'of a run that has not ended',
      {
        ...full,
        data: { name: 'embedded', images: 30, sha256: null },
        ...{ end: null, units: null, outcome: null },
      },
    ],
    ['of a task that tells nothing of its own', recordOf(config)],
  ])('%s is read back as it was written', async (_, record) => {
    await writeRecord(inFolder(), record);
    const read = await readRecord(inFolder());
    expect(read).toEqual({ form: 3, ...record });
    expect(() => checkRecord(inFolder(), read!)).not.toThrow();
  });

  it('takes the place of an earlier one', async () => {
    await writeRecord(inFolder(), { ...full, end: null });
    await writeRecord(inFolder(), full);
    expect(await readRecord(inFolder())).toEqual({ form: 3, ...full });
  });

  it('is undefined where there is none', async () => {
    expect(await readRecord(inFolder())).toBeUndefined();
    expect(await readRecord(inFolder('nowhere'))).toBeUndefined();
  });

  const again = '; begin again';

  it.each(['', '{', '{"form": 2', 'text'])('is refused as %j, which is no JSON', async (text) => {
    await put(text);
    expect(await refusal(readRecord(inFolder(), again))).toBe(
      `${file()}: not the record of a run, expected JSON${again}`,
    );
  });

  it.each([
    ['null', 'null'],
    ['3', 'number'],
    ['"text"', 'string'],
    ['[]', 'array'],
  ])('is refused as %s, which is no object', async (text, kind) => {
    await put(text);
    expect(await refusal(readRecord(inFolder(), again))).toBe(
      `${file()}: not the record of a run: Invalid input: expected object, received ${kind}${again}`,
    );
  });

  it('is refused where it is of an earlier program, which gave no form', async () => {
    await put({
      configHash: 'h',
      config: { name: 'trial' },
      weights: { file: 'w', sha256: 'abc' },
    });
    expect(await refusal(readRecord(inFolder(), again))).toBe(
      `${file()}: form: missing, expected 3: the record of an earlier fragile, which left out defaults${again}`,
    );
  });

  it('is refused where it is an object of something else', async () => {
    await put({ a: 1 });
    expect(await refusal(readRecord(inFolder(), again))).toContain(
      `${file()}: form: not the record of a run: `,
    );
  });

  it.each<[string, unknown]>([
    ['form', 1],
    ['form', 4],
    ['form', '2'],
    ['config', undefined],
    ['config', []],
    ['config.task', undefined],
    ['start', 'yesterday'],
    ['end', '&'],
    ['config.name', 3],
    ['config.seed', '3'],
    ['config.model', 'cifar-cnn'],
    ['config.model.name', undefined],
    ['config.data', 'embedded'],
    ['config.output', null],
    ['configHash', undefined],
    ['versions', undefined],
    ['versions.fragile', 1],
    ['versions.node', undefined],
    ['versions.of', undefined],
    ['versions.of.task attack', '2'],
    ['engine', 'onnx'],
    ['engine.name', undefined],
    ['engine.device', 0],
    ['inputs', undefined],
    ['inputs', {}],
    ['inputs.0.of', undefined],
    ['inputs.0.file', 1],
    ['inputs.0.sha256', null],
    ['data.images', '30'],
    ['data.sha256', undefined],
    ['prepared', []],
    ['start', undefined],
    ['start', 0],
    ['end', undefined],
    ['units', 4],
    ['units.asked', 'all'],
    ['units.used', null],
    ['outcome', 'good'],
  ])('is refused with %s as %j, which it names', async (path, value) => {
    await put(changed(path, value));
    const said = await refusal(readRecord(inFolder(), again));
    expect(said.startsWith(`${file()}: ${path}: not the record of a run: `)).toBe(true);
    expect(said.endsWith(again)).toBe(true);
  });
});

describe('the hash of a record', () => {
  const check = async (free?: readonly string[]) =>
    checkRecord(inFolder(), (await readRecord(inFolder()))!, free);

  it.each<[string, unknown]>([
    ['config.seed', 4],
    ['config.epsilon.0', 1],
    ['config.explain.0.surrogate', 'none'],
    ['config.model.input.height', 33],
    ['config.data.correct', false],
    ['config.more', 1],
    ['config.epsilon', undefined],
    ['versions.of.method gradient', 2],
    ['versions.of.method lrp', 1],
    ['configHash', 'abc'],
  ])('is not that of one whose %s was made %j by hand', async (path, value) => {
    await put(changed(path, value));
    expect(await refusal(check())).toBe(
      `${file()}: configHash: not that of its config and versions, expected a record as fragile wrote it`,
    );
  });

  it.each<[string, unknown]>([
    ['config.output', 'elsewhere'],
    ['config.engine.workers', 1],
    ['config.engine.workers', undefined],
    ['config.data.count', 'max'],
    ['versions.fragile', '9.9.9'],
    ['end', null],
  ])('does not depend on %s, here %j', async (path, value) => {
    await put(changed(path, value));
    await expect(check()).resolves.toBeUndefined();
  });

  it('does not depend on the fields that its task leaves free', async () => {
    const epochs = (n: number) => ({ ...config, epochs: n });
    const record = recordOf(epochs(3), {}, ['epochs']);
    await writeRecord(inFolder(), { ...record, config: epochs(4) });
    await expect(check(['epochs'])).resolves.toBeUndefined();
    expect(await refusal(check())).toContain('configHash: not that of its config');
  });

  it('does not depend on the order of fields', async () => {
    const turned = Object.fromEntries(Object.entries(config).reverse()) as typeof config;
    await writeRecord(inFolder(), { ...full, config: turned });
    await expect(check()).resolves.toBeUndefined();
    expect(identityHash(turned, of)).toBe(full.configHash);
  });
});

it('versions are those of this program, beside those of what a config uses', () => {
  expect(versionsHere(of)).toEqual({ fragile: packageVersion(), node: process.version, of });
});
