// `fragile train`, on files of CIFAR-10 with few records.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkOf } from '../model/index.js';
import { fixturePath } from '../package.js';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js';
import { type Launched, Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

const launch = (...args: readonly string[]) => place.launch(...args);
const fragile = (...args: readonly string[]) => place.fragile(...args);
const inFolder = (...parts: readonly string[]) => place.path(...parts);
const exists = (name: string) => place.exists(name);
const written = (name: string, text: string) => place.write(name, text);

/** CIFAR-10's files with few records: each class a color of its own, with noise. */
async function smallCifar(root: string, records: number): Promise<void> {
  const at = inFolder(root, 'cifar-10-batches-bin');
  await mkdir(at, { recursive: true });
  const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
  for (const [batch, name] of [...names, 'test_batch.bin'].entries()) {
    const bytes = Buffer.alloc(records * 3073);
    for (let i = 0; i < records; i++) {
      const label = (i + batch) % 10;
      bytes[i * 3073] = label;
      for (let k = 0; k < 3072; k++) {
        const color = ((label >> Math.floor(k / 1024)) & 1) * 120 + 40;
        bytes[i * 3073 + 1 + k] = color + ((k * 31 + i * 17 + batch * 7) % 61);
      }
    }
    await writeFile(path.join(at, name), bytes);
  }
}

describe('a training', { timeout: 60_000 }, () => {
  const training = `
name: taught
model: { name: cifar-cnn, width: 0.0625 }
data: cifar-10
epochs: 3
batch: 10
optimizer: { name: adam, rate: 0.003 }
augment: [crop, flip]
`;
  const taught = (out: string, ...more: readonly string[]) =>
    launch('train', 'train.yaml', '--data', 'small', '--out', out, '--workers', '1', ...more);
  const log = async (out: string): Promise<Record<string, string>[]> => {
    const rows: Record<string, string>[] = parse(await readFile(inFolder(out, 'train-log.csv')), {
      columns: true,
    });
    return rows.map(({ seconds: _, ...row }) => row);
  };
  const weights = (out: string) => readFile(inFolder(out, 'weights.safetensors'));

  beforeAll(async () => {
    await smallCifar('small', 40);
    await written('train.yaml', training);
  });

  it('learns, logs how it goes, and leaves weights that other commands read', async () => {
    const { status, stdout, stderr } = await taught('taught').ended;
    expect(stderr).toMatch(/60\/60 steps, loss \d\.\d{3}, accuracy [\d.]+ %/);
    expect(stdout).toMatch(
      /^test accuracy: [\d.]+ % after 3 epochs\ntaught\/weights\.safetensors\n$/,
    );
    expect(status).toBe(0);
    const rows = await log('taught');
    expect(rows.map(({ epoch, step }) => `${epoch} ${step}`)).toEqual([
      '1 20',
      '2 40',
      '3 50',
      '3 60',
    ]);
    expect(Number(rows.at(-1)!.loss)).toBeLessThan(Number(rows[0]!.loss) / 2);
    const accuracy = Number(rows.at(-1)!.test_accuracy);
    expect(accuracy).toBeGreaterThan(0.3);
    const evaluated = await fragile(
      ...['evaluate', '--model', 'cifar-cnn', '--dataset', 'cifar-10', '--data', 'small'],
      ...['--quiet', '--set', 'model.width=0.0625'],
      ...['--set', 'model.weights=taught/weights.safetensors'],
    );
    expect(evaluated.stdout).toContain(`top-1: ${(100 * accuracy).toFixed(1)} %`);
  });

  it('goes on after an interrupt and a kill to the same weights', async () => {
    const untilLogged = async (out: string, lines: number, run: Launched) => {
      let over = false;
      void run.ended.then(() => {
        over = true;
      });
      for (;;) {
        const text = await readFile(inFolder(out, 'train-log.csv'), 'utf8').catch(() => '');
        if (text.split('\n').length > lines || over) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const first = taught('resumed');
    await untilLogged('resumed', 2, first);
    process.kill(-first.child.pid!, 'SIGINT');
    expect((await first.ended).status).toBe(130);
    const second = taught('resumed');
    await untilLogged('resumed', 3, second);
    process.kill(-second.child.pid!, 'SIGKILL');
    await second.ended;
    expect((await taught('resumed').ended).status).toBe(0);
    expect((await weights('resumed')).equals(await weights('taught'))).toBe(true);
    expect((await log('resumed')).at(-1)).toMatchObject({ step: '60' });
  });

  it('stops at the accuracy it is asked for', async () => {
    const { stdout } = await taught('early', '--set', 'stopAt.accuracy=0.05').ended;
    expect(stdout).toMatch(/after 1 epochs\n/);
  });

  it('ends with its last good checkpoint when the loss is no number', async () => {
    const { status, stderr } = await taught('wild', '--set', 'optimizer.rate=1e30').ended;
    expect(stderr).toMatch(
      /fragile: the loss is \S+ at step \d+; the last good checkpoint is in wild/,
    );
    expect(status).toBe(1);
    expect(await exists('wild/weights.safetensors')).toBe(false);
  });

  it.each<[string, (file: string) => Promise<void>, RegExp]>([
    [
      'cut short',
      (file) => writeFile(file, Buffer.alloc(3000)),
      /3000 bytes, expected whole records/,
    ],
    [
      'with a label out of range',
      (file) => writeFile(file, Buffer.alloc(3073, 77)),
      /label 77, expected 0 to 9/,
    ],
    ['missing', (file) => rm(file), /no such file/],
  ])('refuses a batch file %s', async (_, spoil, said) => {
    await smallCifar('spoilt', 10);
    await spoil(inFolder('spoilt/cifar-10-batches-bin/data_batch_3.bin'));
    const { status, stderr } = await fragile(
      'train',
      'train.yaml',
      '--data',
      'spoilt',
      '--out',
      'no',
    );
    expect(stderr).toMatch(/^fragile: spoilt\/cifar-10-batches-bin\/data_batch_3\.bin: [^\n]+\n$/);
    expect(stderr).toMatch(said);
    expect(status).toBe(2);
    expect(await exists('no')).toBe(false);
  });

  it('learns batch norms, whose running statistics the weights bring to other commands', async () => {
    const normed = { name: 'vgg16-cifar10', width: 0.0625, batchNorm: true } as const;
    const model = `model={ name: vgg16-cifar10, width: ${normed.width}, batchNorm: true }`;
    const rate = 'optimizer={ name: adam, rate: 0.003, schedule: cosine }';
    const { status } = await taught('normed', '--set', model, '--set', rate).ended;
    expect(status).toBe(0);
    const rows = await log('normed');
    expect(Number(rows.at(-1)!.loss)).toBeLessThan(0.8 * Number(rows[0]!.loss));
    const { tensors } = await readSafetensors(inFolder('normed/weights.safetensors'));
    const shapes = [...tensors].map(([name, { shape }]) => [name, shape] as const);
    expect(new Map(shapes)).toEqual(networkOf(normed.name, normed).parameters);
    const evaluated = await fragile(
      ...['evaluate', '--model', 'vgg16-cifar10', '--dataset', 'cifar-10', '--data', 'small'],
      ...['--quiet', '--set', model, '--set', 'model.weights=normed/weights.safetensors'],
    );
    const accuracy = Number(rows.at(-1)!.test_accuracy);
    expect(evaluated.stdout).toContain(`top-1: ${(100 * accuracy).toFixed(1)} %`);

    // without the statistics they can be explained, but not be trained on
    const without = [...tensors].filter(([name]) => !name.includes('running'));
    await writeSafetensors(inFolder('folded.safetensors'), new Map(without), {
      batchnorm: 'folded',
    });
    const folded = await taught('no', '--set', model, '--set', 'from=folded.safetensors').ended;
    expect(folded.stderr).toBe(
      'fragile: from: folded.safetensors: no tensor features.1.running_mean: its batch norms are already folded; training needs running_mean and running_var\n',
    );
    expect(folded.status).toBe(2);
  });

  it('refuses to start from weights of another network', async () => {
    const { status, stderr } = await taught(
      'no',
      '--set',
      `from=${fixturePath('cifar-cnn-0.125.safetensors')}`,
    ).ended;
    expect(stderr).toMatch(
      /^fragile: \S+cifar-cnn-0\.125\.safetensors: not weights of cifar-cnn: [^\n]+\n$/,
    );
    expect(status).toBe(2);
  });

  it('does not go on with another config', async () => {
    const { status, stderr } = await taught('taught', '--set', 'batch=20').ended;
    expect(stderr).toMatch(
      /^fragile: output: taught: holds results of another config \(batch is 10 there, here 20\); /,
    );
    expect(status).toBe(2);
  });
});
