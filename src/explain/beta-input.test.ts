// β of the softplus as an input of the program, one for each image, against β that is known.
import { expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { input, program } from '../graph/index.js';
import type { Nonlinearity } from '../model/index.js';
import { expectClose } from '../testing/float64.js';
import { oneHot } from './evaluator.js';
import { gradient, gradientTimesInput } from './gradient.js';
import { guidedBackprop } from './guided-backprop.js';
import type { Method } from './method.js';
import { batchOf, boundOf, methods, networks } from './testing/maps.js';

const BETAS = [0.8, 3];

const all: readonly (readonly [string, (network: (typeof networks)[number]) => Method])[] = [
  ['gradient', () => gradient()],
  ['gradient of the softmax', () => gradient({ output: 'softmax' })],
  ['gradient × input', () => gradientTimesInput()],
  ['guided, plain', () => guidedBackprop({ plain: true })],
  ...methods.map(({ name, method }) => [name, method] as const),
];
const cases = all.flatMap(([name, method]) =>
  networks.map((network) => [name, network.name, method, network] as const),
);

it.each(cases)('%s gives the map of each image’s own β: %s', (_, __, methodOf, network) => {
  const bound = boundOf(network);
  const method = methodOf(network);
  const { height, width, classes } = network;
  const { images, labels, ...batch } = batchOf(network);
  const rawOf = (count: number, activation: Nonlinearity) => {
    const x = input('x', [count, 3, height, width]);
    const target = input('target', [count, classes]);
    return method.contribution({ network: bound, activation, x, target }, undefined);
  };
  const raw = rawOf(2, { softplus: input('beta', [2, 1, 1, 1]) });
  const got = interpret(program({ raw }), { ...batch, beta: Float32Array.from(BETAS) }).raw!;
  const each = images.flatMap((x, n) => {
    const inputs = { x, target: oneHot(classes, labels[n]!) };
    return [...interpret(program({ raw: rawOf(1, { softplus: BETAS[n]! }) }), inputs).raw!];
  });
  expect(each.some((v) => v !== 0)).toBe(true);
  expectClose(got, each, 1e-5);
});
