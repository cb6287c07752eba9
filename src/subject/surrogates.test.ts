// The nonlinearities of explained networks and of surrogates, from what a config says.
import { describe, expect, it } from 'vitest';
import { paperSemantics } from '../config/semantics.js';
import type { Activation } from '../model/index.js';
import { attackConfig } from '../tasks/attack/testing/config.js';
import { directionActivation, explainedActivation, surrogateActivation } from './surrogates.js';

/** The nonlinearities of a config's first explanation: of its map, and of directions on it. */
async function activationsOf(change: object, own: Activation = 'relu') {
  const { explain, semantics } = await attackConfig({
    ...{ name: 't', model: 'cifar-cnn', data: 'embedded', explain: 'gradient' },
    ...{ attack: 'random-sign', epsilon: 8, ...change },
  });
  return {
    map: explainedActivation(explain[0]!, own, semantics),
    direction: directionActivation(explain[0]!, own, semantics),
  };
}
const directionOf = async (change: object, own?: Activation) =>
  (await activationsOf(change, own)).direction;

describe('a surrogate', () => {
  const gradient = (surrogate: unknown) => ({ name: 'gradient', surrogate });

  it.each([
    // the model's own
    ['squeezenet1_0', undefined, undefined, { softplus: 1 }],
    ['squeezenet1_1', undefined, undefined, { softplus: 1 }],
    ['cifar-cnn', undefined, undefined, { softplus: 50 }],
    ['resnet20-cifar10', undefined, undefined, { softplus: 50 }],
    // the config's
    ['cifar-cnn', { beta: 3 }, undefined, { softplus: 3 }],
    ['cifar-cnn', 'none', undefined, 'relu'],
    // the item's
    ['cifar-cnn', undefined, { beta: 7 }, { softplus: 7 }],
    ['cifar-cnn', { beta: 3 }, { beta: 7 }, { softplus: 7 }],
    ['cifar-cnn', 'none', { beta: 7 }, { softplus: 7 }],
    ['cifar-cnn', undefined, 'none', 'relu'],
    ['cifar-cnn', { beta: 3 }, 'none', 'relu'],
  ])(
    'of %s with %j in the config and %j in the item is %j',
    async (model, all, own, activation) => {
      const direction = await directionOf({
        model,
        ...(all === undefined ? {} : { surrogate: all }),
        explain: [own === undefined ? 'gradient' : gradient(own)],
      });
      expect(direction).toEqual(activation);
    },
  );

  describe.each([
    ['guided-backprop', { softplus: 50 }],
    ['pattern-attribution', { softplus: 50 }],
    ['gradient-x-input', { softplus: 50 }],
    ['integrated-gradients', { softplus: 50 }],
    ['lrp', 'relu'],
    ['deep-taylor', 'relu'],
    ['deeplift', 'relu'],
  ])('of %s', (name, activation) => {
    it.each([
      ['by default', { explain: [name] }, activation],
      [
        'with β of its own',
        { explain: [{ name, surrogate: { beta: 3 } }], surrogate: 'none' },
        { softplus: 3 },
      ],
      ['with β of all', { explain: [name], surrogate: { beta: 4 } }, { softplus: 4 }],
      ['with none of its own', { explain: [{ name, surrogate: 'none' }] }, 'relu'],
    ])('%s', async (_, change, expected) => {
      expect(await directionOf(change)).toEqual(expected);
    });
  });

  it.each([
    ['lrp', 'relu'],
    ['gradient', { softplus: 50 }],
    [{ name: 'guided-backprop' }, { softplus: 50 }],
  ])('of SmoothGrad of %j is as that of the method itself', async (of, expected) => {
    expect(await directionOf({ explain: [{ name: 'smoothgrad', of }] })).toEqual(expected);
  });

  it.each(['gradient', 'lrp', 'deeplift'])(
    'of a smoothed %s is the smooth network itself',
    async (name) => {
      const smooth = { name, id: 'smooth', smooth: { beta: 0.8 } };
      const surrogate = { beta: 3 };
      expect(await activationsOf({ explain: [smooth, name], surrogate })).toEqual({
        map: { softplus: 0.8 },
        direction: { softplus: 0.8 },
      });
      expect((await activationsOf({ explain: [name, smooth], surrogate })).map).toBe('relu');
    },
  );

  it('of an explanation with smooth pools has them too', async () => {
    const explain = [{ name: 'gradient', smooth: { beta: 0.8, pools: true } }];
    const smooth = { softplus: 0.8, pools: true };
    expect(await activationsOf({ explain })).toEqual({ map: smooth, direction: smooth });
  });

  it.each([
    [{}, { softplus: 1 }],
    [{ surrogate: 'none' }, { softplus: 1 }],
    [{ surrogate: { beta: 9 } }, { softplus: 9 }],
  ])(
    'of a smooth network is the network itself, unless one is asked for: %j',
    async (more, expected) => {
      const change = { model: 'cifar-cnn-softplus', ...more };
      expect(await directionOf(change, { softplus: 1 })).toEqual(expected);
    },
  );

  it.each([
    ['gradient', [gradient('none'), 'gradient-x-input'], 'relu'],
    ['gradient-x-input', ['gradient-x-input', gradient('none')], { softplus: 3 }],
  ])('of one method leaves the others theirs: %s', async (_, explain, expected) => {
    expect(await directionOf({ surrogate: { beta: 3 }, explain })).toEqual(expected);
  });
});

describe('semantics choose the derivative of ReLU at 0', () => {
  const smooth = { softplus: 0.8 };

  it.each([
    [0, 'lrp', 'relu', 'relu'],
    [1, 'lrp', 'open-relu', 'open-relu'],
    [1, 'gradient', 'open-relu', { softplus: 50 }],
    [1, { name: 'gradient', smooth: { beta: 0.8 } }, smooth, smooth],
  ])(
    '%i: of maps and of directions without a surrogate, on %j',
    async (reluAtZero, item, map, direction) => {
      expect(await activationsOf({ explain: [item], semantics: { reluAtZero } })).toEqual({
        map,
        direction,
      });
    },
  );

  it.each([
    ['none', 'relu', 'open-relu'],
    ['none', { softplus: 1 }, { softplus: 1 }],
    [{ beta: 2 }, 'relu', { softplus: 2 }],
  ] as const)('of the surrogate %j of a network of %j', (surrogate, own, expected) => {
    const semantics = { ...paperSemantics, reluAtZero: 1 as const };
    expect(surrogateActivation(surrogate, own, semantics)).toEqual(expected);
  });
});
