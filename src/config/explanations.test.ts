// The explanations of a config: the defaults of methods, the network that directions are taken on, and mistakes.
import { describe, expect, it } from 'vitest';
import { config, type Mistake, useConfigFiles } from '../tasks/testing/config-files.js';
import { explanations } from './explanations.js';
import { methodNames } from './methods.js';
import { paperSemantics } from './semantics.js';
import { resolveValues } from './values.js';

const { load, expectMistake } = useConfigFiles();

/** A config of explanations alone. */
const explained = (change: object) =>
  resolveValues(
    explanations,
    { name: 't', model: 'cifar-cnn', data: 'embedded', explain: 'gradient', ...change },
    [],
    ([field]) => `--${field}`,
  );

/** Items of `explain`, with every default filled in. */
const itemsOf = async (explain: unknown, change: object = {}) =>
  (await explained({ explain, ...change })).explain;

describe('explanations', () => {
  it('are a config by themselves, with every default', async () => {
    expect(await explained({})).toEqual({
      name: 't',
      seed: 1,
      model: {
        name: 'cifar-cnn',
        width: 1,
        input: { height: 32, width: 32, scale: 255, mean: { parameter: 'mean' }, std: [1, 1, 1] },
        classes: 10,
      },
      data: { name: 'embedded', count: 'max', correct: true, resize: 32 },
      explain: [{ id: 'gradient', name: 'gradient', surrogate: { beta: 50 } }],
      semantics: paperSemantics,
      engine: { name: 'auto' },
      output: 'results/t',
    });
  });

  it('take as many path points for a direction as for the map, unless told', async () => {
    const { explain } = await load(
      config({
        explain:
          'explain: [integrated-gradients, { name: integrated-gradients, id: ig, steps: 30, direction: { steps: 5 } }, { name: integrated-gradients, id: few, steps: 30 }]',
      }),
    );
    expect(explain).toMatchObject([
      { id: 'integrated-gradients', steps: 100, direction: { steps: 100 } },
      { id: 'ig', steps: 30, direction: { steps: 5 } },
      { id: 'few', steps: 30, direction: { steps: 30 } },
    ]);
  });

  it('rectify guided relevance with β 10, unless told', async () => {
    const { explain } = await load(
      config({
        explain:
          'explain: [guided-backprop, { name: guided-backprop, id: soft, relevanceBeta: 2 }, { name: pattern-attribution, patterns: p.safetensors }]',
      }),
    );
    const surrogate = { beta: 1 };
    expect(explain).toEqual([
      { name: 'guided-backprop', id: 'guided-backprop', relevanceBeta: 10, surrogate },
      { name: 'guided-backprop', id: 'soft', relevanceBeta: 2, surrogate },
      {
        name: 'pattern-attribution',
        id: 'pattern-attribution',
        patterns: 'p.safetensors',
        surrogate,
      },
    ]);
  });

  it.each([
    ['smoothgrad', { name: 'gradient' }, { samples: 50, noise: 0.05, direction: { steps: 10 } }],
    [
      { name: 'smoothgrad', of: 'integrated-gradients', samples: 7 },
      { name: 'integrated-gradients', steps: 100, direction: { steps: 100 } },
      { samples: 7, noise: 0.05, direction: { steps: 10 } },
    ],
    [
      {
        name: 'smoothgrad',
        of: { name: 'integrated-gradients', steps: 3 },
        noise: 0.5,
        direction: { steps: 2 },
      },
      { name: 'integrated-gradients', steps: 3, direction: { steps: 3 } },
      { samples: 50, noise: 0.5, direction: { steps: 2 } },
    ],
    [
      { name: 'smoothgrad', of: 'guided-backprop' },
      { name: 'guided-backprop', relevanceBeta: 10 },
      {},
    ],
  ])('of %j are averages over noise with the defaults of both', async (item, of, own) => {
    expect((await itemsOf([item]))[0]).toMatchObject({ name: 'smoothgrad', of, ...own });
  });
});

describe('an item of explain', () => {
  it.each(methodNames)('says which network directions are taken on: %s', async (name) => {
    const smooth = { beta: 0.8 };
    const [plain, smoothed] = await itemsOf([name, { name, id: 'smooth', smooth }]);
    expect(plain).toHaveProperty('surrogate');
    expect(plain).not.toHaveProperty('smooth');
    expect(smoothed).toMatchObject({ id: 'smooth', smooth });
    expect(smoothed).not.toHaveProperty('surrogate');
  });

  it.each([
    ['gradient', { beta: 2, pools: true }, { beta: 2, pools: true }],
    [{ name: 'smoothgrad' }, { beta: 2, pools: true }, { beta: 2, pools: true }],
    ['gradient', { beta: 2, pools: false }, { beta: 2 }],
    ['lrp', { beta: 2, pools: false }, { beta: 2 }],
  ])('smooths pools where it is told: %j, %j', async (method, smooth, expected) => {
    const item = typeof method === 'string' ? { name: method } : method;
    expect((await itemsOf([{ ...item, smooth }]))[0]!.smooth).toEqual(expected);
  });

  it.each([
    // the model's own
    ['squeezenet1_0', {}, 'gradient', { beta: 1 }],
    ['cifar-cnn', {}, 'gradient', { beta: 50 }],
    ['densenet121', {}, 'gradient', { beta: 150 }],
    ['cifar-cnn-softplus', {}, 'gradient', 'none'],
    ['cifar-cnn', {}, 'lrp', 'none'],
    ['cifar-cnn', {}, { name: 'smoothgrad', of: 'lrp' }, 'none'],
    ['cifar-cnn', {}, { name: 'smoothgrad' }, { beta: 50 }],
    // the config's
    ['cifar-cnn', { surrogate: { beta: 3 } }, 'gradient', { beta: 3 }],
    ['cifar-cnn', { surrogate: { beta: 3 } }, 'lrp', { beta: 3 }],
    ['cifar-cnn', { surrogate: 'none' }, 'gradient', 'none'],
    // the item's
    ['cifar-cnn', { surrogate: 'none' }, { name: 'gradient', surrogate: { beta: 7 } }, { beta: 7 }],
    ['cifar-cnn', { surrogate: { beta: 3 } }, { name: 'gradient', surrogate: 'none' }, 'none'],
    ['cifar-cnn-softplus', {}, { name: 'lrp', surrogate: { beta: 7 } }, { beta: 7 }],
  ])('of %s with %j: the surrogate of %j is %j', async (model, all, item, surrogate) => {
    const whole = await explained({ model, ...all, explain: [item] });
    expect(whole.explain[0]!.surrogate).toEqual(surrogate);
    // which is said nowhere else
    expect(whole).not.toHaveProperty('surrogate');
  });
});

describe('a mistake in explanations', () => {
  it.each<Mistake>([
    [
      'an unknown method',
      config({ explain: 'explain: [gradient, lrb]' }),
      `c.yaml:4: explain.1.name: "lrb", expected one of ${methodNames.join(', ')}`,
    ],
    [
      'a negative β',
      config({}, 'surrogate: { beta: -1 }'),
      'c.yaml:7: surrogate.beta: -1, expected a number above 0',
    ],
    [
      'a word for a surrogate',
      config({}, 'surrogate: relu'),
      'c.yaml:7: surrogate: "relu", expected none or { beta: number above 0 }',
    ],
    [
      'a smoothed method with a surrogate',
      config({ explain: 'explain: { name: lrp, smooth: { beta: 1 }, surrogate: { beta: 2 } }' }),
      'c.yaml:4: explain.0: lrp: expected at most one of smooth and surrogate, since a smoothed explanation needs no surrogate',
    ],
    [
      'a smoothing without β above 0',
      config({ explain: 'explain: { name: lrp, smooth: { beta: 0 } }' }),
      'c.yaml:4: explain.0.smooth.beta: 0, expected a number above 0',
    ],
    [
      'smooth pools of a method with a rule for their winners',
      config({ explain: 'explain: { name: deeplift, smooth: { beta: 1, pools: true } }' }),
      'c.yaml:4: explain.0.smooth.pools: true with deeplift, expected only with gradient, gradient-x-input, integrated-gradients, or smoothgrad of these',
    ],
    [
      'the same in smoothgrad',
      config({
        explain: 'explain: { name: smoothgrad, of: lrp, smooth: { beta: 1, pools: true } }',
      }),
      'c.yaml:4: explain.0.smooth.pools: true with lrp, expected only with',
    ],
    [
      'smoothgrad of smoothgrad',
      config({ explain: 'explain: { name: smoothgrad, of: smoothgrad }' }),
      'c.yaml:4: explain.0.of: "smoothgrad", expected one of gradient, gradient-x-input, ',
    ],
    [
      'smoothgrad of a smoothed method',
      config({
        explain: 'explain: { name: smoothgrad, of: { name: gradient, smooth: { beta: 1 } } }',
      }),
      'c.yaml:4: explain.0.of.smooth: unknown key, expected one of name',
    ],
    [
      'smoothgrad of a method with a field of another',
      config({ explain: 'explain: { name: smoothgrad, of: { name: lrp, steps: 3 } }' }),
      'c.yaml:4: explain.0.of.steps: unknown key, expected one of name',
    ],
  ])('%s', (...of) => expectMistake(of));
});
