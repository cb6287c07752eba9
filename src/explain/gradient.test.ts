import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { input, program } from '../graph/index.js';
import { bind } from '../model/index.js';
import type { Network } from '../model/layers.js';
import { relu, softplus } from '../model/testing/forward.js';
import { convolutional, imageOf, plain, residual, weightsOf } from '../model/testing/networks.js';
import { expectClose } from '../testing/float64.js';
import { gradient, gradientTimesInput } from './gradient.js';
import { gradientTimesInputTwin, gradientTwin } from './testing/twins.js';

const methods = [
  [gradient(), gradientTwin],
  [gradientTimesInput(), gradientTimesInputTwin],
] as const;
const networks = [plain(), residual(), convolutional()];
const activations = [
  ['ReLU', 'relu', relu],
  ['softplus β = 2', { softplus: 2 }, softplus(2)],
] as const;
const cases = methods.flatMap(([method, twin]) =>
  networks.flatMap((network) =>
    activations.map(
      ([name, activation, f]) =>
        [method.name, network.name, name, method, twin, network, activation, f] as const,
    ),
  ),
);

/** Two images and the classes to explain. */
const batch = (network: Network) => {
  const images = [imageOf(network, 'first'), imageOf(network, 'second')] as const;
  const target = new Float32Array(2 * network.classes);
  target[0] = target[network.classes + 2] = 1;
  return { images, labels: [0, 2], target, x: Float32Array.from(images.flatMap((i) => [...i])) };
};

describe('the contributions of a batch, each image for its own class, are central differences of the score', () => {
  it.each(cases)('%s on %s, %s', (_, __, ___, method, twin, network, activation, f) => {
    const { images, labels, x, target } = batch(network);
    const raw = method.contribution(
      {
        network: bind(network, weightsOf(network)),
        activation,
        x: input('x', [2, 3, network.height, network.width]),
        target: input('target', [2, network.classes]),
      },
      undefined,
    );
    const got = interpret(program({ raw }), { x, target }).raw!;
    const expected = images.map((i, n) => twin({ network, label: labels[n]!, activation: f }, i));
    // folded batch norms and scaled biases are rounded to float32
    expectClose(got.subarray(0, got.length / 2), expected[0]!, 1e-5);
    expectClose(got.subarray(got.length / 2), expected[1]!, 1e-5);
  });
});

it('an image that preprocessing maps to zero has no gradient × input', () => {
  const network = plain();
  const weights = weightsOf(network);
  const raw = gradientTimesInput().contribution(
    {
      network: bind(network, weights),
      activation: 'relu',
      x: input('x', [1, 3, network.height, network.width]),
      target: input('target', [1, network.classes]),
    },
    undefined,
  );
  const x = weights.tensors.get('mean')!.data.map((m) => 255 * m);
  const got = interpret(program({ raw }), { x, target: [1, 0, 0, 0] }).raw!;
  expect([...got].every((v) => v === 0)).toBe(true);
});
