// From the words of a config to methods, dissimilarities and surrogates.

import { describe, expect, it } from 'vitest';
import { adamSteps, massCenterDissimilarity, signSteps } from '../attack/index.js';
import { jsonSchema } from '../config/json-schema.js';
import {
  deeplift,
  deepTaylor,
  gradient,
  gradientTimesInput,
  guidedBackprop,
  integratedGradients,
  lrp,
  type Method,
} from '../explain/index.js';
import { drawsOf } from '../explain/testing/draws.js';
import { boundOf, patternsOf } from '../explain/testing/maps.js';
import { input, print, program } from '../graph/index.js';
import { cifarCnn } from '../model/cifar-cnn.js';
import { type IterativeAttackItem, resolveConfig } from '../tasks/attack/config.js';
import {
  directionOf,
  dissimilarityOf,
  explainedOf,
  isIterative,
  methodOf,
  outputOf,
  stepsBy,
  surrogateOf,
} from './methods.js';

const configOf = (change: Record<string, unknown> = {}) =>
  resolveConfig({
    name: 't',
    model: 'cifar-cnn',
    data: 'embedded',
    explain: 'gradient',
    attack: 'random-sign',
    epsilon: 8,
    ...change,
  });
const network = cifarCnn('cifar-cnn', 'relu', { width: 0.125 });
const patterns = patternsOf(network);
const methodFor = (item: unknown) =>
  methodOf(configOf({ explain: [item] }).explain[0]!, boundOf(network), async () => patterns);
const attackFor = (item: unknown) => {
  const bound = JSON.stringify(item).includes('match-target') ? { epsilon: undefined } : {};
  return configOf({ attack: [item], ...bound }).attack[0] as IterativeAttackItem;
};

/** The plain words that a list of a config accepts. */
const wordsOf = (field: string): string[] => {
  const { anyOf } = jsonSchema() as {
    anyOf: { properties: Record<string, { anyOf: { anyOf: { enum: string[] }[] }[] }> }[];
  };
  return anyOf[0]!.properties[field]!.anyOf[0]!.anyOf[0]!.enum;
};

describe('a method', () => {
  it.each(wordsOf('explain'))('has the name it is asked for by: %s', async (name) => {
    expect((await methodFor(name)).name).toBe(name);
  });

  it('takes the points of its path from the config', async () => {
    const item = { name: 'integrated-gradients', steps: 8, direction: { steps: 2 } };
    const samples = (await methodFor(item)).samples!;
    expect([samples.count, samples.direction]).toEqual([8, 2]);
    expect(samples.fixed(drawsOf())).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((k) => Float32Array.of(k / 8)),
    );
    expect(samples.drawn(drawsOf())).toEqual([Float32Array.of(0.25), Float32Array.of(0.75)]);
  });
});

describe('smoothgrad', () => {
  it('wraps what it is told to, with its own samples and those of the wrapped', async () => {
    const of = { name: 'integrated-gradients', steps: 8, direction: { steps: 2 } };
    const item = { name: 'smoothgrad', of, samples: 20, direction: { steps: 3 } };
    const { samples } = await methodFor(item);
    expect([samples!.count, samples!.direction]).toEqual([160, 6]);
    expect((await methodFor('smoothgrad')).samples!.count).toBe(50);
  });

  it.each([
    ['lrp', 'relu'],
    ['gradient', { softplus: 50 }],
    [{ name: 'guided-backprop' }, { softplus: 50 }],
  ])('of %j takes its direction as that does', (of, expected) => {
    const config = configOf({ explain: [{ name: 'smoothgrad', of }] });
    expect(surrogateOf(config, config.explain[0]!, 'relu')).toEqual(expected);
  });

  it.each([
    ['smoothgrad', 'explain.0.of'],
    [{ name: 'gradient', smooth: { beta: 1 } }, 'explain.0.of'],
    [{ name: 'lrp', steps: 3 }, 'explain.0.of'],
  ])('does not wrap %j', (of, place) => {
    expect(() => configOf({ explain: [{ name: 'smoothgrad', of }] })).toThrow(place);
  });
});

describe('a dissimilarity', () => {
  const map = Float32Array.of(0.1, 0.4, 0.2, 0.3);
  const region = Float32Array.of(0, 1, 1, 0);

  it.each(wordsOf('attack'))('has the name of its attack: %s', (name) => {
    const item = attackFor(name === 'target-region' ? { name, box: [0, 0, 1, 1] } : name);
    // the one attack that maximises nothing
    expect(isIterative(item)).toBe(name !== 'random-sign');
    if (isIterative(item)) expect(dissimilarityOf(item, region, 10).name).toBe(name);
  });

  it('takes as many pixels as k says', () => {
    const topK = dissimilarityOf(attackFor({ name: 'top-k', k: 2 }), region, 10);
    expect(topK.clean(map, 2, 2)).toEqual({ top: Float32Array.of(0, 1, 0, 1) });
  });

  it('is of the region it is given', () => {
    const box = attackFor({ name: 'target-region', box: [0, 0, 1, 1] });
    expect(dissimilarityOf(box, region, 10).clean(map, 2, 2)).toEqual({ region });
  });
});

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
  ])('of %s with %j in the config and %j in the item is %j', (model, all, own, activation) => {
    const config = configOf({
      model,
      ...(all === undefined ? {} : { surrogate: all }),
      explain: [own === undefined ? 'gradient' : gradient(own)],
    });
    expect(surrogateOf(config, config.explain[0]!, 'relu')).toEqual(activation);
  });

  it.each([
    ['guided-backprop', { softplus: 50 }],
    ['pattern-attribution', { softplus: 50 }],
    ['gradient-x-input', { softplus: 50 }],
    ['integrated-gradients', { softplus: 50 }],
    ['lrp', 'relu'],
    ['deep-taylor', 'relu'],
    ['deeplift', 'relu'],
  ])('of %s is by default %j', (name, activation) => {
    const config = configOf({ explain: [name] });
    expect(surrogateOf(config, config.explain[0]!, 'relu')).toEqual(activation);
    // either can be asked for
    const set = configOf({ explain: [{ name, surrogate: { beta: 3 } }], surrogate: 'none' });
    expect(surrogateOf(set, set.explain[0]!, 'relu')).toEqual({ softplus: 3 });
    const all = configOf({ explain: [name], surrogate: { beta: 4 } });
    expect(surrogateOf(all, all.explain[0]!, 'relu')).toEqual({ softplus: 4 });
    const none = configOf({ explain: [{ name, surrogate: 'none' }] });
    expect(surrogateOf(none, none.explain[0]!, 'relu')).toBe('relu');
  });

  it.each(['gradient', 'lrp', 'deeplift'])(
    'of a smoothed %s is the smooth network itself',
    (name) => {
      const config = configOf({
        explain: [{ name, id: 'smooth', smooth: { beta: 0.8 } }, name],
        surrogate: { beta: 3 },
      });
      const [smooth, sharp] = config.explain;
      expect(explainedOf(smooth!, 'relu')).toEqual({ softplus: 0.8 });
      expect(surrogateOf(config, smooth!, 'relu')).toEqual({ softplus: 0.8 });
      expect(explainedOf(sharp!, 'relu')).toBe('relu');
    },
  );

  it('of a smooth network is the network itself, unless one is asked for', () => {
    const own = { softplus: 1 };
    const of = (more: object) => {
      const config = configOf({ model: 'cifar-cnn-softplus', explain: ['gradient'], ...more });
      return surrogateOf(config, config.explain[0]!, own);
    };
    expect(of({})).toEqual(own);
    expect(of({ surrogate: 'none' })).toEqual(own);
    expect(of({ surrogate: { beta: 9 } })).toEqual({ softplus: 9 });
  });

  it('of one method leaves the others theirs', () => {
    const config = configOf({
      surrogate: { beta: 3 },
      explain: [gradient('none'), 'gradient-x-input'],
    });
    expect(config.explain.map((item) => surrogateOf(config, item, 'relu'))).toEqual([
      'relu',
      { softplus: 3 },
    ]);
  });
});

describe('semantics', () => {
  /** The program of a method's contribution, as text. */
  const textOf = (method: Method) => {
    const subject = {
      network: boundOf(network),
      activation: { softplus: 2 },
      x: input('x', [1, 3, 32, 32]),
      target: input('target', [1, 10]),
    };
    const shape = method.samples?.shape(1);
    const sample = shape === undefined ? undefined : input('sample', shape);
    return print(program({ raw: method.contribution(subject, sample) }));
  };
  const by = (item: unknown, semantics: unknown) => {
    const config = configOf({ explain: [item], semantics });
    return methodOf(config.explain[0]!, boundOf(network), async () => patterns, config.semantics);
  };
  const output = 'softmax' as const;

  it.each([
    ['gradient', { softmaxOf: ['gradient'] }, () => gradient({ output })],
    ['gradient-x-input', { softmaxOf: ['gradient-x-input'] }, () => gradientTimesInput({ output })],
    ['integrated-gradients', 'authors', () => integratedGradients({ output })],
    ['guided-backprop', { guidedRelevance: 'plain' }, () => guidedBackprop({ plain: true })],
    ['lrp', { lrpBounds: 'scalar' }, () => lrp({ bounds: 'scalar' })],
    ['deeplift', { deepliftSlope: 'quotient' }, () => deeplift({ quotient: true })],
    ['deeplift', { deepliftMap: 'multiplier' }, () => deeplift({ multiplier: true })],
  ] as const)('make another method of %s: %j', async (name, semantics, made) => {
    const text = textOf(await by(name, semantics));
    expect(text).toBe(textOf(made()));
    expect(text).not.toBe(textOf(await by(name, 'paper')));
    // and of what smoothgrad wraps
    const wrapped = { name: 'smoothgrad', of: name };
    expect(textOf(await by(wrapped, semantics))).not.toBe(textOf(await by(wrapped, 'paper')));
  });

  it.each([
    ['gradient', () => gradient()],
    ['gradient-x-input', () => gradientTimesInput()],
    ['deep-taylor', () => deepTaylor()],
  ])('of the authors leave %s as it is', async (name, made) => {
    expect(textOf(await by(name, 'authors'))).toBe(textOf(made()));
  });

  it('choose the derivative of ReLU at 0 of explanations and of directions without a surrogate', () => {
    const of = (reluAtZero: 0 | 1, item: unknown) => {
      const config = configOf({ explain: [item], semantics: { reluAtZero } });
      const [explain] = config.explain;
      return [
        explainedOf(explain!, 'relu', config.semantics),
        surrogateOf(config, explain!, 'relu'),
      ];
    };
    expect(of(0, 'lrp')).toEqual(['relu', 'relu']);
    expect(of(1, 'lrp')).toEqual(['open-relu', 'open-relu']);
    expect(of(1, 'gradient')).toEqual(['open-relu', { softplus: 50 }]);
    const smooth = { softplus: 0.8 };
    expect(of(1, { name: 'gradient', smooth: { beta: 0.8 } })).toEqual([smooth, smooth]);
  });

  it('choose whether mass-center measures in whole pixels', () => {
    const { semantics } = configOf({ semantics: 'authors' });
    const item = attackFor('mass-center');
    const everywhere = new Float32Array(32 * 32).fill(1);
    const made = dissimilarityOf(item, everywhere, 10, semantics);
    expect(made.surrogate).toBe(massCenterDissimilarity({ truncated: true }).surrogate);
    expect(dissimilarityOf(item, everywhere, 10).surrogate).toBeDefined();
  });
});

describe('match-target', () => {
  const directionFor = (change: Record<string, unknown>, attack: object = {}) => {
    const config = configOf({
      attack: { name: 'match-target', iterations: 7, ...attack },
      epsilon: undefined,
      ...change,
    });
    const item = config.attack[0] as IterativeAttackItem;
    const explain = config.explain[0]!;
    return { direction: directionOf(config, item, explain, 'relu'), steps: stepsBy(item, explain) };
  };
  const growing = { from: 10, to: 100, iterations: 7 };

  it.each([
    ['grows as published', {}, {}, growing],
    [
      'grows otherwise where it is told',
      {},
      { beta: { from: 2, to: 3 } },
      { from: 2, to: 3, iterations: 7 },
    ],
    ['is of one β', {}, { beta: 4 }, { softplus: 4 }],
    ['is the ReLU network', {}, { beta: 'none' }, 'relu'],
    ['is the ReLU network for lrp', { explain: 'lrp' }, {}, 'relu'],
    [
      'grows for lrp where it is told',
      { explain: 'lrp' },
      { beta: { from: 2, to: 3 } },
      { from: 2, to: 3, iterations: 7 },
    ],
    [
      'is the ReLU network with derivative 1 at 0 for lrp, where semantics say so',
      { explain: 'lrp', semantics: { reluAtZero: 1 } },
      {},
      'open-relu',
    ],
    ['is the config’s', { surrogate: { beta: 6 } }, {}, { softplus: 6 }],
    [
      'is the method’s first',
      { explain: { name: 'gradient', surrogate: 'none' } },
      { beta: 4 },
      'relu',
    ],
    [
      'is the smooth network of a smoothed map',
      { explain: { name: 'gradient', smooth: { beta: 0.8 } } },
      { beta: 4 },
      { softplus: 0.8 },
    ],
    [
      'is softer for SqueezeNet',
      { model: 'squeezenet1_1' },
      {},
      { from: 10 / 57, to: 100 / 57, iterations: 7 },
    ],
    ['is sharper for DenseNet', { model: 'densenet121' }, {}, { from: 30, to: 300, iterations: 7 }],
  ])('its surrogate %s', (_, change, attack, expected) => {
    expect(directionFor(change, attack).direction).toEqual(expected);
  });

  it('of a smooth network has no surrogate', () => {
    expect(directionFor({ model: 'cifar-cnn-softplus' }).direction).toBe('relu');
  });

  it.each([
    ['gradient', 1e-3],
    ['integrated-gradients', 5e-3],
    ['lrp', 2e-4],
    ['pattern-attribution', 2e-3],
    [{ name: 'gradient', smooth: { beta: 0.8 } }, 2.5e-4],
    [{ name: 'smoothgrad' }, 3e-3],
    [{ name: 'smoothgrad', of: 'lrp' }, 3e-4],
  ])('takes steps of the published rate: %j', (explain, rate) => {
    expect(directionFor({ explain }).steps).toEqual({ rule: adamSteps, step: rate });
    expect(directionFor({ explain }, { rate: 7 }).steps.step).toBe(7);
  });

  it('is beside attacks that go along signs', () => {
    const config = configOf({ attack: { name: 'top-k', step: 0.25 } });
    const item = config.attack[0] as IterativeAttackItem;
    expect(stepsBy(item, config.explain[0]!)).toEqual({ rule: signSteps, step: 0.25 });
    expect(directionOf(config, item, config.explain[0]!, 'relu')).toEqual({ softplus: 50 });
  });

  it('holds the output of the surrogate, but of the network that predicts for smoothed maps', () => {
    const [plain, smoothed] = configOf({
      explain: ['gradient', { name: 'gradient', id: 'smoothed', smooth: { beta: 0.8 } }],
    }).explain;
    expect(outputOf(plain!, 'relu')).toBeUndefined();
    expect(outputOf(smoothed!, 'relu')).toBe('relu');
  });
});
