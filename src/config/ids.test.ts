// Ids of items: their names unless told, and ids that two items share.
import { describe, expect, it } from 'vitest';
import { config, type Mistake, useConfigFiles } from '../tasks/testing/config-files.js';

const { load, expectMistake } = useConfigFiles();

it('an id is the item’s name, unless told', async () => {
  const { explain, attack } = await load(
    config({
      explain: 'explain: [lrp, { name: lrp, id: other, surrogate: { beta: 2 } }]',
      attack: 'attack: [{ name: top-k, id: few, k: 3 }, top-k]',
    }),
  );
  expect(explain.map(({ id }) => id)).toEqual(['lrp', 'other']);
  expect(attack.map(({ id }) => id)).toEqual(['few', 'top-k']);
});

describe('one id of several items is a mistake that proposes others', () => {
  it.each<Mistake>([
    [
      'two attacks of one name',
      config({ attack: 'attack:\n  - top-k\n  - { name: top-k, iterations: 60 }' }),
      'c.yaml:7: attack.1: two items have the id top-k, expected ids such as top-k-1 and top-k-iterations60',
    ],
    [
      'two methods of one name',
      config({
        explain:
          'explain: [{ name: integrated-gradients, steps: 30 }, { name: integrated-gradients, steps: 100 }]',
      }),
      'c.yaml:4: explain.1: two items have the id integrated-gradients, expected ids such as integrated-gradients-steps30 and integrated-gradients-steps100',
    ],
    [
      'a method and its smoothed form',
      config({ explain: 'explain: [gradient, { name: gradient, smooth: { beta: 0.8 } }]' }),
      'c.yaml:4: explain.1: two items have the id gradient, expected ids such as gradient-1 and gradient-beta0.8',
    ],
    [
      'two items of one id',
      config({ attack: 'attack: [{ name: top-k, id: a }, { name: mass-center, id: a }]' }),
      'c.yaml:5: attack.1: two items have the id a, expected ids such as',
    ],
  ])('%s', (...of) => expectMistake(of));
});
