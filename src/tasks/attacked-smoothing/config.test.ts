// Configs of attacks on smoothed explanations: defaults and mistakes.
import { describe, expect, it } from 'vitest';
import { type Mistake, useConfigFiles } from '../testing/config-files.js';
import type { AttackedSmoothingConfig } from './config.js';

const { load, expectMistake } = useConfigFiles();

const text = (explain: string, ...lines: readonly string[]) =>
  [
    ...['name: t', 'task: attacked-smoothing', 'model: cifar-cnn', 'data: embedded'],
    ...[`explain: ${explain}`, ...lines, ''],
  ].join('\n');
const both = '[gradient, { name: gradient, id: smooth, smooth: { beta: 3 } }]';

describe('a config of attacked smoothing', () => {
  it('attacks every explanation at the published settings', async () => {
    const { attack } = await load<AttackedSmoothingConfig>(text(both));
    expect(attack).toMatchObject([
      {
        ...{ id: 'match-target', iterations: 1500, keep: 'last' },
        directions: {
          gradient: { rate: 1e-3, beta: { from: 10, to: 100 } },
          smooth: { rate: 2.5e-4, beta: 3 },
        },
      },
    ]);
    expect(attack[0]).not.toHaveProperty('explain');
  });

  it('has attacks on some explanations, with settings of their own', async () => {
    const { attack } = await load<AttackedSmoothingConfig>(
      text(
        both,
        'attack: [{ name: match-target, id: a, explain: gradient }, { name: match-target, id: b, explain: [smooth], iterations: 5, rate: 0.1 }]',
      ),
    );
    expect(attack.map(({ explain, directions }) => [explain, Object.keys(directions)])).toEqual([
      [['gradient'], ['gradient']],
      [['smooth'], ['smooth']],
    ]);
    expect(attack[1]).toMatchObject({ iterations: 5, directions: { smooth: { rate: 0.1 } } });
  });

  it.each<Mistake>([
    [
      'β of 0',
      text('{ name: gradient, smooth: { beta: 0 } }'),
      'c.yaml:5: explain.0.smooth.beta: 0, expected a number above 0',
    ],
    [
      'an attack on no explanation of the list',
      text(both, 'attack: { name: match-target, explain: lrp }'),
      'attack.0.explain: lrp, expected one of gradient, smooth',
    ],
    [
      'an explanation without an attack',
      text(both, 'attack: { name: match-target, explain: smooth }'),
      'explain.0: gradient, expected an attack on every explanation',
    ],
    ['another attack', text(both, 'attack: top-k'), 'attack.0.name: "top-k", expected one of'],
    [
      'a target that is no pair',
      text(both, 'attack: { name: match-target, target: cat.png }'),
      'attack.0.target: unknown key',
    ],
    [
      'pairs beside a count',
      text(both).replace('data: embedded', 'data: { name: embedded, count: 2, pairs: 2 }'),
      'data.pairs: 2, expected at most one of count and pairs',
    ],
  ])('refuses %s', async (...mistake) => {
    await expectMistake(mistake);
  });
});
