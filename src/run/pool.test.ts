// Workers that go wrong, played by small programs: they die, do not start again, or find too little memory.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processor } from '../engine/choice.js';
import { UserError } from '../errors.js';
import { resolveConfig } from '../tasks/attack/config.js';
import type { Answer, Job, Setup } from './messages.js';
import { JobFailed, Worker, WorkerLost } from './pool.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pool-'));
});
afterEach(() => rm(folder, { recursive: true }));

const setup: Setup = {
  config: resolveConfig({
    name: 'trial',
    model: 'cifar-cnn',
    data: 'embedded',
    explain: 'gradient',
    attack: 'random-sign',
    epsilon: 1,
  }),
  dataRoot: folder!,
  engine: processor,
};
const job: Job = { kind: 'predict', images: [1, 2, 3] };

/**
 * A worker whose process counts its starts in a file.
 * @param onSetup, onJob bodies of functions of (message, starts) that give the answer
 */
async function workerOf(onSetup: string, onJob: string, notes: string[] = []): Promise<Worker> {
  const program = path.join(folder, 'worker.mjs');
  await writeFile(
    program,
    `
    import { readFileSync, writeFileSync } from 'node:fs';
    const file = ${JSON.stringify(path.join(folder, 'starts'))};
    let starts = 1;
    try { starts = Number(readFileSync(file, 'utf8')) + 1; } catch {}
    writeFileSync(file, String(starts));
    let images;
    const onSetup = (message) => { ${onSetup} };
    const onJob = (message) => { ${onJob} };
    process.on('message', (message) => {
      if ('config' in message) images = message.images ?? 8;
      process.send('config' in message ? onSetup(message) : onJob(message));
    });
    process.on('disconnect', () => process.exit(0));
    `,
  );
  return new Worker(setup, { onNote: (text) => notes.push(text) }, pathToFileURL(program));
}
const ready = `return { kind: 'ready', engine: { name: 'onnx', version: '', device: 'webgpu' }, images };`;
const failed = (why: string, message = 'it went wrong') =>
  `return { kind: 'failed', why: '${why}', message: '${message}' };`;
/** An answer that tells how many images run together, in the place of predictions. */
const done = `return { kind: 'predicted', predictions: [{ label: images, top5: [] }] };`;
const imagesOf = (answer: Answer) =>
  answer.kind === 'predicted' ? answer.predictions[0]!.label : undefined;

describe('too little memory', () => {
  it('halves batches once, says so, and goes on', async () => {
    const notes: string[] = [];
    const worker = await workerOf(
      ready,
      `if (images > 4) ${failed('memory', 'device webgpu has too little memory')} ${done}`,
      notes,
    );
    expect((await worker.open()).images).toBe(8);
    expect(imagesOf(await worker.compute(job))).toBe(4);
    expect(imagesOf(await worker.compute(job))).toBe(4);
    expect(notes).toEqual(['device webgpu has too little memory; going on with batches of 4']);
    worker.stop();
  });

  it('fails a job where half of a batch is too much as well', async () => {
    const notes: string[] = [];
    const worker = await workerOf(ready, failed('memory', 'too little'), notes);
    await worker.open();
    await expect(worker.compute(job)).rejects.toThrow(new JobFailed('too little'));
    expect(notes).toHaveLength(1);
    worker.stop();
  });

  it('fails a job of single images', async () => {
    const notes: string[] = [];
    const worker = await workerOf(`images = 1; ${ready}`, failed('memory', 'too little'), notes);
    await worker.open();
    await expect(worker.compute(job)).rejects.toThrow(JobFailed);
    expect(notes).toEqual([]);
    worker.stop();
  });
});

describe('a worker that dies', () => {
  it('is replaced by one with batches of the same size', async () => {
    const worker = await workerOf(
      `if (starts === 1) images = 5; ${ready}`,
      `if (starts === 1) process.kill(process.pid, 'SIGKILL'); ${done}`,
    );
    await worker.open();
    expect(imagesOf(await worker.compute(job))).toBe(5);
    worker.stop();
  });

  it('and dies again fails its job', async () => {
    const worker = await workerOf(ready, 'process.exit(7);');
    await worker.open();
    await expect(worker.compute(job)).rejects.toThrow(
      new JobFailed('a worker process ended by itself (status 7)'),
    );
    worker.stop();
  });

  it('is lost where no other can be started', async () => {
    const worker = await workerOf(
      `if (starts > 1) ${failed('fault', 'no such device')} ${ready}`,
      `process.kill(process.pid, 'SIGKILL'); ${done}`,
    );
    await worker.open();
    await expect(worker.compute(job)).rejects.toThrow(
      new WorkerLost('a worker process cannot be started again: no such device'),
    );
    worker.stop();
  });
});

it('passes on notes, and the user’s mistakes', async () => {
  const notes: string[] = [];
  const worker = await workerOf(
    `process.send({ kind: 'note', text: 'two operators fell back' }); ${ready}`,
    failed('user', 'picture 3 is broken'),
    notes,
  );
  await worker.open();
  expect(notes).toEqual(['two operators fell back']);
  await expect(worker.compute(job)).rejects.toThrow(new UserError('picture 3 is broken'));
  worker.stop();
});
