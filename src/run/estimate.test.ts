// The estimate of a run, from steps that take a known time.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolveConfig } from '../tasks/attack/config.js';
import type { Cell } from '../tasks/attack/plan.js';
import { estimate } from './estimate.js';
import type { Answer } from './messages.js';

const worker = vi.hoisted(() => ({
  answer: (_: unknown): unknown => undefined,
  stopped: 0,
}));
vi.mock('./pool.js', () => ({
  openWorkers: async () => ({
    workers: [
      {
        compute: async (job: unknown) => worker.answer(job),
        stop() {
          worker.stopped++;
        },
      },
    ],
    ready: { kind: 'ready', engine: { name: 'onnx', version: '', device: 'cpu' }, images: 1 },
  }),
}));
const answering = (answer: (job: { readonly cell: Cell }) => Answer) => {
  worker.answer = (job) => answer(job as { readonly cell: Cell });
};
const taking = (seconds: number, peakBytes = 1e8) =>
  answering(() => ({ kind: 'probed', probe: { seconds, peakBytes } }));

let folder: string;
beforeEach(async () => {
  worker.stopped = 0;
  folder = await mkdtemp(path.join(tmpdir(), 'estimate-'));
});
afterEach(() => rm(folder, { recursive: true }));

const configOf = (change: Record<string, unknown> = {}) =>
  resolveConfig({
    name: 'trial',
    model: { name: 'cifar-cnn', width: 0.125 },
    data: { name: 'embedded', count: 3, correct: false },
    explain: ['gradient', { name: 'gradient', id: 'plain', surrogate: 'none' }],
    attack: ['random-sign', { name: 'top-k', iterations: 60, select: ['dissimilarity', 'center'] }],
    epsilon: [4, 8],
    output: path.join(folder, 'out'),
    ...change,
  });
const estimated = (change?: Record<string, unknown>, workers = 2) =>
  estimate(configOf(change), { data: folder, workers });

describe('an estimate', () => {
  it('is the plan with the time of all steps, spread over the workers', async () => {
    answering(({ cell: { method, attack } }) => ({
      kind: 'probed',
      probe: { seconds: attack === 0 ? 0.01 : 0.02, peakBytes: method === 0 ? 3e8 : 1e8 },
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

  it('counts no more images than there are', async () => {
    taking(0.001);
    for (const count of [500, 'max'])
      expect(await estimated({ data: { name: 'embedded', count, correct: false } })).toContain(
        '30 of 30 images',
      );
  });

  it('ends its worker when a step fails', async () => {
    answering(() => {
      throw new Error('out of memory');
    });
    await expect(estimated()).rejects.toThrow('out of memory');
    expect(worker.stopped).toBe(1);
  });
});
