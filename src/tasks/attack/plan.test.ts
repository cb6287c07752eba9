// The plan of a run: which cells there are, in which order, and in which order images are tried.
import { describe, expect, it } from 'vitest';
import { resolveConfig } from './config.js';
import {
  candidateOrder,
  cellKey,
  cellsOf,
  imagesAtMost,
  largestGroup,
  rowsPerCell,
  stepsOf,
} from './plan.js';

const configOf = (change: Record<string, unknown> = {}) =>
  resolveConfig({
    name: 't',
    model: 'cifar-cnn',
    data: 'embedded',
    explain: ['gradient', 'gradient-x-input'],
    attack: ['random-sign', { name: 'top-k', iterations: 60 }, 'mass-center'],
    epsilon: [4, 0.5],
    ...change,
  });

describe('what there is to do at most', () => {
  const dataset = { entries: Array.from({ length: 30 }) };
  it.each([
    ['max', 30],
    [7, 7],
    [31, 30],
  ])('on %s images is %i images, at each ε a cell of a group', (count, images) => {
    const config = configOf({ data: { name: 'embedded', count } });
    expect(imagesAtMost(config, dataset)).toBe(images);
    expect(largestGroup(config, dataset)).toBe(2 * images);
  });
});

describe('the cells of an image', () => {
  it('are every combination once: methods, then attacks, then ε as the config has them', () => {
    const order = cellsOf(configOf(), 7).map(({ method, attack, epsilon }) => [
      method,
      attack,
      epsilon,
    ]);
    expect(order).toEqual([
      ...[0, 1, 2].flatMap((attack) => [4, 0.5].map((epsilon) => [0, attack, epsilon])),
      ...[0, 1, 2].flatMap((attack) => [4, 0.5].map((epsilon) => [1, attack, epsilon])),
    ]);
    expect(cellsOf(configOf(), 7).every(({ image }) => image === 7)).toBe(true);
  });

  it('are on the explanations that an attack names', () => {
    const config = configOf({
      attack: ['random-sign', { name: 'top-k', explain: 'gradient-x-input' }],
      epsilon: 4,
    });
    expect(cellsOf(config, 7).map(({ method, attack }) => [method, attack])).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
  });

  it('have keys of their own, whatever characters the ids hold', () => {
    const words = ['a', 'b', 'a,b', 'a"', '"a', '', '["a"', 'a|b', '猫', '1'];
    const keys = words.flatMap((image) =>
      words.flatMap((method) =>
        words.flatMap((attack) =>
          [1, 8].map((epsilon) => cellKey({ image, method, attack, epsilon })),
        ),
      ),
    );
    expect(new Set(keys).size).toBe(2 * words.length ** 3);
  });

  it.each([
    ['random-sign', ['dissimilarity', 'center'], 1, 1],
    [{ name: 'top-k', iterations: 60 }, 'intersection', 1, 60],
    [{ name: 'top-k', iterations: 60 }, ['dissimilarity', 'intersection', 'center'], 3, 60],
    [{ name: 'mass-center', select: ['center'] }, ['dissimilarity', 'intersection'], 1, 300],
  ])('of %j selected by %j are %i rows and %i steps each', (attack, select, rows, steps) => {
    const config = configOf({ attack: [attack], select });
    expect(rowsPerCell(config, 0)).toBe(rows);
    expect(stepsOf(config, 0)).toBe(steps);
  });
});

describe('the order of candidates', () => {
  const order = candidateOrder(configOf({ seed: 3 }), 50);

  it('is a permutation', () => {
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
  ])('does not depend on %j', (change) => {
    expect(candidateOrder(configOf({ seed: 3, ...change }), 50)).toEqual(order);
  });

  it('depends on the seed', () => {
    expect(candidateOrder(configOf({ seed: 4 }), 50)).not.toEqual(order);
  });
});
