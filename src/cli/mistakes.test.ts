// Mistakes of a user, as `fragile run` meets them: one line, the status 2, and nothing written.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';
import { config } from './testing/configs.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

const fragile = (...args: readonly string[]) => place.fragile(...args);
const inFolder = (...parts: readonly string[]) => place.path(...parts);
const exists = (name: string) => place.exists(name);
const written = (name: string, text: string) => place.write(name, text);
const rowsOf = (name: string) => place.rows(name);

describe('a mistake', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await written('good.yaml', config());
    await written('rubbish.yaml', '');
    await writeFile(
      inFolder('rubbish.yaml'),
      Uint8Array.from({ length: 999 }, (_, i) => (i * 89) % 256),
    );
    await mkdir(inFolder('empty'));
    await mkdir(inFolder('broken'));
    const picture = await readFile(fixturePath('embedded', 'frog', '0.png'));
    await writeFile(inFolder('broken', 'half.png'), picture.subarray(0, picture.length / 2));
    const weights = await readFile(fixturePath('cifar-cnn-0.125.safetensors'));
    await writeFile(inFolder('half.safetensors'), weights.subarray(0, weights.length / 2));
    await cp(fixturePath('cifar-cnn-0.125.safetensors'), inFolder('narrow.safetensors'));
  });

  const folderData = (at: string) => ['--set', 'data.name=folder', '--set', `data.path=${at}`];
  it.each<[string, readonly string[], RegExp]>([
    ['a missing file', ['nowhere.yaml'], /nowhere\.yaml: no such file/],
    ['binary rubbish', ['rubbish.yaml'], /rubbish\.yaml: not text; expected a config in YAML/],
    ['an unknown key', ['good.yaml', '--set', 'sead=3'], /sead.*unknown key.*did you mean seed/],
    ['a negative ε', ['good.yaml', '--set', 'epsilon=-1'], /epsilon.*-1, expected/],
    ['text for ε', ['good.yaml', '--set', 'epsilon=big'], /epsilon.*big.*expected a number/],
    ['k beyond the image', ['good.yaml', '--set', 'metrics.k=5000'], /metrics\.k.*5000.*1024/],
    ['no images', ['good.yaml', '--set', 'data.count=0'], /data\.count.*0, expected/],
    ['no images as a limit', ['good.yaml', '--limit', '0'], /--limit.*expected a whole number/],
    [
      'weights of another model',
      ['good.yaml', '--set', 'model.weights=narrow.safetensors', '--set', 'model.width=1'],
      /narrow\.safetensors: .*expected/,
    ],
    [
      'truncated weights',
      ['good.yaml', '--set', 'model.weights=half.safetensors'],
      /half\.safetensors: not a safetensors file: .*truncated/,
    ],
    [
      'a missing model',
      ['good.yaml', '--set', 'model=squeezenet1_1'],
      /no weights at data\/weights/,
    ],
    ['an empty folder', ['good.yaml', ...folderData('empty')], /empty: no pictures/],
    [
      'missing data',
      ['good.yaml', '--set', 'data.name=imagenet'],
      /data\/imagenet: no such folder/,
    ],
    ['an unknown option', ['good.yaml', '--wrong'], /unknown option '--wrong'/],
    ['a misspelt option', ['good.yaml', '--frseh'], /'--frseh' \(Did you mean --fresh\?\)/],
  ])('is one line for %s', async (_, args, said) => {
    const { status, stdout, stderr } = await fragile('run', ...args, '--out', 'none');
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/^fragile: [^\n]+\n$/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(await exists('none')).toBe(false);
  });

  it('is a line for a truncated picture, which is met on the way, and one at the end', async () => {
    const { status, stderr } = await fragile(
      ...['run', 'good.yaml', '--out', 'half', '--quiet', ...folderData('broken')],
    );
    expect(stderr).toMatch(
      /^broken\/half\.png: not a whole picture: [^\n]+\nfragile: 1 image could not be read; [^\n]+\n$/,
    );
    expect(status).toBe(2);
  });

  it('is labels of which none is the network’s: nothing to attack', async () => {
    await mkdir(inFolder('mislabeled'));
    await cp(fixturePath('embedded', 'frog', '0.png'), inFolder('mislabeled', 'frog.png'));
    const seen = await fragile(
      'evaluate',
      '--model',
      'cifar-cnn',
      '--dataset',
      'embedded',
      '--quiet',
    );
    expect(seen.stdout).toMatch(/^top-1: 100\.0 %\n/);
    await written('mislabeled/labels.csv', 'file,label\nfrog.png,3\n');
    const { status, stdout, stderr } = await fragile(
      ...['run', 'good.yaml', '--out', 'nothing', '--quiet', ...folderData('mislabeled')],
      ...['--set', 'data.correct=true', '--set', 'model=cifar-cnn'],
    );
    expect(stderr).toMatch(
      /^fragile: none of the 1 images tried is classified correctly, [^\n]+\n$/,
    );
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('leaves the results of another config as they are', async () => {
    expect((await fragile('run', 'good.yaml', '--out', 'taken', '--limit', '1')).status).toBe(0);
    const before = await rowsOf('taken');
    const { status, stderr } = await fragile(
      ...['run', 'good.yaml', '--out', 'taken', '--set', 'seed=7'],
    );
    expect(stderr).toMatch(
      /^fragile: output: taken: holds results of another config \(seed is 1 there, here 7\)[^\n]+\n$/,
    );
    expect(status).toBe(2);
    expect(await rowsOf('taken')).toEqual(before);
    const anew = await fragile(
      ...['run', 'good.yaml', '--out', 'taken', '--set', 'seed=7', '--limit', '1', '--fresh'],
    );
    expect(anew.status).toBe(0);
    expect((await rowsOf('taken')).every(({ seed }) => seed === '7')).toBe(true);
  });
});
