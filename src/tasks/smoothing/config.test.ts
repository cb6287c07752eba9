// Configs of smoothing: defaults and mistakes.
import { describe, expect, it } from 'vitest';
import { type Mistake, useConfigFiles } from '../testing/config-files.js';
import type { SmoothingConfig } from './config.js';

const { load, expectMistake } = useConfigFiles();

const text = (...lines: readonly string[]) =>
  ['name: t', 'task: smoothing', 'data: embedded', 'explain: gradient', ...lines, ''].join('\n');
const read = (...lines: readonly string[]) => load<SmoothingConfig>(text(...lines));
const cifar = 'model: cifar-cnn';

describe('a config of smoothing', () => {
  it('has 17 β over two decades up to match-target’s largest, and noise up to 20 %', async () => {
    const { smoothing, attack, save } = await read(cifar);
    expect(smoothing.beta).toHaveLength(17);
    expect([smoothing.beta[0], smoothing.beta[8], smoothing.beta[16]]).toEqual([1, 10, 100]);
    expect(smoothing.noise).toEqual([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2]);
    expect(smoothing.samples).toBe(50);
    expect(save).toEqual({ images: 0 });
    expect(attack).toMatchObject([{ id: 'match-target', iterations: 1500, keep: 'last' }]);
    const squeezenet = await read('model: squeezenet1_1');
    expect(squeezenet.smoothing.beta[16]).toBeCloseTo(100 / 57, 3);
  });

  it('takes the settings of an attack and of smoothing', async () => {
    const config = await read(
      cifar,
      'attack: [{ name: match-target, iterations: 5, rate: 0.1 }, { name: match-target, id: b, beta: { from: 3, to: 30, drawn: true } }]',
      'smoothing: { beta: 3, noise: [], samples: 4 }',
    );
    expect(config.attack).toMatchObject([
      { iterations: 5, directions: { gradient: { rate: 0.1, beta: { from: 10, to: 100 } } } },
      { id: 'b', directions: { gradient: { beta: { from: 3, to: 30, drawn: true } } } },
    ]);
    expect(config.smoothing).toEqual({ beta: [3], noise: [], samples: 4 });
  });

  it('has attacks on some of the methods', async () => {
    const { attack } = await read(
      cifar,
      'attack: [{ name: match-target, explain: gradient }, { name: match-target, id: b, explain: [gradient] }]',
    );
    expect(attack.map(({ id, explain }) => [id, explain])).toEqual([
      ['match-target', ['gradient']],
      ['b', ['gradient']],
    ]);
  });

  it.each<Mistake>([
    ['β of 0', text(cifar, 'smoothing: { beta: 0 }'), 'c.yaml:6: smoothing.beta: 0, expected a'],
    ['β below 0', text(cifar, 'smoothing: { beta: [3, -1] }'), 'smoothing.beta.1: -1, expected a'],
    [
      'a β twice',
      text(cifar, 'smoothing: { beta: [3, 3] }'),
      'smoothing.beta: [3,3], expected each β once',
    ],
    [
      'noise in words',
      text(cifar, 'smoothing: { noise: much }'),
      'smoothing.noise: "much", expected a number above 0, or a list of such numbers, each a noise',
    ],
    [
      'nothing to smooth by',
      text(cifar, 'smoothing: { beta: [], noise: [] }'),
      'smoothing: no β and no noise, expected some to smooth by',
    ],
    [
      'a network with softplus',
      text('model: cifar-cnn-softplus'),
      'model: cifar-cnn-softplus, expected a network of ReLUs: it has none',
    ],
    [
      'a method that is smoothed already',
      text(cifar).replace('explain: gradient', 'explain: { name: gradient, smooth: { beta: 3 } }'),
      'explain.0.smooth: unknown key',
    ],
    [
      'SmoothGrad as a method',
      text(cifar).replace('explain: gradient', 'explain: smoothgrad'),
      'explain.0.name: "smoothgrad", expected one of gradient, ',
    ],
    [
      'an explanation without an attack',
      text(cifar, 'attack: { name: match-target, explain: lrp }').replace(
        'explain: gradient',
        'explain: [gradient, lrp]',
      ),
      'explain.0: gradient, expected an attack on every explanation',
    ],
    ['another attack', text(cifar, 'attack: top-k'), 'attack.0.name: "top-k", expected one of'],
    [
      'pairs beside a count',
      text(cifar).replace('data: embedded', 'data: { name: embedded, count: 2, pairs: 2 }'),
      'data.pairs: 2, expected at most one of count and pairs',
    ],
  ])('refuses %s', async (...mistake) => {
    await expectMistake(mistake);
  });
});
