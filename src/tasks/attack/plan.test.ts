// The plan of an attack: which cells there are, in which order, and what each costs.
import { describe, expect, it } from 'vitest';
import { cellKey, cellsOf, rowsPerCell, stepsOf } from './plan.js';
import { attackConfig } from './testing/config.js';

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

describe('the cells of an image', () => {
  it('are every combination once: methods, then attacks, then ε as the config has them', async () => {
    const cells = cellsOf(await configOf(), 7, 3);
    const order = cells.map(({ method, attack, epsilon }) => [method, attack, epsilon]);
    expect(order).toEqual([
      ...[0, 1, 2].flatMap((attack) => [4, 0.5].map((epsilon) => [0, attack, epsilon])),
      ...[0, 1, 2].flatMap((attack) => [4, 0.5].map((epsilon) => [1, attack, epsilon])),
    ]);
    expect(cells.map(({ image, label }) => [image, label])).toEqual(cells.map(() => [7, 3]));
  });

  it('are on the explanations that an attack names', async () => {
    const config = await configOf({
      attack: ['random-sign', { name: 'top-k', explain: 'gradient-x-input' }],
      epsilon: 4,
    });
    expect(cellsOf(config, 7, 3).map(({ method, attack }) => [method, attack])).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
  });

  it('are of bounds of their own where match-target is, one or none, beside the config’s', async () => {
    const config = await configOf({
      explain: 'gradient',
      attack: [
        { name: 'match-target', id: 'free' },
        'top-k',
        { name: 'match-target', id: 'bound', epsilon: 3 },
      ],
    });
    expect(cellsOf(config, 7, 3).map(({ attack, epsilon }) => [attack, epsilon])).toEqual([
      [0, undefined],
      [1, 4],
      [1, 0.5],
      [2, 3],
    ]);
  });

  it('are those of match-target alone where the config has no ε', async () => {
    const config = await configOf({ attack: 'match-target', epsilon: undefined });
    expect(cellsOf(config, 7, 3)).toEqual([
      { image: 7, label: 3, method: 0, attack: 0, epsilon: undefined },
      { image: 7, label: 3, method: 1, attack: 0, epsilon: undefined },
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
    [{ name: 'match-target', iterations: 40 }, ['dissimilarity', 'intersection'], 1, 40],
  ])('of %j selected by %j are %i rows and %i steps each', async (attack, select, rows, steps) => {
    const config = await configOf({
      attack: [attack],
      select,
      epsilon: JSON.stringify(attack).includes('match-target') ? undefined : 1,
    });
    expect(rowsPerCell(config, 0)).toBe(rows);
    expect(stepsOf(config, 0)).toBe(steps);
  });
});
