// Workers that go wrong, played by small programs: they die, do not start again, or find too little memory.
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import type { Prediction } from '../subject/images.js';
import { useFolder } from '../testing/files.js';
import type { Job, Unread } from './messages.js';
import {
  done,
  failed,
  outlived,
  processesOf,
  ready,
  setup,
  writeProgram,
} from './testing/programs.js';
import { JobFailed, WorkerLost, WorkerProcess } from './worker-process.js';

const inFolder = useFolder();

const job = { kind: 'predict', images: [1, 2, 3] } as const satisfies Job;

/** @param onSetup, onJob bodies of functions that give the program's answers */
async function workerOf(
  onSetup: string,
  onJob: string,
  listener: { notes?: string[]; steps?: number } = {},
): Promise<WorkerProcess> {
  const told = {
    onNote: (text: string) => void listener.notes?.push(text),
    onStep: () => {
      listener.steps = (listener.steps ?? 0) + 1;
    },
  };
  return new WorkerProcess(setup(), told, await writeProgram(inFolder(), onSetup, onJob));
}
/** An answer that tells how many run together, in the place of predictions. */
const tellBatch = done('[{ label: batch, top5: [] }]');
const batchOf = ([first]: readonly (Prediction | Unread)[]) => (first as Prediction).label;

describe('too little memory', () => {
  it('halves batches once, says so, and goes on', async () => {
    const notes: string[] = [];
    const worker = await workerOf(
      ready,
      `if (batch > 4) ${failed('memory', 'device webgpu has too little memory')} ${tellBatch}`,
      { notes },
    );
    expect((await worker.open()).batch).toBe(8);
    expect(batchOf(await worker.compute(job))).toBe(4);
    expect(batchOf(await worker.compute(job))).toBe(4);
    expect(notes).toEqual(['device webgpu has too little memory; going on with batches of 4']);
    worker.stop();
  });

  it('fails a job where half of a batch is too much as well', async () => {
    const notes: string[] = [];
    const worker = await workerOf(ready, failed('memory', 'too little'), { notes });
    await worker.open();
    await expect(worker.compute(job)).rejects.toThrow(new JobFailed('too little'));
    expect(notes).toHaveLength(1);
    worker.stop();
  });

  it('fails a job of a single cell', async () => {
    const notes: string[] = [];
    const worker = await workerOf(`batch = 1; ${ready}`, failed('memory', 'too little'), { notes });
    await worker.open();
    await expect(worker.compute(job)).rejects.toThrow(JobFailed);
    expect(notes).toEqual([]);
    worker.stop();
  });
});

describe('a worker that dies', () => {
  it('is replaced by one with batches of the same size', async () => {
    const worker = await workerOf(
      `if (start === 1) batch = 5; ${ready}`,
      `if (start === 1) process.kill(process.pid, 'SIGKILL'); ${tellBatch}`,
    );
    await worker.open();
    expect(batchOf(await worker.compute(job))).toBe(5);
    worker.stop();
  });

  it('is replaced by one that has what was shared', async () => {
    const worker = await workerOf(
      ready,
      `if (message.kind === 'share') ${done('true')}
       if (start === 1) process.kill(process.pid, 'SIGKILL');
       ${done('[shared]')}`,
    );
    await worker.open();
    const shared = { theta: Float64Array.of(1, 2), ids: ['a'] };
    await worker.share(shared);
    expect(await worker.compute({ kind: 'prepare', parts: [0] })).toEqual([shared]);
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
      `if (start > 1) ${failed('fault', 'no such device')} ${ready}`,
      `process.kill(process.pid, 'SIGKILL'); ${tellBatch}`,
    );
    await worker.open();
    await expect(worker.compute(job)).rejects.toThrow(
      new WorkerLost('a worker process cannot be started again: no such device'),
    );
    worker.stop();
  });
});

describe('a fault', () => {
  it('is tried once more, by another process', async () => {
    const worker = await workerOf(ready, `if (start === 1) ${failed('fault')} ${tellBatch}`);
    await worker.open();
    expect(batchOf(await worker.compute(job))).toBe(8);
    expect(await processesOf(inFolder())).toHaveLength(2);
    worker.stop();
  });

  it('that stays fails its job alone', async () => {
    const worker = await workerOf(
      ready,
      `if (message.images.length === 3) ${failed('fault', 'no such operator')} ${tellBatch}`,
    );
    await worker.open();
    await expect(worker.compute(job)).rejects.toThrow(new JobFailed('no such operator'));
    expect(batchOf(await worker.compute({ kind: 'predict', images: [1] }))).toBe(8);
    worker.stop();
  });

  it.each([
    ['user', UserError],
    ['fault', Error],
  ])('at the start (%s) is told as one', async (why, kind) => {
    const worker = await workerOf(failed(why, 'no such weights'), tellBatch);
    const error: unknown = await worker.open().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error).toEqual(new kind('no such weights'));
    expect(await outlived(await processesOf(inFolder()))).toEqual([]);
  });

  it.each([
    ['at its start', tellBatch, tellBatch, 'a worker answered done at its start'],
    ['to a job', ready, ready, 'a worker answered ready to a job of predict'],
  ])('is an answer out of place, %s', async (_, onSetup, onJob, message) => {
    const worker = await workerOf(onSetup, onJob);
    const work = worker.open().then(() => worker.compute(job));
    await expect(work).rejects.toThrow(message);
    worker.stop();
  });
});

describe('a worker that is stopped', () => {
  it('fails what it computes, and is not replaced', async () => {
    const worker = await workerOf(ready, `await pause(60_000); ${tellBatch}`);
    await worker.open();
    const work = worker.compute(job);
    worker.stop();
    await expect(work).rejects.toThrow(new JobFailed('a worker process ended by itself (SIGKILL)'));
    const processes = await processesOf(inFolder());
    expect(processes).toHaveLength(1);
    expect(await outlived(processes)).toEqual([]);
  });

  it('computes nothing more', async () => {
    const worker = await workerOf(ready, tellBatch);
    await worker.open();
    worker.stop();
    await expect(worker.compute(job)).rejects.toThrow(
      new JobFailed('the worker process was ended'),
    );
  });
});

it('a worker passes on notes, steps and the user’s mistakes', async () => {
  const listener = { notes: [] as string[], steps: 0 };
  const worker = await workerOf(
    `process.send({ kind: 'note', text: 'two operators fell back' }); ${ready}`,
    `process.send({ kind: 'step' }); process.send({ kind: 'step' }); ${failed('user', 'picture 3 is broken')}`,
    listener,
  );
  await worker.open();
  expect(listener).toEqual({ notes: ['two operators fell back'], steps: 0 });
  await expect(worker.compute(job)).rejects.toThrow(new UserError('picture 3 is broken'));
  expect(listener.steps).toBe(2);
  worker.stop();
});
