// Which images of a data set are tried, and in which order.
import { describe, expect, it } from 'vitest';
import { attackConfig } from '../tasks/attack/testing/config.js';
import { candidateOrder, imagesAtMost } from './candidates.js';

const configOf = (change: Record<string, unknown> = {}) =>
  attackConfig({
    name: 't',
    model: 'cifar-cnn',
    data: 'embedded',
    explain: ['gradient', 'gradient-x-input'],
    attack: ['random-sign', { name: 'top-k', iterations: 60 }, 'mass-center'],
    epsilon: [4, 0.5],
    ...change,
  });

it.each([
  ['max', 30],
  [7, 7],
  [31, 30],
])('%s images of 30 are %i at most', async (count, images) => {
  const config = await configOf({ data: { name: 'embedded', count } });
  expect(imagesAtMost(config, { entries: Array.from({ length: 30 }) })).toBe(images);
});

describe('the order of candidates', () => {
  const orderOf = async (change: Record<string, unknown> = {}) =>
    candidateOrder(await configOf({ seed: 3, ...change }), 50);

  it('is a permutation', async () => {
    const order = await orderOf();
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(order.slice(0, 10)).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it.each([
    { model: 'squeezenet1_1' },
    { explain: 'integrated-gradients' },
    { attack: { name: 'target-region', box: [0, 0, 4, 4] }, name: 'other' },
    { epsilon: 8 },
    { data: { name: 'embedded', count: 5, correct: false } },
    { metrics: { k: 5 } },
    { select: 'center' },
    { output: 'elsewhere', engine: { name: 'onnx', workers: 7 } },
  ])('does not depend on %j', async (change) => {
    expect(await orderOf(change)).toEqual(await orderOf());
  });

  it.each([
    ['seed', { seed: 4 }],
    ['data set', { data: 'cifar-10' }],
  ])('depends on the %s', async (_, change) => {
    expect(await orderOf(change)).not.toEqual(await orderOf());
  });
});
