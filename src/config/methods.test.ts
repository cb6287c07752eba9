// From items of a config to explanation methods, and what else the table of methods says of each.
import { describe, expect, it } from 'vitest';
import {
  deeplift,
  deepTaylor,
  gradient,
  gradientTimesInput,
  guidedBackprop,
  inNetworkInput,
  integratedGradients,
  lrp,
  type Method,
  patternAttribution,
  smoothgrad,
} from '../explain/index.js';
import { drawsOf } from '../explain/testing/draws.js';
import { boundOf, patternsOf } from '../explain/testing/maps.js';
import { input, print, program } from '../graph/index.js';
import { cifarCnn } from '../model/cifar-cnn.js';
import type { Network } from '../model/layers.js';
import { residual } from '../model/testing/networks.js';
import { attackConfig } from '../tasks/attack/testing/config.js';
import {
  hasOwnDirection,
  makeMethod,
  methodNames,
  methods,
  methodVersions,
  publishedRate,
  resolveMethod,
  showsOf,
  single,
} from './methods.js';

const configOf = (change: Record<string, unknown>) =>
  attackConfig({
    ...{ name: 't', model: 'cifar-cnn', data: 'embedded', attack: 'random-sign', epsilon: 8 },
    ...change,
  });
const network = cifarCnn('cifar-cnn', 'relu', { width: 0.125 });
const patterns = patternsOf(network);
/** A network whose colors have a σ each. */
const colored = residual();

/** The method of an item, made for a small network. */
async function methodFor(
  item: unknown,
  semantics: unknown = 'paper',
  of: Network = network,
): Promise<Method> {
  const config = await configOf({ explain: [item], semantics });
  return makeMethod(config.explain[0]!, {
    network: boundOf(of),
    semantics: config.semantics,
    patterns: async () => (of === network ? patterns : patternsOf(of)),
  });
}

describe('a method', () => {
  it.each(methodNames)('has the name it is asked for by: %s', async (name) => {
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

  it.each([
    ['pattern-attribution', undefined],
    [{ name: 'pattern-attribution', patterns: 'p.safetensors' }, 'p.safetensors'],
    [{ name: 'smoothgrad', of: { name: 'pattern-attribution', patterns: 'q' } }, 'q'],
  ])('of %j reads patterns from %j', async (item, expected) => {
    const { explain, semantics } = await configOf({ explain: [item] });
    const read: unknown[] = [];
    await makeMethod(explain[0]!, {
      network: boundOf(network),
      semantics,
      async patterns(file) {
        read.push(file);
        return patterns;
      },
    });
    expect(read).toEqual([expected]);
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
    ['smoothgrad', 'explain.0.of'],
    [{ name: 'gradient', smooth: { beta: 1 } }, 'explain.0.of'],
    [{ name: 'lrp', steps: 3 }, 'explain.0.of'],
  ])('does not wrap %j', async (of, place) => {
    await expect(configOf({ explain: [{ name: 'smoothgrad', of }] })).rejects.toThrow(place);
  });
});

describe('semantics', () => {
  /** The program of a method's contribution, as text. */
  const textOf = (method: Method, of: Network = network) => {
    const subject = {
      network: boundOf(of),
      activation: { softplus: 2 },
      x: input('x', [1, 3, of.height, of.width]),
      target: input('target', [1, of.classes]),
    };
    const shape = method.samples?.shape(1);
    const sample = shape === undefined ? undefined : input('sample', shape);
    return print(program({ raw: method.contribution(subject, sample) }));
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
    const text = textOf(await methodFor(name, semantics));
    expect(text).toBe(textOf(made()));
    expect(text).not.toBe(textOf(await methodFor(name)));
    // and of what smoothgrad wraps
    const wrapped = { name: 'smoothgrad', of: name };
    expect(textOf(await methodFor(wrapped, semantics))).not.toBe(textOf(await methodFor(wrapped)));
  });

  it.each<[string, object, () => Method, boolean]>([
    ['gradient', {}, () => gradient(), true],
    ['guided-backprop', {}, () => guidedBackprop(), true],
    ['deeplift', { deepliftMap: 'multiplier' }, () => deeplift({ multiplier: true }), true],
    ['deeplift', {}, () => deeplift(), false],
    ['gradient-x-input', {}, () => gradientTimesInput(), false],
    ['integrated-gradients', {}, () => integratedGradients(), false],
    ['pattern-attribution', {}, () => patternAttribution(patternsOf(colored)), false],
    ['lrp', {}, () => lrp(), false],
    ['deep-taylor', {}, () => deepTaylor(), false],
  ])('take sensitivities in the network’s input: %s, %j', async (name, other, made, own) => {
    const semantics = { ...other, gradientsIn: 'input' };
    const expected = own ? inNetworkInput(made()) : made();
    const of = async (item: unknown) => textOf(await methodFor(item, semantics, colored), colored);
    expect(await of(name)).toBe(textOf(expected, colored));
    expect((await of(name)) === textOf(made(), colored)).toBe(!own);
    expect(await of({ name: 'smoothgrad', of: name })).toBe(
      textOf(smoothgrad(boundOf(colored), { of: expected }), colored),
    );
  });

  it.each([
    ['gradient', () => gradient()],
    ['gradient-x-input', () => gradientTimesInput()],
    ['deep-taylor', () => deepTaylor()],
  ])('of the authors leave %s as it is', async (name, made) => {
    expect(textOf(await methodFor(name, 'authors'))).toBe(textOf(made()));
  });
});

/** What Dombrowski et al. 2019 publish, plain and smoothed, and what methods have that are not in the paper. */
const rates = {
  gradient: [1e-3, 2.5e-4],
  'gradient-x-input': [1e-3, 2.5e-4],
  'integrated-gradients': [5e-3, 2.5e-3],
  'guided-backprop': [1e-3, 5e-4],
  'pattern-attribution': [2e-3, 5e-4],
  lrp: [2e-4, 2e-4],
  'deep-taylor': [2e-4, 2e-4],
  deeplift: [1e-3, 2.5e-4],
} as const satisfies Record<keyof typeof single, readonly [number, number]>;

describe.each(Object.entries(rates))('the published rate of %s', (name, [plain, smooth]) => {
  const item = { name: name as keyof typeof single };

  it('is another for its smoothed form', () => {
    expect(publishedRate(resolveMethod(item), false)).toBe(plain);
    expect(publishedRate(resolveMethod(item), true)).toBe(smooth);
  });

  it('is that of SmoothGrad for averages of it, those of LRP by themselves', () => {
    const given = { name: 'smoothgrad' as const, of: item };
    const average = resolveMethod(given);
    const expected = ['lrp', 'deep-taylor'].includes(name) ? 3e-4 : 3e-3;
    expect(publishedRate(average, false)).toBe(expected);
    expect(publishedRate(average, true)).toBe(expected);
  });
});

describe('a method as its table says', () => {
  const said = [
    ['gradient', false, 'sensitivity'],
    ['gradient-x-input', false, 'contribution'],
    ['integrated-gradients', false, 'contribution'],
    ['guided-backprop', false, 'sensitivity'],
    ['pattern-attribution', false, 'contribution'],
    ['lrp', true, 'contribution'],
    ['deep-taylor', true, 'contribution'],
    ['deeplift', true, 'contribution'],
  ] as const;

  it('is any that smoothgrad can average', () => {
    expect(said.map(([name]) => name)).toEqual(Object.keys(single));
  });

  it.each([
    ...said.map(([name, ...of]) => [{ name }, ...of] as const),
    ...said.map(([of, ...says]) => [{ name: 'smoothgrad' as const, of }, ...says] as const),
  ])('%j has directions without a surrogate: %s, and shows a %s', (given, own, shows) => {
    const item = resolveMethod(given);
    expect(hasOwnDirection(item)).toBe(own);
    expect(showsOf(item)).toBe(shows);
  });

  const use = { layers: network.layers, softplus: false };

  it.each(methodNames)('is of the version of its entry: %s', (name) => {
    const { version } = methods[name];
    const expected = typeof version === 'number' ? version : version(use);
    expect(methodVersions(resolveMethod({ name }), use)[`method ${name}`]).toBe(expected);
  });

  it('is of the versions of both where one averages another', () => {
    const given = { name: 'smoothgrad' as const, of: 'gradient' };
    expect(methodVersions(resolveMethod(given), use)).toEqual({
      'method smoothgrad': methods.smoothgrad.version,
      'method gradient': methods.gradient.version,
    });
  });
});
