import { describe, expect, it } from 'vitest';
import { networkOf } from '../../model/index.js';
import { identityHash } from '../../record/identity.js';
import { type Mistake, useConfigFiles } from '../testing/config-files.js';
import type { CurvatureConfig } from './config.js';
import { curvatureTask } from './task.js';

const { load, expectMistake } = useConfigFiles();

const text = (...lines: readonly string[]) =>
  ['name: t', 'task: curvature', 'data: embedded', ...lines, ''].join('\n');
const read = (...lines: readonly string[]) => load<CurvatureConfig>(text(...lines));

describe('a config of curvature', () => {
  it('has the network’s own β, max-pools and no paths, unless told', async () => {
    const config = await read('model: cifar-cnn-softplus');
    expect(config).toMatchObject({ task: 'curvature', beta: [1], seed: 1, output: 'results/t' });
    expect(config).not.toHaveProperty('pools');
    expect(config).not.toHaveProperty('paths');
    const same = await read('model: cifar-cnn-softplus', 'beta: 1', 'pools: false');
    const hash = (of: CurvatureConfig) =>
      identityHash(of, curvatureTask.versions(of, networkOf(of.model.name)));
    expect(hash(same)).toBe(hash(config));
  });

  it.each([
    ['beta: 3', { beta: [3] }],
    ['beta: [3, 0.5]', { beta: [3, 0.5] }],
    ['pools: true', { pools: true }],
    ['attack: {}', { attack: { epsilon: 4, step: 0.5, iterations: 300, k: 100 } }],
    ['attack: { epsilon: 8, k: 9, iterations: 5, step: 1 }', { attack: { epsilon: 8, k: 9 } }],
    ['paths: {}', { paths: { length: 1, step: 0.1 } }],
    ['paths: { length: 0.05 }', { paths: { length: 0.05, step: 0.05 } }],
    ['paths: { length: 3, step: 1 }', { paths: { length: 3, step: 1 } }],
  ])('takes %s', async (line, expected) => {
    expect(await read('model: cifar-cnn-softplus', line)).toMatchObject(expected);
  });

  it('has directions of the surrogate, which a network with softplus needs not', async () => {
    const lines = ['beta: 1', 'attack: {}'];
    expect((await read('model: cifar-cnn', ...lines)).attack!.beta).toBe(50);
    expect((await read('model: cifar-cnn-softplus', ...lines)).attack).not.toHaveProperty('beta');
  });

  it.each<Mistake>([
    [
      'no β for ReLUs',
      text('model: cifar-cnn'),
      'c.yaml:1: beta: missing, expected a number above 0, or a list of such numbers, since cifar-cnn has ReLUs',
    ],
    ['β of 0', text('model: cifar-cnn', 'beta: 0'), 'c.yaml:5: beta: 0, expected a number above 0'],
    [
      'a negative β among others',
      text('model: cifar-cnn', 'beta: [1, -2]'),
      'c.yaml:5: beta.1: -2, expected a number above 0',
    ],
    ['no β in a list', text('model: cifar-cnn', 'beta: []'), 'c.yaml:5: beta: '],
    ['a β twice', text('model: cifar-cnn', 'beta: [1, 1]'), 'expected each β once'],
    [
      'a step longer than the path',
      text('model: cifar-cnn', 'beta: 1', 'paths: { length: 1, step: 2 }'),
      'c.yaml:6: paths.step: 2, expected at most 1, the length of the path',
    ],
    [
      'a path without length',
      text('model: cifar-cnn', 'beta: 1', 'paths: { length: 0 }'),
      'c.yaml:6: paths.length: 0, expected a number above 0',
    ],
    [
      'more pixels than a map has',
      text('model: cifar-cnn', 'beta: 1', 'attack: { k: 1025 }'),
      'c.yaml:6: attack.k: 1025, expected at most 1024, the pixels of a map',
    ],
    [
      'explanations',
      text('model: cifar-cnn', 'beta: 1', 'explain: gradient'),
      'c.yaml:6: explain: unknown key',
    ],
  ])('refuses %s', (...of) => expectMistake(of));
});
