// Engines and devices as users meet them: the same experiment on each that is here, and one line for each that is
// not.
import { copyFile, readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace, workersOf } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
  await place.write(
    'small.yaml',
    `
name: small
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, count: 5, correct: false }
explain: [gradient, { name: integrated-gradients, steps: 6, direction: { steps: 3 } }]
attack:
  - random-sign
  - { name: top-k, k: 100, iterations: 8 }
epsilon: [4, 8]
`,
  );
});
afterAll(() => place.remove());

const run = (out: string, engine: string, ...more: readonly string[]) =>
  place.fragile('run', 'small.yaml', '--out', out, '--quiet', '--set', `engine=${engine}`, ...more);
const recordOf = async (out: string) =>
  JSON.parse(await readFile(place.path(out, 'run.json'), 'utf8'));
const ROWS = 5 * 2 * 2 * 2;
/** What identifies a row, without what was computed. */
const names = ({ image, method, attack, epsilon }: Record<string, string>) =>
  [image, method, attack, epsilon].join();

describe('an experiment', { timeout: 120_000 }, () => {
  let alone: Record<string, string>[];
  beforeAll(async () => {
    expect(await run('alone', 'onnx')).toMatchObject({ status: 0, stderr: '' });
    alone = await place.rows('alone');
    expect(alone).toHaveLength(ROWS);
  }, 120_000);

  /** Means over rows that are ok in both are close, and the rows are of the same cells in the same order. */
  const expectAgreement = (rows: Record<string, string>[]) => {
    expect(rows.map(names)).toEqual(alone.map(names));
    const both = rows.flatMap((row, i) =>
      row.status === 'ok' && alone[i]!.status === 'ok' ? [[row, alone[i]!] as const] : [],
    );
    expect(both.length).toBeGreaterThan(ROWS / 2);
    for (const metric of ['topk_intersection', 'spearman', 'ssim', 'pcc']) {
      const mean = (which: 0 | 1) =>
        both.reduce((sum, pair) => sum + Number(pair[which][metric]), 0) / both.length;
      expect(Math.abs(mean(0) - mean(1)), metric).toBeLessThan(0.02);
    }
  };

  it('in batches is that of single images, in fewer steps', async () => {
    expect(await run('batches', '{ name: onnx, batch: 4, workers: 1 }')).toMatchObject({
      status: 0,
    });
    expectAgreement(await place.rows('batches'));
    expect((await recordOf('batches')).engine).toMatchObject({
      name: 'onnx',
      device: 'cpu',
      workers: 1,
      batch: 4,
    });
  });

  it('on TensorFlow.js is that on ONNX Runtime', async () => {
    expect(await run('tfjs', 'tfjs')).toMatchObject({ status: 0 });
    expectAgreement(await place.rows('tfjs'));
    const { engine } = await recordOf('tfjs');
    expect(engine.name).toBe('tfjs');
    expect(engine.device).toMatch(/^(cuda|tensorflow-cpu|wasm|cpu)$/);
  });

  it('is not continued with another engine', async () => {
    // its own config with another engine has another hash; a plain word for it is what auto may turn into
    const record = await recordOf('alone');
    await place.write(
      'alone/run.json',
      JSON.stringify({ ...record, engine: { ...record.engine, device: 'webgpu' } }),
    );
    const { status, stderr } = await run('alone', 'onnx');
    expect(status).toBe(2);
    expect(stderr).toBe(
      'fragile: output: alone: holds results computed by onnx on webgpu, this run has onnx on cpu; name that engine in the config, or use --fresh to replace them or --out for another folder\n',
    );
    await place.write('alone/run.json', JSON.stringify(record));
  });

  it('asks for the images of a batch together when it is estimated', async () => {
    const { status, stdout } = await run('none', '{ name: onnx, batch: 3 }', '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toMatch(/on cpu, 3 images at a time, \d+ MB each/);
    expect(await place.exists('none')).toBe(false);
  });
});

describe('a device that is not here', { timeout: 60_000 }, () => {
  it.each([
    ['{ name: onnx, device: cuda }', 'onnx on cuda'],
    // a driver that does not exist
    ['{ name: onnx, device: webgpu }', 'onnx on webgpu'],
  ])('%s is one line, and nothing is written', async (engine, name) => {
    const before = process.env.VK_DRIVER_FILES;
    process.env.VK_DRIVER_FILES = place.path('no-driver.json');
    const { status, stderr } = await run('missing', engine);
    if (before === undefined) delete process.env.VK_DRIVER_FILES;
    else process.env.VK_DRIVER_FILES = before;
    expect(status).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(
      new RegExp(`^fragile: engine: ${name}: .+; expected an engine that \`fragile doctor\``),
    );
    expect(await place.exists('missing')).toBe(false);
  });
});

it('what is finished stays when a worker is lost for good, and the run goes on later', {
  timeout: 120_000,
}, async () => {
  const weights = place.path('own.safetensors');
  await copyFile(fixturePath('cifar-cnn-0.125.safetensors'), weights);
  const command = [
    ...['run', 'small.yaml', '--out', 'lost', '--workers', '1'],
    ...['--set', 'model.weights=own.safetensors', '--set', 'attack.1.iterations=60'],
  ];
  const launched = place.launch(...command);
  await place.untilLines('lost', 6, launched);
  const [worker] = await workersOf(launched);
  // only Linux tells a process's children
  if (worker === undefined) return void (await launched.ended);
  // the process that is to replace it will not find what it needs
  await rm(weights);
  process.kill(worker, 'SIGKILL');
  const { status, stderr } = await launched.ended;
  expect(status).toBe(1);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
    /^fragile: a worker process cannot be started again: .+; finished rows are in lost; run the same command again to resume$/,
  );
  const kept = await place.rows('lost');
  expect(kept.length).toBeGreaterThanOrEqual(5);
  await copyFile(fixturePath('cifar-cnn-0.125.safetensors'), weights);
  expect((await place.fragile(...command, '--quiet')).status).toBe(0);
  const rows = await place.rows('lost');
  expect(rows).toHaveLength(ROWS);
  for (const row of kept) expect(rows).toContainEqual(row);
});

it('the doctor finds the engines that come with the program, and says why others are missing', {
  timeout: 180_000,
}, async () => {
  const { status, stdout } = await place.fragile('doctor', '--data', 'no-data');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^fragile \d+\.\d+\.\d+, Node v\d+/);
  for (const line of [
    /^onnx +cpu +\d+\.\d+\.\d+ +\de-\d +[\d.]+$/m,
    /^tfjs +wasm +\d+\.\d+\.\d+ +\de-\d +[\d.]+$/m,
    /^engine: auto computes with \w+ on \w+$/m,
    /^imagenet: no-data\/imagenet: no such folder/m,
  ])
    expect(stdout).toMatch(line);
  const [engines] = stdout.split('Data root');
  for (const missing of engines!.matchAll(/^(\w+) +(\S+) +not here$/gm))
    expect(stdout).toContain(`${missing[1]} on ${missing[2]}: `);
});
