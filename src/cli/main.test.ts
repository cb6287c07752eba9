// The program as its users meet it: the built command in processes of its own, on the pictures and the
// network that come with it.
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkOf } from '../model/index.js';
import { fixturePath } from '../package.js';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js';
import { type Launched, Workplace, workersOf } from './testing/command.js';

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
const rowsOf = (name: string) => place.rows(name);
const untilLines = (name: string, lines: number, run: Launched) =>
  place.untilLines(name, lines, run);

/** A config whose cells take a moment each: three pictures, both iterative attacks and the draw. */
const config = (iterations = 20) => `
name: tested
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, count: 3, correct: false }
explain: [gradient, gradient-x-input]
attack:
  - random-sign
  - { name: top-k, k: 100, iterations: ${iterations} }
  - { name: mass-center, iterations: ${iterations} }
epsilon: [4, 8]
select: [dissimilarity, intersection]
metrics: { k: 100 }
`;
const CELLS = 3 * 2 * 3 * 2;
const ROWS = 3 * 2 * (1 + 2 + 2) * 2;

it('goes on when nobody reads what it prints any more', async () => {
  await written('unread.yaml', config(2));
  const run = launch('run', 'unread.yaml', '--out', 'unread');
  run.child.stdout!.destroy();
  run.child.stderr!.destroy();
  const { status } = await run.ended;
  expect(status).toBe(0);
  expect(await rowsOf('unread')).toHaveLength(60);
}, 60_000);

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
    expect(record).toMatchObject({
      config: { name: 'tested', epsilon: [4, 8], metrics: { k: 100 } },
      seed: 1,
      images: { asked: 3, used: 3, tried: 3 },
      weights: {
        file: 'cifar-cnn-0.125.safetensors',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      data: { name: 'embedded', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      end: expect.stringMatching(/^20\d\d-/),
    });
    expect((await readdir(inFolder('undisturbed'))).sort()).toEqual([
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
      /fragile: interrupted; .* interrupted, and the same command continues\n$/,
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

  it('goes on with more images when more are asked for', async () => {
    const few = await fragile('run', 'long.yaml', '--out', 'growing', '--limit', '1');
    expect(few.status).toBe(0);
    expect(await rowsOf('growing')).toHaveLength(ROWS / 3);
    expect((await fragile('run', 'long.yaml', '--out', 'growing')).status).toBe(0);
    expect(await rowsOf('growing')).toEqual(undisturbed);
  });
});

describe('what a run can be asked for', { timeout: 60_000 }, () => {
  it('attacks integrated gradients, and regions given as a box or drawn in a file', async () => {
    const mask = Buffer.from(Uint8Array.from({ length: 32 * 32 }, (_, i) => (i < 320 ? 255 : 0)));
    await sharp(mask, { raw: { width: 32, height: 32, channels: 1 } })
      .png()
      .toFile(inFolder('mask.png'));
    await written(
      'regions.yaml',
      `name: regions
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, count: 2, correct: false }
explain: [gradient, { name: integrated-gradients, steps: 10, direction: { steps: 3 } }]
attack:
  - { name: target-region, id: drawn, mask: mask.png, iterations: 20 }
  - { name: target-region, id: boxed, box: [0, 0, 10, 32], iterations: 20 }
epsilon: 8
save: { images: 1, trace: true }
`,
    );
    const { status, stdout } = await fragile('run', 'regions.yaml', '--quiet');
    expect(status).toBe(0);
    expect(stdout).toMatch(/integrated-gradients {2}boxed/);
    const rows = await rowsOf('results/regions');
    expect(rows).toHaveLength(8);
    const metrics = ({ attack: _, ...row }: Record<string, string>) => row;
    const of = (id: string) => rows.filter(({ attack }) => attack === id).map(metrics);
    // the same region, said in two ways
    expect(of('drawn')).toEqual(of('boxed'));
    const trace: Record<string, string>[] = parse(
      await readFile(inFolder('results/regions/trace.csv')),
      { columns: true },
    );
    expect(trace).toHaveLength(8 * 20);
    const path0 = trace.filter(
      (r) => r.image === trace[0]!.image && r.method === 'gradient' && r.attack === 'boxed',
    );
    expect(Number(path0.at(-1)!.D)).toBeGreaterThan(Number(path0[0]!.D));
    const kept = await readdir(inFolder('results/regions/perturbed'));
    expect(kept.filter((name) => name.endsWith('.npy'))).toHaveLength(4);
    expect(kept.filter((name) => name.endsWith('.png'))).toHaveLength(4);
  });

  it('attacks superpixels, and tells of the images that do not have the one that is picked', async () => {
    const regions = (pick: string) => `name: superpixels
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, count: 6, correct: false }
explain: gradient
attack: { name: target-region, slic: { segments: 12, compactness: 5, pick: ${pick} }, iterations: 5 }
epsilon: 8
`;
    await written('superpixels.yaml', regions('2'));
    const { status, stdout } = await fragile('run', 'superpixels.yaml', '--quiet');
    expect(status).toBe(0);
    expect(stdout).toMatch(/centre shift +in region +after +image ssim\n/);
    const rows = await rowsOf('results/superpixels');
    expect(rows.filter(({ status }) => status === 'ok').length).toBeGreaterThan(3);
    for (const row of rows.filter(({ status }) => status === 'ok'))
      expect(Number(row.region_share_perturbed)).toBeGreaterThan(Number(row.region_share));

    const pictures = await fragile('regions', 'superpixels.yaml');
    const counts = pictures.stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(/ {2,}/)[1]));
    // the last of the image that has most
    const most = Math.max(...counts);
    const lacking = counts.filter((n) => n < most).length;
    expect(lacking).toBeGreaterThan(0);
    await written('some.yaml', regions(String(most - 1)));
    const some = await fragile('run', 'some.yaml', '--out', 'some', '--quiet');
    expect(some.status).toBe(1);
    const why = new RegExp(
      `slic\\.pick: ${most - 1} for the image .*, expected 0 to \\d+, its \\d+ regions\n`,
      'g',
    );
    expect(some.stderr.match(why)).toHaveLength(lacking);
    expect(some.stderr).toContain(`fragile: ${lacking} cells failed`);
    const found = await rowsOf('some');
    expect(found.filter((row) => row.status === 'failed')).toHaveLength(lacking);
    expect(found).toHaveLength(6);

    const [{ image }] = rows as [{ image: string }];
    await written('named.yaml', regions(`{ '${image}': ${most} }`));
    const named = await fragile('run', 'named.yaml', '--out', 'named');
    expect([named.status, named.stderr.split('\n').length]).toEqual([2, 2]);
    expect(named.stderr).toMatch(
      new RegExp(`^fragile: attack\\.0: slic\\.pick: ${most} for the image .*, expected 0 to`),
    );
    expect(await exists('named')).toBe(false);
  });

  it('goes on in a folder whose table has no columns for a region yet', async () => {
    await written('older.yaml', config());
    expect((await fragile('run', 'older.yaml', '--out', 'older', '--limit', '2')).status).toBe(0);
    const table = inFolder('older', 'results.csv');
    const older = (await readFile(table, 'utf8'))
      .replace(',region_share,region_share_perturbed\n', '\n')
      .replaceAll(',,\n', '\n');
    expect(older.split('\n')[0]).toMatch(/,seed,seconds$/);
    await writeFile(table, older);
    const { status, stderr } = await fragile('run', 'older.yaml', '--out', 'older');
    expect(status).toBe(0);
    expect(stderr).toContain(`going on: ${(2 * CELLS) / 3} cells are there already`);
    expect(await rowsOf('older')).toHaveLength(ROWS);
    const { length } = older.split('\n').filter((line) => line !== '');
    const now = (await readFile(table, 'utf8')).split('\n');
    expect(now.slice(1, length)).toEqual(
      older
        .split('\n')
        .slice(1, length)
        .map((line) => `${line},,`),
    );
  });

  it('prints a plan and writes nothing', async () => {
    await written('plan.yaml', config());
    const { status, stdout } = await fragile('run', 'plan.yaml', '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toMatch(/gradient-x-input × top-k: 6 cells of 20 steps, \d+ ms a step/);
    expect(stdout).toMatch(new RegExp(`${CELLS} cells, ${ROWS} rows to results/tested`));
    expect(stdout).toMatch(/about \d+ s with \d+ workers on cpu, 4 images at a time, \d+ MB each/);
    expect(await exists('results/tested')).toBe(false);
  });

  it('prints the accuracy of a network', async () => {
    for (const [i, name] of ['zero', 'one'].entries()) {
      await mkdir(inFolder('classes', name), { recursive: true });
      await cp(
        fixturePath('embedded', i === 0 ? 'ship' : 'frog', '0.png'),
        inFolder('classes', name, 'picture.png'),
      );
    }
    const { status, stdout } = await fragile(
      ...['evaluate', '--model', 'cifar-cnn', '--dataset', 'folder', '--quiet'],
      ...['--set', 'data.path=classes', '--set', 'model.width=0.125'],
    );
    expect(stdout).toMatch(/^top-1: (0|50|100)\.0 %\ntop-5: \d+\.\d %\nimages: 2\n$/);
    expect(status).toBe(0);
  });

  it('learns patterns where pattern attribution finds them, and says how when there are none', async () => {
    const smoke = [
      ...['run', 'patterned.yaml', '--out', 'patterned', '--quiet', '--limit', '1'],
      ...['--data', 'root'],
    ];
    await written(
      'patterned.yaml',
      [
        'name: patterned',
        'model: { name: cifar-cnn, width: 0.125 }',
        'data: embedded',
        'explain: pattern-attribution',
        'attack: { name: top-k, k: 50, iterations: 3 }',
        'epsilon: 8',
        'metrics: { k: 50 }',
      ].join('\n'),
    );
    const missing = await fragile(...smoke);
    expect(missing.stderr).toBe(
      'fragile: pattern-attribution: no patterns at root/weights/cifar-cnn-0.125.patterns.safetensors; `fragile patterns --model cifar-cnn --dataset embedded` learns them\n',
    );
    expect(missing.status).toBe(2);

    const learned = await fragile(
      ...['patterns', '--model', 'cifar-cnn', '--dataset', 'embedded', '--quiet', '--limit', '4'],
      ...['--data', 'root', '--set', 'model.width=0.125'],
    );
    expect(learned.stderr).toBe('');
    expect(learned.stdout).toBe('root/weights/cifar-cnn-0.125.patterns.safetensors\nimages: 4\n');
    const { status } = await fragile(...smoke);
    expect(status).toBe(0);
    expect(await readFile(inFolder('patterned', 'results.csv'), 'utf8')).toMatch(
      /pattern-attribution,top-k,8,dissimilarity,3,[123],ok,true/,
    );

    const file = inFolder('root', 'weights', 'cifar-cnn-0.125.patterns.safetensors');
    const bytes = await readFile(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const record = JSON.parse(await readFile(inFolder('patterned', 'run.json'), 'utf8'));
    expect(record.patterns).toEqual([{ file: 'cifar-cnn-0.125.patterns.safetensors', sha256 }]);
    // the last number of the last pattern: other patterns of the same form
    bytes[bytes.length - 4]! ^= 1;
    await writeFile(file, bytes);
    const other = await fragile(...smoke);
    expect(other.stderr).toMatch(
      /^fragile: output: patterned: holds results of other patterns \(cifar-cnn-0\.125\.patterns\.safetensors, SHA-256 [^\n]*\n$/,
    );
    expect(other.status).toBe(2);
  });

  it('prints the schema that editors complete configs by', async () => {
    const { stdout } = await fragile('schema');
    expect(JSON.parse(stdout)).toEqual(
      JSON.parse(await readFile(fixturePath('config.schema.json'), 'utf8')),
    );
  });
});

/** CIFAR-10's files with few records: each class a colour of its own, with noise. */
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
        const colour = ((label >> Math.floor(k / 1024)) & 1) * 120 + 40;
        bytes[i * 3073 + 1 + k] = colour + ((k * 31 + i * 17 + batch * 7) % 61);
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
    await writeSafetensors(inFolder('folded.safetensors'), new Map(without));
    const folded = await taught('no', '--set', model, '--set', 'from=folded.safetensors').ended;
    expect(folded.stderr).toBe(
      'fragile: from: folded.safetensors has its batch norms worked in, expected a tensor features.1.running_mean\n',
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
    expect(stderr).toMatch(/^fragile: output: taught: holds results of another config/);
    expect(status).toBe(2);
  });
});

describe('angles', { timeout: 30_000 }, () => {
  it('are measured for every image, and the same however the work is shared out', async () => {
    await written(
      'angles.yaml',
      `name: angles
task: angles
model: { name: cifar-cnn-softplus, width: 0.125, weights: ${fixturePath('cifar-cnn-0.125.safetensors')} }
data: { name: embedded, count: 4, correct: false }
`,
    );
    const { status, stdout } = await fragile('run', 'angles.yaml', '--quiet');
    expect(stdout).toMatch(/^images {2}mean angle {2}median.*\n +4 /);
    expect(status).toBe(0);
    const read = async (out: string): Promise<Record<string, string>[]> => {
      const rows: Record<string, string>[] = parse(await readFile(inFolder(out, 'angles.csv')), {
        columns: true,
      });
      return rows.map(({ seconds: _, ...row }) => row);
    };
    const rows = await read('results/angles');
    expect(rows).toHaveLength(4);
    for (const { status, angle, residual } of rows) {
      expect(status).toBe('ok');
      expect(Number(angle)).toBeGreaterThanOrEqual(0);
      expect(Number(angle)).toBeLessThanOrEqual(90);
      expect(Number(residual)).toBeLessThanOrEqual(1e-3);
    }
    await fragile('run', 'angles.yaml', '--quiet', '--out', 'alone-angles', '--workers', '1');
    expect(await read('alone-angles')).toEqual(rows);
    const dry = await fragile('run', 'angles.yaml', '--dry-run', '--out', 'unwritten');
    expect(dry.stdout).toMatch(/angles: 4 cells of 1 steps/);
  });
});

describe('a mistake', { timeout: 30_000 }, () => {
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

  it('is one line for a truncated picture, which is met on the way', async () => {
    const { status, stderr } = await fragile(
      ...['run', 'good.yaml', '--out', 'half', '--quiet', ...folderData('broken')],
    );
    expect(stderr).toMatch(/^fragile: broken\/half\.png: not a whole picture: [^\n]+\n$/);
    expect(status).toBe(2);
  });

  it('is labels of which none is the network’s: nothing to attack', async () => {
    await mkdir(inFolder('mislabelled'));
    await cp(fixturePath('embedded', 'frog', '0.png'), inFolder('mislabelled', 'frog.png'));
    const seen = await fragile(
      'evaluate',
      '--model',
      'cifar-cnn',
      '--dataset',
      'embedded',
      '--quiet',
    );
    expect(seen.stdout).toMatch(/^top-1: 100\.0 %\n/);
    await written('mislabelled/labels.csv', 'file,label\nfrog.png,3\n');
    const { status, stdout, stderr } = await fragile(
      ...['run', 'good.yaml', '--out', 'nothing', '--quiet', ...folderData('mislabelled')],
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
