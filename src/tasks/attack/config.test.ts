// A config of attacks: its defaults, and what must hold between its fields.
import { describe, expect, it } from 'vitest';
import { paperSemantics } from '../../config/semantics.js';
import { config, type Mistake, useConfigFiles } from '../testing/config-files.js';
import { attackNames } from './items.js';

const { load, expectMistake } = useConfigFiles();

describe('a config', () => {
  it('gets every default', async () => {
    expect(await load(config())).toEqual({
      name: 't',
      task: 'attack',
      seed: 1,
      model: {
        name: 'squeezenet1_1',
        pool: 'ceil',
        input: { height: 227, width: 227, scale: 1, mean: [123, 117, 104], std: [1, 1, 1] },
        classes: 1000,
      },
      data: {
        name: 'embedded',
        count: 'max',
        correct: true,
        resize: { shortSide: 256, unless: 227 },
      },
      explain: [{ id: 'gradient', name: 'gradient', surrogate: { beta: 1 } }],
      attack: [
        {
          id: 'top-k',
          name: 'top-k',
          k: 1000,
          iterations: 300,
          step: 0.5,
          quantise: false,
          evaluate: { every: 1 },
          select: ['dissimilarity'],
        },
      ],
      epsilon: [8],
      metrics: { k: 1000 },
      semantics: paperSemantics,
      save: { images: 0, trace: false },
      engine: { name: 'auto' },
      output: 'results/t',
    });
  });

  it.each([
    ['the model', { model: 'model: cifar-cnn' }, [], [100, 100]],
    ['metrics', {}, ['metrics: { k: 50 }'], [50, 50]],
    ['the attack', { attack: 'attack: { name: top-k, k: 7 }' }, [], [1000, 7]],
    [
      'the attack before metrics',
      { attack: 'attack: { name: top-k, k: 7 }' },
      ['metrics: { k: 50 }'],
      [50, 7],
    ],
  ])('takes k from %s', async (_, change, more, ks) => {
    const { metrics, attack } = await load(config(change, ...more));
    expect([metrics.k, (attack[0] as { k?: number }).k]).toEqual(ks);
  });

  it('hands select and evaluate down to the attacks that do not have their own', async () => {
    const { attack } = await load(
      config(
        {
          attack:
            'attack: [random-sign, top-k, { name: mass-center, select: center, evaluate: { every: 2 } }]',
        },
        'select: [intersection, correlation]',
        'evaluate: { every: 5 }',
      ),
    );
    expect(attack).toMatchObject([
      { name: 'random-sign', quantise: false },
      { select: ['intersection', 'correlation'], evaluate: { every: 5 } },
      { select: ['center'], evaluate: { every: 2 } },
    ]);
    expect(attack[0]).not.toHaveProperty('select');
  });

  it('keeps regions, surrogates and where things are', async () => {
    const { attack, explain, model, data } = await load(
      config(
        {
          model: 'model: { name: squeezenet1_0, weights: w.safetensors, pool: floor }',
          data: 'data: { name: folder, path: pictures, resize: 256, crop: 227, count: 3, correct: false }',
          explain: 'explain: [{ name: gradient, surrogate: none }, lrp]',
          attack:
            'attack: [{ name: target-region, id: box, box: [0, 1, 227, 227] }, { name: target-region, id: mask, mask: m.png }, { name: target-region, id: slic, slic: { segments: 40, pick: 3 } }, { name: target-region, id: several, slic: { segments: 40, compactness: 2.5, pick: { a.png: 0, n/b.png: 7 } } }]',
        },
        'surrogate: { beta: 2.5 }',
      ),
    );
    expect(attack).toMatchObject([
      { box: [0, 1, 227, 227] },
      { mask: 'm.png' },
      { slic: { segments: 40, compactness: 10, pick: 3 } },
      { slic: { segments: 40, compactness: 2.5, pick: { 'a.png': 0, 'n/b.png': 7 } } },
    ]);
    expect(explain).toMatchObject([{ surrogate: 'none' }, { surrogate: { beta: 2.5 } }]);
    expect(model).toMatchObject({ name: 'squeezenet1_0', weights: 'w.safetensors', pool: 'floor' });
    expect(data).toEqual({
      name: 'folder',
      path: 'pictures',
      resize: 256,
      crop: 227,
      count: 3,
      correct: false,
    });
  });

  it('keeps the explanations that an attack is on, one as a list of one', async () => {
    const { attack } = await load(
      config({
        explain: 'explain: [gradient, lrp]',
        attack:
          'attack: [{ name: top-k, explain: lrp }, { name: random-sign, explain: [lrp, gradient] }, mass-center]',
      }),
    );
    expect(attack.map(({ explain }) => explain)).toEqual([['lrp'], ['lrp', 'gradient'], undefined]);
  });
});

describe('a mistake in attacks', () => {
  it.each<Mistake>([
    [
      'an unknown attack',
      config({ attack: 'attack: [fgsm]' }),
      `c.yaml:5: attack.0.name: "fgsm", expected one of ${attackNames.join(', ')}`,
    ],
    [
      'fewer than no images to keep',
      config({}, 'save: { images: -1 }'),
      'c.yaml:7: save.images: -1, expected at least 0',
    ],
    [
      'no ε for an attack that needs one',
      config({ epsilon: '' }),
      'c.yaml:1: epsilon: missing, expected a number or a list of numbers, since top-k needs a bound',
    ],
    [
      'an ε for none that takes it',
      config({ attack: 'attack: match-target' }),
      'c.yaml:6: epsilon: [8], expected none here: match-target has an epsilon of its own',
    ],
    [
      'an attack on an explanation that there is not',
      config({ attack: 'attack: { name: top-k, explain: [gradient, lrp] }' }),
      'c.yaml:5: attack.0.explain: lrp, expected one of gradient',
    ],
    [
      'an explanation that no attack is on',
      config({
        explain: 'explain: [gradient, lrp]',
        attack: 'attack: { name: top-k, explain: gradient }',
      }),
      'c.yaml:4: explain.1: lrp, expected an attack on every explanation',
    ],
    [
      'pairs without an attack that makes them',
      config({ data: 'data: { name: embedded, pairs: 2 }' }),
      'c.yaml:3: data.pairs: 2, expected only with an attack match-target whose target is pairs; count is the number of images',
    ],
    [
      'pairs and images',
      config({
        data: 'data: { name: embedded, pairs: 2, count: 2 }',
        attack: 'attack: match-target',
        epsilon: '',
      }),
      'c.yaml:3: data.pairs: 2, expected at most one of count and pairs',
    ],
    // what does not fit the model
    [
      'more pixels than there are',
      config({ attack: 'attack: { name: top-k, k: 60000 }' }),
      'c.yaml:5: attack.0.k: 60000, expected at most 51529, the pixels of a 227×227 map',
    ],
    [
      'more pixels for the metrics than there are',
      config({ model: 'model: cifar-cnn' }, 'metrics: { k: 1025 }'),
      'c.yaml:7: metrics.k: 1025, expected at most 1024, the pixels of a 32×32 map',
    ],
  ])('%s', (...of) => expectMistake(of));
});
