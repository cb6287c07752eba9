// Configs given as values, and that whatever they leave out is filled in from tables that results are told apart by.
import { describe, expect, it } from 'vitest';
import { cifarCnn } from '../model/cifar-cnn.js';
import { models } from '../model/registry.js';
import { identityHash } from '../record/identity.js';
import { attacks } from '../tasks/attack/items.js';
import { metrics } from '../tasks/attack/metrics.js';
import { attackConfig } from '../tasks/attack/testing/config.js';
import { attackConfigVersions } from '../tasks/attack/versions.js';
import { methods, single } from './methods.js';
import { semanticsFields } from './semantics.js';

const given = {
  name: 't',
  model: 'cifar-cnn',
  data: 'embedded',
  explain: 'gradient',
  attack: 'random-sign',
  epsilon: 8,
};

describe('a config given as values', () => {
  it('has every default', async () => {
    expect((await attackConfig(given)).model).toEqual({
      name: 'cifar-cnn',
      width: 1,
      input: { height: 32, width: 32, scale: 255, mean: { parameter: 'mean' }, std: [1, 1, 1] },
      classes: 10,
    });
  });

  it('can be changed like one in a file', async () => {
    const { model, epsilon } = await attackConfig(given, ['model.width=0.5', 'epsilon=[1, 2]']);
    expect([model.width, epsilon]).toEqual([0.5, [1, 2]]);
  });

  it.each<[string, object, string[], RegExp]>([
    [
      'its form',
      { model: 'vgg' },
      [],
      /^--model: model\.name: "vgg", expected one of squeezenet1_0/,
    ],
    ['other fields', { attack: { name: 'top-k', k: 1025 } }, [], /^--attack: attack\.0\.k: 1025, /],
    ['its form by a change', {}, ['model=vgg'], /^--set model=vgg: model\.name: "vgg", expected/],
    [
      'other fields by a change',
      { attack: 'top-k' },
      ['attack.0.k=1025'],
      /^--set attack\.0\.k=1025: attack\.0\.k: 1025, /,
    ],
  ])(
    'that does not fit %s is a mistake of what gave the field',
    async (_, change, changes, message) => {
      await expect(attackConfig({ ...given, ...change }, changes)).rejects.toThrow(message);
    },
  );
});

describe('the hash of a config that leaves a field out', () => {
  const hashOf = async (change: object) => {
    const config = await attackConfig({ ...given, ...change });
    return identityHash(config, attackConfigVersions(config));
  };
  const matching = { attack: 'match-target', epsilon: undefined };
  const cnn = models['cifar-cnn'];

  /** The network with another unit of its pixels. */
  const rescaled = () => {
    const network = cifarCnn('cifar-cnn', 'relu', {});
    const [first, ...layers] = network.layers;
    return { ...network, layers: [{ ...first!, scale: 1 }, ...layers] };
  };

  it.each<[what: string, table: object, field: string, value: unknown, uses: object, not: object]>([
    ['β of a model', cnn, 'surrogateBeta', 49, {}, { explain: 'lrp' }],
    ['β of match-target on a model', cnn, 'matchBeta', { from: 9, to: 100 }, matching, {}],
    ['the scaling of pictures of a model', cnn, 'resize', 40, {}, { model: 'resnet20-cifar10' }],
    ['k of a model', cnn, 'k', 99, {}, { model: 'squeezenet1_1' }],
    ['an option of a model', cnn, 'options', { width: 2 }, {}, { model: 'cifar-cnn-softplus' }],
    ['the preprocessing of a model', cnn, 'build', rescaled, {}, { model: 'cifar-cnn-softplus' }],
    [
      'a field of a method',
      single['guided-backprop'],
      'defaults',
      () => ({ relevanceBeta: 9 }),
      { explain: 'guided-backprop' },
      { explain: { name: 'gradient' } },
    ],
    [
      'a field of a method that smoothgrad averages',
      single['integrated-gradients'],
      'defaults',
      () => ({ steps: 100, direction: { steps: 99 } }),
      { explain: { name: 'smoothgrad', of: 'integrated-gradients' } },
      { explain: 'smoothgrad' },
    ],
    [
      'a field of smoothgrad',
      methods.smoothgrad,
      'defaults',
      () => ({ of: { name: 'gradient' }, samples: 50, noise: 0.1, direction: { steps: 10 } }),
      { explain: 'smoothgrad' },
      {},
    ],
    [
      'the published rate of a method',
      single.gradient,
      'rates',
      { plain: 2e-3, smooth: 2.5e-4 },
      matching,
      { ...matching, explain: { name: 'gradient', smooth: { beta: 1 } } },
    ],
    [
      'whether a method needs a surrogate',
      single.lrp,
      'ownDirection',
      undefined,
      { explain: 'lrp' },
      { explain: { name: 'lrp', surrogate: 'none' } },
    ],
    [
      'a field of semantics',
      semanticsFields.ties,
      'paper',
      'last',
      { attack: 'top-k' },
      { semantics: 'authors' },
    ],
    [
      'the version of a method',
      single.deeplift,
      'version',
      1001,
      { explain: { name: 'smoothgrad', of: 'deeplift' } },
      { explain: ['lrp', 'smoothgrad'] },
    ],
    ['the version of an attack', attacks['top-k'], 'version', 1001, { attack: 'top-k' }, {}],
    ['the version of a metric', metrics.target_pcc, 'version', 1001, matching, {}],
  ])('changes with %s, where it is used', async (_, table, field, value, uses, not) => {
    const before = [await hashOf(uses), await hashOf(not)];
    const fields = table as Record<string, unknown>;
    const kept = fields[field];
    fields[field] = value;
    try {
      expect(await hashOf(uses)).not.toBe(before[0]);
      expect(await hashOf(not)).toBe(before[1]);
    } finally {
      fields[field] = kept;
    }
    expect(await hashOf(uses)).toBe(before[0]);
  });

  it.each<[string, object, object]>([
    ['β', {}, { surrogate: { beta: 50 } }],
    [
      'β of match-target',
      matching,
      { attack: { name: 'match-target', beta: { from: 10, to: 100 } } },
    ],
    ['a rate', matching, { attack: { name: 'match-target', rate: 1e-3 } }],
    ['k', {}, { metrics: { k: 100 } }],
    ['a width', {}, { model: { name: 'cifar-cnn', width: 1 } }],
    ['a size', {}, { data: { name: 'embedded', resize: 32 } }],
    ['a preset', {}, { semantics: 'paper' }],
    ['a split', { data: 'cifar-10' }, { data: { name: 'cifar-10', split: 'test' } }],
    [
      'averages',
      { explain: 'smoothgrad' },
      {
        explain: {
          ...{ name: 'smoothgrad', of: { name: 'gradient' }, samples: 50, noise: 0.05 },
          direction: { steps: 10 },
        },
      },
    ],
  ])('is that of one that says it: %s', async (_, silent, said) => {
    expect(await hashOf({ ...silent, ...said })).toBe(await hashOf(silent));
  });
});
