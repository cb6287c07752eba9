// The items of attack: which of them take steps, and mistakes in their fields.
import { describe, expect, it } from 'vitest';
import { config, type Mistake, useConfigFiles } from '../testing/config-files.js';
import { isIterative, isWalk } from './items.js';
import { attackConfig } from './testing/config.js';

const { expectMistake } = useConfigFiles();

describe('an item', () => {
  it.each([
    ['random-sign', 'paper', false, false],
    ['random-sign', 'authors', false, true],
    ['top-k', 'authors', true, false],
    ['mass-center', 'paper', true, false],
    ['match-target', 'paper', true, false],
  ])(
    '%s of semantics %s: an attack by iterates %s, a walk %s',
    async (name, semantics, iterative, walk) => {
      const { attack } = await attackConfig({
        ...{ name: 't', model: 'cifar-cnn', data: 'embedded', explain: 'gradient' },
        ...{ attack: name, semantics, ...(name === 'match-target' ? {} : { epsilon: 8 }) },
      });
      expect([isIterative(attack[0]!), isWalk(attack[0]!)]).toEqual([iterative, walk]);
    },
  );
});

describe('a mistake in how iterates are made and kept', () => {
  const rules = 'dissimilarity, intersection, correlation, center';

  it.each<Mistake>([
    [
      'an unknown selection rule',
      config({}, 'select: best'),
      `c.yaml:7: select: "best", expected one of ${rules}`,
    ],
    [
      'a rule twice',
      config({}, 'select: [center, center]'),
      'c.yaml:7: select: ["center","center"], expected each rule once',
    ],
    ['no rule', config({}, 'select: []'), 'c.yaml:7: select: [], expected at least one'],
    [
      'an evaluation every 0 steps',
      config({}, 'evaluate: { every: 0 }'),
      'c.yaml:7: evaluate.every: 0, expected at least 1',
    ],
    [
      'a step of 0',
      config({ attack: 'attack: { name: top-k, step: 0 }' }),
      'c.yaml:5: attack.0.step: 0, expected a number above 0',
    ],
    [
      'no iterations',
      config({ attack: 'attack: { name: top-k, iterations: 0 }' }),
      'c.yaml:5: attack.0.iterations: 0, expected at least 1',
    ],
  ])('%s', (...of) => expectMistake(of));
});

describe('a mistake in a region', () => {
  it.each<Mistake>([
    [
      'a box without area',
      config({ attack: 'attack: { name: target-region, box: [5, 5, 5, 9] }' }),
      'c.yaml:5: attack.0.box: [5, 5, 5, 9], expected top < bottom ≤ 227 and left < right ≤ 227',
    ],
    [
      'a box turned around',
      config({ attack: 'attack: { name: target-region, box: [0, 9, 5, 2] }' }),
      'c.yaml:5: attack.0.box: [0, 9, 5, 2], expected top < bottom',
    ],
    [
      'a box outside the image',
      config({
        model: 'model: cifar-cnn',
        attack: 'attack: { name: target-region, box: [0, 0, 33, 9] }',
      }),
      'c.yaml:5: attack.0.box: [0, 0, 33, 9], expected top < bottom ≤ 32',
    ],
    [
      'a box that begins outside',
      config({ attack: 'attack: { name: target-region, box: [-1, 0, 9, 9] }' }),
      'c.yaml:5: attack.0.box.0: -1, expected at least 0',
    ],
    [
      'a box of three',
      config({ attack: 'attack: { name: target-region, box: [1, 2, 3] }' }),
      'c.yaml:5: attack.0.box: [1,2,3], expected [top, left, bottom, right] in pixels',
    ],
    [
      'a region of nothing',
      config({ attack: 'attack: [random-sign, target-region]' }),
      'c.yaml:5: attack.1: target-region: expected exactly one of box, mask and slic',
    ],
    [
      'a region of two kinds',
      config({ attack: 'attack: { name: target-region, mask: m, box: [0, 0, 1, 1] }' }),
      'c.yaml:5: attack.0: target-region: expected exactly one of box, mask and slic',
    ],
    [
      'a superpixel without an index',
      config({ attack: 'attack: { name: target-region, slic: { segments: 9 } }' }),
      'c.yaml:5: attack.0.slic.pick: missing, expected the index of a region, from 0, or { image: index } for several images',
    ],
    [
      'a superpixel by a name',
      config({ attack: 'attack: { name: target-region, slic: { segments: 9, pick: cloud } }' }),
      'c.yaml:5: attack.0.slic.pick: "cloud", expected the index of a region, from 0, or { image: index } for several images',
    ],
    [
      'one superpixel',
      config({ attack: 'attack: { name: target-region, slic: { segments: 1, pick: 0 } }' }),
      'c.yaml:5: attack.0.slic.segments: 1, expected at least 2',
    ],
    [
      'no compactness',
      config({
        attack: 'attack: { name: target-region, slic: { segments: 9, compactness: 0, pick: 0 } }',
      }),
      'c.yaml:5: attack.0.slic.compactness: 0, expected a number above 0',
    ],
    [
      'more superpixels than pixels',
      config({ attack: 'attack: { name: target-region, slic: { segments: 60000, pick: 0 } }' }),
      "c.yaml:5: attack.0.slic.segments: 60000, expected at most 51529, the pixels of the network's input",
    ],
  ])('%s', (...of) => expectMistake(of));
});
