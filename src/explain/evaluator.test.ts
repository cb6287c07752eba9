import { describe, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { bind } from '../model/index.js';
import { forward, relu, softplus } from '../model/testing/forward.js';
import { imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { expectClose, float64Engine } from '../testing/float64.js';
import { compileEvaluator, compilePredictor, oneHot } from './evaluator.js';
import { gradient, gradientTimesInput } from './gradient.js';
import { integratedGradients } from './integrated-gradients.js';
import type { Method } from './method.js';
import { smoothgrad } from './smoothgrad.js';
import { drawsOf } from './testing/draws.js';
import { gradientTimesInputTwin, gradientTwin, mapTwin, pathTwin } from './testing/twins.js';

const network = plain();
const bound = bind(network, weightsOf(network));
const images = [imageOf(network, 'first'), imageOf(network, 'second')];
const activations = [
  ['ReLU', 'relu', relu],
  ['softplus', { softplus: 2 }, softplus(2)],
] as const;
const methods = [
  [gradient(), gradientTwin],
  [gradientTimesInput(), gradientTimesInputTwin],
  [
    integratedGradients({ steps: 3, direction: 2 }),
    (...[e, image]: Parameters<typeof gradientTwin>) => pathTwin(e, image, [1 / 3, 2 / 3, 1]),
  ],
] as const;
const cases = [
  ['float64', float64Engine, 1e-6],
  ['ONNX Runtime', onnxEngine(), 1e-4],
].flatMap(([engineName, engine, tolerance]) =>
  methods.flatMap(([method, twin]) =>
    activations.map(
      ([name, activation, f]) =>
        [
          method.name,
          name,
          engineName,
          method,
          twin,
          activation,
          f,
          engine as Engine,
          tolerance as number,
        ] as const,
    ),
  ),
);

describe("an evaluation is the network's own scores and the normalized map of the class asked for", () => {
  it.each(cases)(
    '%s, %s, %s',
    async (_, __, ___, method, twin, activation, f, engine, tolerance) => {
      const evaluator = await compileEvaluator(engine, bound, method, activation);
      for (const [n, image] of images.entries()) {
        const label = n + 1;
        const { scores, map } = await evaluator.evaluate(
          image,
          oneHot(network.classes, label),
          drawsOf(image),
        );
        expectClose(scores, forward(network, weightsOf(network), image, relu), tolerance);
        expectClose(map, mapTwin(twin({ network, label, activation: f }, image)), tolerance);
      }
      await evaluator.release();
    },
  );
});

it.each(methods.map(([method]) => [method.name, method] as const))(
  'a map of %s whose β is given is the one of that β',
  async (_, method) => {
    const given = await compileEvaluator(float64Engine, bound, method, { softplus: 'given' });
    const [x, target] = [images[0]!, oneHot(network.classes, 1)];
    const draws = drawsOf(x);
    for (const beta of [0.5, 3, 40]) {
      const fixed = await compileEvaluator(float64Engine, bound, method, { softplus: beta });
      const expected = await fixed.evaluate(x, target, draws);
      const found = await given.evaluate(x, target, draws, { beta });
      expectClose(found.map, expected.map, 1e-6);
      expectClose(found.scores, expected.scores, 1e-6);
    }
    await expect(given.evaluate(x, target, draws)).rejects.toThrow('no β is given');
  },
);

it('a map of other samples is that of a method that has them', async () => {
  const [few, other] = [0.1, 0.4].map((noise) =>
    smoothgrad(bound, { of: gradient(), samples: 4, noise }),
  ) as [Method, Method];
  const [x, target] = [images[0]!, oneHot(network.classes, 1)];
  const draws = drawsOf(x);
  const own = await compileEvaluator(float64Engine, bound, few, 'relu');
  const expected = await compileEvaluator(float64Engine, bound, other, 'relu');
  const { map } = await own.evaluate(x, target, draws, { samples: other.samples! });
  expect(map).toEqual((await expected.evaluate(x, target, draws)).map);
  expect(map).not.toEqual((await own.evaluate(x, target, draws)).map);
});

describe('programs', () => {
  const counting = () => {
    let held = 0;
    const engine: Engine = {
      ...float64Engine,
      async compile(program) {
        const executable = await float64Engine.compile(program);
        held++;
        return {
          ...executable,
          async release() {
            held--;
          },
        };
      },
    };
    return { engine, held: () => held };
  };

  it.each(methods.map(([method]) => [method.name, method] as const))(
    'of %s are all freed',
    async (_, method) => {
      const { engine, held } = counting();
      const evaluator = await compileEvaluator(engine, bound, method, 'relu');
      expect(held()).toBeGreaterThan(0);
      await evaluator.release();
      expect(held()).toBe(0);
    },
  );
});

it.each(activations)(
  'a predictor gives the scores of a network with its own %s',
  async (_, activation, f) => {
    const own = { ...bound, network: { ...network, activation } };
    const predictor = await compilePredictor(onnxEngine(), own);
    for (const image of images)
      expectClose(
        await predictor.predict(image),
        forward(network, weightsOf(network), image, f),
        1e-5,
      );
    await predictor.release();
  },
);

it('a class is marked by a single one', () => {
  expect([...oneHot(4, 2)]).toEqual([0, 0, 1, 0]);
});
