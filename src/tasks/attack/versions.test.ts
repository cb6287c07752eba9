// The versions of what a config of attacks uses.
import { describe, expect, it } from 'vitest';
import { methodNames, methods } from '../../config/methods.js';
import { PREPROCESSING_VERSION } from '../../data/resize.js';
import { attacks } from './items.js';
import { metricNames, metrics } from './metrics.js';
import { QUANTISE_VERSION } from './quantise.js';
import { attackConfig } from './testing/config.js';
import { ATTACK_TASK_VERSION, attackConfigVersions } from './versions.js';

describe('the versions of what a config uses', () => {
  const versionsOf = async (change: object) =>
    attackConfigVersions(
      await attackConfig({
        ...{ name: 't', model: 'cifar-cnn', data: 'embedded' },
        ...{ explain: 'gradient', attack: 'top-k', epsilon: 8, ...change },
      }),
    );
  /** The names in the versions of one kind of thing. */
  const namesOf = async (kind: string, change: object) =>
    Object.keys(await versionsOf(change)).flatMap((what) =>
      what.startsWith(`${kind} `) ? what.slice(kind.length + 1) : [],
    );
  const metricsBut = (...kinds: readonly string[]) =>
    metricNames.filter((name) => !kinds.includes(metrics[name].of)).sort();

  it('have the task’s, that of preprocessing, and those of its method and its attack', async () => {
    expect(await versionsOf({})).toMatchObject({
      'task attack': ATTACK_TASK_VERSION,
      preprocessing: PREPROCESSING_VERSION,
      'method gradient': methods.gradient.version,
      'attack top-k': attacks['top-k'].version,
      'metric pcc': metrics.pcc.version,
    });
  });

  it.each(methodNames)('have the method %s where it is used, and only there', async (name) => {
    expect(await namesOf('method', { explain: name })).toEqual(
      name === 'smoothgrad' ? ['smoothgrad', 'gradient'] : [name],
    );
  });

  it.each([
    [
      ['lrp', { name: 'deeplift', smooth: { beta: 1 } }],
      ['lrp', 'deeplift'],
    ],
    [{ name: 'smoothgrad', of: 'deeplift' }, ['smoothgrad', 'deeplift']],
    [
      [{ name: 'smoothgrad', of: { name: 'deeplift' } }, 'lrp'],
      ['smoothgrad', 'deeplift', 'lrp'],
    ],
  ])('have every method of %j, and those that smoothgrad averages', async (explain, expected) => {
    expect(await namesOf('method', { explain })).toEqual(expected);
  });

  it.each([
    ['random-sign', ['random-sign'], ['target', 'region']],
    [
      ['top-k', 'mass-center'],
      ['top-k', 'mass-center'],
      ['target', 'region'],
    ],
    [{ name: 'target-region', box: [0, 0, 9, 9] }, ['target-region'], ['target']],
    [['top-k', 'match-target'], ['top-k', 'match-target'], ['region']],
  ])(
    'have the attacks of %j, and the metrics that such attacks have',
    async (attack, expected, missing) => {
      expect(await namesOf('attack', { attack })).toEqual(expected);
      const used = await namesOf('metric', { attack });
      expect(used.sort()).toEqual(metricsBut(...missing));
      expect(used.includes('target_pcc')).toBe(expected.includes('match-target'));
    },
  );

  /** What deeplift, lrp and deep-taylor are of where all of their uses are as they were first. */
  const first = { 'method deeplift': 1, 'method lrp': 1, 'method deep-taylor': 1 };
  const explain = ['deeplift', 'lrp', 'deep-taylor'];
  const onSoftplus = { name: 'deeplift', surrogate: { beta: 50 } };

  it.each([
    ['on ReLU', 'vgg16-cifar10', explain, 'top-k', {}],
    [
      'on a DenseNet',
      'densenet121',
      explain,
      'top-k',
      { 'method lrp': 2, 'method deep-taylor': 2 },
    ],
    [
      'averaged on one',
      'densenet121',
      [{ name: 'smoothgrad', of: 'lrp' }, ...explain.slice(2), 'deeplift'],
      'top-k',
      { 'method lrp': 2, 'method deep-taylor': 2 },
    ],
    ['on Inception', 'inception_v3', explain, 'top-k', {}],
    [
      'on softplus',
      'vgg16-cifar10',
      [onSoftplus, ...explain.slice(1)],
      'top-k',
      { 'method deeplift': 2 },
    ],
    [
      'smoothed',
      'vgg16-cifar10',
      [{ name: 'deeplift', smooth: { beta: 1 } }, ...explain.slice(1)],
      'top-k',
      { 'method deeplift': 2 },
    ],
    [
      'on both',
      'vgg16-cifar10',
      [{ ...onSoftplus, id: 'a' }, ...explain],
      'top-k',
      { 'method deeplift': 2 },
    ],
    [
      'with directions on softplus',
      'vgg16-cifar10',
      explain,
      { name: 'match-target', beta: 30 },
      { 'method deeplift': 2 },
    ],
    ['on softplus without pools', 'cifar-cnn', [onSoftplus, ...explain.slice(1)], 'top-k', {}],
  ])(
    'raise a method’s where its maps are other ones: %s',
    async (_, model, explain, attack, raised) => {
      const bound = attack === 'top-k' ? { epsilon: 8 } : { epsilon: undefined };
      const change = { model, explain, attack, ...bound };
      expect(await versionsOf(change)).toMatchObject({ ...first, ...raised });
    },
  );

  it.each([
    [[{ name: 'top-k', quantise: true }, 'random-sign'], QUANTISE_VERSION],
    [['top-k', 'random-sign'], undefined],
  ])('have that of rounding where an attack rounds: %j', async (attack, expected) => {
    expect((await versionsOf({ attack })).quantise).toBe(expected);
  });
});
