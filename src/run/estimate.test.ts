// The estimate of a run, from steps that take a known time.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Probe } from '../task/computer.js';
import type { Cell } from '../tasks/attack/plan.js';
import { attackConfig } from '../tasks/attack/testing/config.js';
import { estimate } from './estimate.js';

/** The one worker of a crew: what it answers to a job, with what it was opened, and how often it was stopped. */
const worker = vi.hoisted(() => ({
  answer: (_: unknown): unknown => undefined,
  opened: [] as unknown[][],
  stopped: 0,
}));
vi.mock('./crew.js', async (original) => ({
  ...(await original<typeof import('./crew.js')>()),
  openCrew: async (...args: unknown[]) => {
    worker.opened.push(args);
    return {
      workers: [{ compute: async (job: unknown) => worker.answer(job) }],
      engine: { name: 'onnx', version: '', device: 'cpu' },
      batch: 1,
      stop() {
        worker.stopped++;
      },
    };
  },
}));
const answering = (answer: (cell: Cell) => Probe) => {
  worker.answer = (job) => {
    const { kind, cell } = job as { readonly kind: string; readonly cell: Cell };
    expect(kind).toBe('probe');
    return answer(cell);
  };
};
const taking = (seconds: number, peakBytes = 1e8) => answering(() => ({ seconds, peakBytes }));

let folder: string;
beforeEach(async () => {
  worker.stopped = 0;
  worker.opened = [];
  folder = await mkdtemp(path.join(tmpdir(), 'estimate-'));
});
afterEach(() => rm(folder, { recursive: true }));

const configOf = (change: Record<string, unknown> = {}) =>
  attackConfig({
    name: 'trial',
    model: { name: 'cifar-cnn', width: 0.125 },
    data: { name: 'embedded', count: 3, correct: false },
    explain: ['gradient', { name: 'gradient', id: 'plain', surrogate: 'none' }],
    attack: ['random-sign', { name: 'top-k', iterations: 60, select: ['dissimilarity', 'center'] }],
    epsilon: [4, 8],
    output: path.join(folder, 'out'),
    ...change,
  });
const estimated = async (change?: Record<string, unknown>, workers = 2) =>
  estimate(await configOf(change), { data: folder, workers });

describe('an estimate', () => {
  it('is the plan with the time of all steps, spread over the workers', async () => {
    answering(({ method, attack }) => ({
      seconds: attack === 0 ? 0.01 : 0.02,
      peakBytes: method === 0 ? 3e8 : 1e8,
    }));
    // 3 images × 2 ε for each; 2 × (6·0.01 + 6·60·0.02) s on two workers are 7.26 s
    expect(await estimated()).toBe(
      [
        'trial: cifar-cnn (32×32, cifar-cnn-0.125.safetensors) on embedded, 3 of 30 images',
        '  gradient × random-sign: 6 cells of 1 steps, 10 ms a step',
        '  gradient × top-k: 6 cells of 60 steps, 20 ms a step',
        '  plain × random-sign: 6 cells of 1 steps, 10 ms a step',
        '  plain × top-k: 6 cells of 60 steps, 20 ms a step',
        `24 cells, 36 rows to ${path.join(folder, 'out')}`,
        'about 8 s with 2 workers on cpu, an image at a time, 300 MB each; timed with the machine as busy as it is now',
        '',
      ].join('\n'),
    );
    expect(worker.stopped).toBe(1);
    expect(await readdir(folder)).toEqual([]);
    // one worker is timed, whose batches hold at most the cells of a group: 3 images at 2 ε
    expect(worker.opened).toMatchObject([[1, { most: 6 }, {}]]);
  });

  it.each([
    [0.89, '89 s'],
    [1.2, '2 min'],
    [30, '50 min'],
    [54, '1.5 h'],
    [720, '20.0 h'],
  ])('of 100 steps of %d s each says %s', async (seconds, said) => {
    taking(seconds);
    const attack = [{ name: 'top-k', iterations: 100 }];
    const data = { name: 'embedded', count: 1, correct: false };
    const text = await estimated({ explain: 'gradient', attack, data, epsilon: 1 }, 1);
    expect(text).toContain(`about ${said} with 1 worker on cpu`);
  });

  it.each([500, 'max'])('of %j images counts no more than there are', async (count) => {
    taking(0.001);
    const data = { name: 'embedded', count, correct: false };
    expect(await estimated({ data })).toContain('on embedded, 30 of 30 images\n');
  });

  it('of images that may be refused says that there may be fewer', async () => {
    taking(0.001);
    const data = { name: 'embedded', count: 3, correct: true };
    expect(await estimated({ data })).toContain('on embedded, up to 3 of 30 images\n');
  });

  it('ends its worker when a step fails', async () => {
    answering(() => {
      throw new Error('out of memory');
    });
    await expect(estimated()).rejects.toThrow('out of memory');
    expect(worker.stopped).toBe(1);
  });
});
