import { expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { program } from '../graph/index.js';
import { bind } from '../model/index.js';
import { imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { expectClose } from '../testing/float64.js';
import { gradient } from './gradient.js';
import { guidedBackprop } from './guided-backprop.js';
import { rawOf } from './testing/maps.js';

const network = plain();
/** Random weights of which those of the last layer, or of all, are made positive. */
const withPositive = (which: RegExp) => {
  const weights = weightsOf(network);
  const tensors = [...weights.tensors].map(
    ([name, { shape, data }]) =>
      [name, { shape, data: which.test(name) ? data.map(Math.abs) : data }] as const,
  );
  return bind(network, { ...weights, tensors: new Map(tensors) });
};
const rawsOf = (which: RegExp, target: number[]) =>
  [guidedBackprop(), gradient()].map((method) => {
    const { raw } = rawOf(method, withPositive(which), 'relu');
    return interpret(program({ raw }), { x: imageOf(network), target }).raw!;
  }) as [Float64Array, Float64Array];

it('is the gradient where no negative gradient occurs, and another map elsewhere', () => {
  const [guided, plainGradient] = rawsOf(/weight/, [0, 1, 0, 0]);
  expect(Math.max(...guided)).toBeGreaterThan(0);
  expectClose(guided, plainGradient, 1e-12);

  const [other, otherGradient] = rawsOf(/nothing/, [0, 1, 0, 0]);
  expect(Math.max(...other.map((v, i) => Math.abs(v - otherGradient[i]!)))).toBeGreaterThan(1e-4);
});

it('has both signs in the image: relevance is rectified at nonlinearities, and the first filters are not', () => {
  const [guided] = rawsOf(/classes.weight/, [0, 0, 1, 0]);
  expect(Math.min(...guided)).toBeLessThan(0);
});
