import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { constant, gradient as derivative, mul, program, sum } from '../graph/index.js';
import { bind } from '../model/index.js';
import { imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { values } from '../testing/cases.js';
import { expectClose, slopes } from '../testing/float64.js';
import { oneHot } from './evaluator.js';
import { gradient } from './gradient.js';
import { guidedBackprop } from './guided-backprop.js';
import { saliencyMap } from './method.js';
import { boundOf, networks, rawOf } from './testing/maps.js';
import { guidedTwin } from './testing/propagation-twins.js';
import { mapTwin } from './testing/twins.js';

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

describe('plainly rectified relevance', () => {
  const BETA = 2;
  const LABEL = 2;
  const all = networks.map((of) => [of.name, of] as const);
  const mapOf = (of: (typeof networks)[number], activation: 'relu' | { softplus: number }) => {
    const { x, raw } = rawOf(guidedBackprop({ plain: true }), boundOf(of), activation);
    return { x, map: saliencyMap(raw) };
  };

  it.each(all)('is softplus_β of relevance as it is, from the score: %s', (_, of) => {
    const image = imageOf(of);
    const target = oneHot(of.classes, LABEL);
    const explained = { network: of, label: LABEL, beta: BETA };
    const { x, map } = mapOf(of, { softplus: BETA });
    const weights = values(map.shape, 'weights', [-1, 1]);
    const value = sum(mul(map, constant(weights, map.shape)));
    const got = interpret(program({ map, slope: derivative(value, [x])[0]! }), {
      x: image,
      target,
    });
    const twin = (at: ArrayLike<number>) => mapTwin(guidedTwin(explained, at, 'plain'));
    expectClose(got.map!, twin(image), 1e-5);
    // which is another map than that of relevance in its own unit
    const measured = mapTwin(guidedTwin(explained, image));
    expect(Math.max(...measured.map((v, i) => Math.abs(v - got.map![i]!)))).toBeGreaterThan(1e-4);

    // the score it starts from has a derivative too
    const along = [0, 1].map((n) => values(x.shape, `direction ${n}`, [-1, 1]));
    const moved = (direction: Float32Array) =>
      slopes(
        ([by]) =>
          twin(Float64Array.from(image, (v, i) => v + by! * direction[i]!)).reduce(
            (total, share, i) => total + share * weights[i]!,
            0,
          ),
        [0],
        1e-3,
      )[0]!;
    expectClose(
      along.map((d) => d.reduce((total, v, i) => total + v * got.slope![i]!, 0)),
      along.map(moved),
      1e-4,
    );
  });

  it.each(all)(
    'changes nothing with ReLU, where only the sign of the score matters: %s',
    (_, of) => {
      const inputs = { x: imageOf(of), target: oneHot(of.classes, LABEL) };
      const { raw } = rawOf(guidedBackprop(), boundOf(of), 'relu');
      const expected = interpret(program({ map: saliencyMap(raw) }), inputs).map!;
      const { map } = mapOf(of, 'relu');
      expectClose(interpret(program({ map }), inputs).map!, expected, 1e-12);
    },
  );
});
