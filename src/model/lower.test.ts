import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient, input, mul, print, program, sum } from '../graph/index.js';
import { expectClose } from '../testing/float64.js';
import { bind } from './bind.js';
import { type Activation, isSmooth, type Network } from './layers.js';
import { lower, trace } from './lower.js';
import { forward, planesOf, relu, softplus } from './testing/forward.js';
import {
  convolutional,
  imageOf,
  plain,
  preactivated,
  residual,
  weightsOf,
} from './testing/networks.js';

const networks: readonly (readonly [string, Network])[] = [
  ['branches, batch norm and a residual block', residual()],
  ['the same with pools rounded down', residual('floor')],
  ['norms before activations, padded and average pools', preactivated()],
  ['a mean image and dense layers', plain()],
  ['a padded 1×1 convolution to the classes', convolutional()],
  ['a 1×1 convolution with stride 2 to the classes', convolutional(1, 2, 0)],
  ['a 3×3 convolution to the classes', convolutional(3)],
];

const activations: readonly (readonly [string, Activation, (a: number) => number])[] = [
  ['ReLU', 'relu', relu],
  ['ReLU with derivative 1 at 0', 'open-relu', relu],
  ['softplus β = 1', { softplus: 1 }, softplus(1)],
  ['softplus β = 0.8', { softplus: 0.8 }, softplus(0.8)],
  ['softplus β = 50', { softplus: 50 }, softplus(50)],
];

const cases = networks.flatMap(([what, network]) =>
  activations.map(([name, activation, twin]) => [what, name, network, activation, twin] as const),
);

/** Two images in one batch, and a class for each. */
const batch = (network: Network) => {
  const images = [imageOf(network, 'first'), imageOf(network, 'second')];
  const labels = [1, network.classes - 1];
  const target = new Float32Array(2 * network.classes);
  labels.forEach((label, n) => {
    target[n * network.classes + label] = 1;
  });
  return {
    images,
    labels,
    values: { x: Float32Array.from(images.flatMap((i) => [...i])), target },
  };
};

const lowered = (network: Network, activation: Activation) => {
  const x = input('x', [2, 3, network.height, network.width]);
  const target = input('target', [2, network.classes]);
  return { x, target, ...lower(bind(network, weightsOf(network)), x, activation) };
};

describe('class scores are those of the plain twin', () => {
  it.each(cases)('%s, %s', async (_, __, network, activation, twin) => {
    const { images, values } = batch(network);
    const p = program({ scores: lowered(network, activation).scores });
    const expected = images.flatMap((i) => [...forward(network, weightsOf(network), i, twin)]);
    // folded batch norms and scaled biases are rounded to float32
    expectClose(interpret(p, values).scores!, expected, 1e-6);
    const executable = await onnxEngine().compile(p);
    expectClose((await executable.run(values)).scores!, expected, 1e-5);
    await executable.release();
  });
});

describe('the score of one class per image is its entry among all scores, and has its gradient', () => {
  it.each(cases)('%s, %s', (_, __, network, activation) => {
    const { labels, values } = batch(network);
    const { x, target, scores, score } = lowered(network, activation);
    const one = score(target);
    expect(one.shape).toEqual([2, 1]);
    const got = interpret(
      program({
        scores,
        one,
        slope: gradient(sum(one), [x])[0]!,
        whole: gradient(sum(mul(scores, target)), [x])[0]!,
      }),
      values,
    );
    const entries = labels.map((label, n) => got.scores![n * network.classes + label]!);
    expectClose(got.one!, entries, 1e-12);
    expectClose(got.slope!, got.whole!, 1e-12);
  });
});

describe('every layer has the output that the plain twin has, times the scale', () => {
  it.each(cases)('%s, %s', (_, __, network, activation, twin) => {
    const { images, labels, values } = batch(network);
    const x = input('x', [2, 3, network.height, network.width]);
    const target = input('target', [2, network.classes]);
    const bound = bind(network, weightsOf(network));
    const beta = isSmooth(activation) ? activation.softplus : 1;
    for (const order of ['own', 'pool-first'] as const) {
      const traced = trace(bound, x, activation, target, order);
      expect(traced.scale).toBe(beta);
      const outputs = Object.fromEntries(
        traced.layers.map(({ name }) => [name, traced.values.get(name)!]),
      );
      const got = interpret(program(outputs), values);
      if (order === 'own') expect(traced.layers).toEqual(network.layers);
      images.forEach((image, n) => {
        const planes = planesOf(network, weightsOf(network), image, twin);
        for (const { name, shape } of network.layers) {
          if (got[name] === undefined) continue;
          const half = got[name].length / 2;
          const one = got[name].subarray(n * half, (n + 1) * half);
          const whole = planes.get(name)!.data;
          // from the class layer on there may be the explained class alone
          const alone = outputs[name]!.shape[1] !== shape[0];
          const plane = whole.length / shape[0];
          const own = alone ? whole.subarray(labels[n]! * plane, (labels[n]! + 1) * plane) : whole;
          expectClose(
            one,
            own.map((v) => beta * v),
            1e-6,
          );
        }
      });
    }
  });
});

describe('the program of a gradient', () => {
  // the start of the SHA-256 of its printed form
  it.each([
    ['plain', plain(), 'relu', '90c7d55e42c2834e'],
    ['plain', plain(), { softplus: 2 }, '4f15f8bbccf96190'],
    ['residual', residual(), 'relu', 'aade424eeb88303f'],
    ['residual', residual(), { softplus: 2 }, 'f9af66027b382b3f'],
    ['convolutional', convolutional(), 'relu', 'd9b105dbe40bf01c'],
    ['convolutional', convolutional(), { softplus: 2 }, '8cc9971113c145c7'],
  ] as const)('does not change by accident: %s, %j', (_, network, activation, hash) => {
    const x = input('x', [1, 3, network.height, network.width]);
    const target = input('target', [1, network.classes]);
    const { score } = lower(bind(network, weightsOf(network)), x, activation);
    const text = print(program({ raw: gradient(sum(score(target)), [x])[0]! }));
    expect(createHash('sha256').update(text).digest('hex').slice(0, 16)).toBe(hash);
  });
});
