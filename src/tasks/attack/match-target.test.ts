// match-target in a config: the published settings where a config says nothing, the rate and β of directions on each
// explanation, and mistakes.
import { describe, expect, it } from 'vitest';
import { config, type Mistake, useConfigFiles } from '../testing/config-files.js';
import type { MatchTargetItem } from './items.js';
import { attackConfig } from './testing/config.js';

const { load, expectMistake } = useConfigFiles();

it('is filled in as published, with pairs for targets and no bound', async () => {
  const resolved = await load(
    config({
      data: 'data: { name: embedded, pairs: 3 }',
      attack:
        'attack: [match-target, { name: match-target, id: other, output: scores, keep: best, target: { image: i.png }, beta: { from: 1, to: 2 }, epsilon: 4 }]',
      epsilon: '',
    }),
  );
  const common = { name: 'match-target', quantise: false, iterations: 1500 };
  expect(resolved.attack).toEqual([
    {
      ...common,
      id: 'match-target',
      evaluate: { every: 1500 },
      weights: [1e11, 1e6],
      output: 'softmax',
      keep: 'last',
      target: 'pairs',
      directions: { gradient: { rate: 1e-3, beta: { from: 10 / 57, to: 100 / 57 } } },
    },
    {
      ...common,
      id: 'other',
      evaluate: { every: 1 },
      weights: [1e11, 10],
      output: 'scores',
      keep: 'best',
      target: { image: 'i.png' },
      epsilon: 4,
      directions: { gradient: { rate: 1e-3, beta: { from: 1, to: 2 } } },
    },
  ]);
  expect(resolved).not.toHaveProperty('epsilon');
  expect(resolved.data).toEqual({
    name: 'embedded',
    count: 3,
    correct: true,
    resize: { shortSide: 256, unless: 227 },
  });
});

describe('evaluates', () => {
  it.each([
    ['the last iterate alone, if it is kept', {}, {}, 7],
    ['every one, if the best is kept', { keep: 'best' }, {}, 1],
    ['as often as the config says', {}, { evaluate: { every: 3 } }, 3],
    ['as often as it says itself', { evaluate: { every: 2 } }, { evaluate: { every: 3 } }, 2],
  ])('%s', async (_, own, all, every) => {
    const { attack } = await attackConfig({
      ...{ name: 't', model: 'cifar-cnn', data: 'embedded', explain: 'gradient' },
      ...{ attack: { name: 'match-target', iterations: 7, ...own }, ...all },
    });
    expect(attack[0]).toMatchObject({ evaluate: { every } });
  });
});

/** Rates and β of a config's first attack, by the ids of explanations. */
async function directionsOf(change: Record<string, unknown>, attack: object = {}) {
  const resolved = await attackConfig({
    ...{ name: 't', model: 'cifar-cnn', data: 'embedded', explain: 'gradient' },
    ...{ attack: { name: 'match-target', ...attack }, ...change },
  });
  return (resolved.attack[0] as MatchTargetItem).directions;
}

describe('directions', () => {
  const smooth = { beta: 0.8 };
  const published = { from: 10, to: 100 };
  const methods = [
    'gradient',
    { name: 'lrp', id: 'sharp' },
    { name: 'lrp', id: 'smooth', smooth },
    { name: 'gradient', id: 'own', surrogate: { beta: 5 } },
    { name: 'smoothgrad', of: 'deep-taylor' },
  ];

  it('are of the published rate and β for each explanation', async () => {
    expect(await directionsOf({ explain: methods })).toEqual({
      gradient: { rate: 1e-3, beta: published },
      sharp: { rate: 2e-4, beta: 'none' },
      smooth: { rate: 2e-4, beta: 0.8 },
      own: { rate: 1e-3, beta: 5 },
      smoothgrad: { rate: 3e-4, beta: 'none' },
    });
  });

  it('are of the rate and β that the attack says, β of smoothed maps and of explanations aside', async () => {
    expect(await directionsOf({ explain: methods }, { rate: 7, beta: 4 })).toEqual({
      gradient: { rate: 7, beta: 4 },
      sharp: { rate: 7, beta: 4 },
      smooth: { rate: 7, beta: 0.8 },
      own: { rate: 7, beta: 5 },
      smoothgrad: { rate: 7, beta: 4 },
    });
  });

  it('are on the explanations that it attacks, and no others', async () => {
    const of = await directionsOf({
      explain: methods,
      attack: [
        { name: 'match-target', explain: ['own', 'smooth', 'sharp'], beta: 4 },
        { name: 'match-target', id: 'rest' },
      ],
    });
    expect(of).toEqual({
      sharp: { rate: 2e-4, beta: 4 },
      smooth: { rate: 2e-4, beta: 0.8 },
      own: { rate: 1e-3, beta: 5 },
    });
  });

  it.each([
    ['the model', { model: 'densenet121' }, {}, { from: 30, to: 300 }],
    ['the config', { surrogate: { beta: 6 } }, {}, 6],
    ['the config, none', { surrogate: 'none' }, {}, 'none'],
    ['the attack before the config', { surrogate: { beta: 6 } }, { beta: 4 }, 4],
    ['the attack, none', { surrogate: { beta: 6 } }, { beta: 'none' }, 'none'],
    [
      'the explanation before the attack',
      { explain: { name: 'gradient', surrogate: 'none' } },
      { beta: 4 },
      'none',
    ],
    ['a smooth network, which needs none', { model: 'cifar-cnn-softplus' }, {}, 'none'],
    [
      'a smooth network with a surrogate of its own',
      { model: 'cifar-cnn-softplus', surrogate: { beta: 9 } },
      {},
      9,
    ],
  ])('are of the β of %s', async (_, change, attack, beta) => {
    expect(Object.values(await directionsOf(change, attack))[0]!.beta).toEqual(beta);
  });

  it('are said in no other field', async () => {
    const { attack } = await attackConfig({
      ...{ name: 't', model: 'cifar-cnn', data: 'embedded', explain: 'gradient' },
      attack: { name: 'match-target', rate: 7, beta: 4 },
    });
    expect(attack[0]).not.toHaveProperty('rate');
    expect(attack[0]).not.toHaveProperty('beta');
  });
});

describe('a mistake in match-target', () => {
  it.each<Mistake>([
    [
      'β that is none of its forms',
      config({ attack: 'attack: { name: match-target, beta: { from: 1 } }', epsilon: '' }),
      'c.yaml:5: attack.0.beta: {"from":1}, expected none, a number above 0, { from: number, to: number } to grow, or { from: number, to: number, drawn: true }',
    ],
    [
      'weights that are not two',
      config({ attack: 'attack: { name: match-target, weights: [1] }', epsilon: '' }),
      'c.yaml:5: attack.0.weights: [1], expected [weight of the map, weight of the output], numbers from 0',
    ],
    [
      'a target that is none',
      config({ attack: 'attack: { name: match-target, target: { file: a } }', epsilon: '' }),
      'c.yaml:5: attack.0.target: {"file":"a"}, expected pairs, the file of a gray picture, or { image: FILE }',
    ],
  ])('%s', (...of) => expectMistake(of));
});
