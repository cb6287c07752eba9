// Maps of the softmax probability: its derivative in the scores, and the methods that differentiate it.
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient as derivative, input, program, sum } from '../graph/index.js';
import type { Network } from '../model/layers.js';
import { forward, relu, softplus } from '../model/testing/forward.js';
import { convolutional, imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { expectClose, slopes } from '../testing/float64.js';
import { oneHot } from './evaluator.js';
import { gradient, gradientTimesInput } from './gradient.js';
import { integratedGradients } from './integrated-gradients.js';
import { probability } from './output.js';
import { drawsOf } from './testing/draws.js';
import { boundOf, rawOf } from './testing/maps.js';
import { inputScale } from './testing/twins.js';

const LABEL = 2;

const softmaxOf = (scores: ArrayLike<number>, label: number) => {
  const largest = Math.max(...Array.from(scores));
  const terms = Array.from(scores, (s) => Math.exp(s - largest));
  return terms[label]! / terms.reduce((a, b) => a + b);
};

describe('a probability of scores', () => {
  const scores = input('scores', [2, 3]);
  const target = input('target', [2, 3]);
  const p = probability(scores, target);
  const built = program({ p, slope: derivative(sum(p), [scores])[0]! });

  it.each([
    ['between even scores', [0.3, -1, 0.5]],
    ['that is nearly 1', [60, 0, 1]],
    ['that is nearly 0', [-60, 0, 1]],
    ['of large scores', [3000, 2999, 2998]],
  ])('%s has p and p·(δ − p) for its value and derivative, in float32', async (_, row) => {
    const executable = await onnxEngine().compile(built);
    // the second image explains another class
    const inputs = {
      scores: Float32Array.of(...row, ...row),
      target: Float32Array.of(1, 0, 0, 0, 0, 1),
    };
    const got = await executable.run(inputs);
    await executable.release();
    for (const [n, label] of [0, 2].entries()) {
      const own = softmaxOf(row, label);
      const missing = row.reduce((q, _, k) => q + (k === label ? 0 : softmaxOf(row, k)), 0);
      expect(got.p![n]! / own).toBeCloseTo(1, 4);
      expectClose(
        got.slope!.subarray(3 * n, 3 * n + 3),
        row.map((_, k) => (k === label ? own * missing : -own * softmaxOf(row, k))),
        1e-4,
      );
    }
  });
});

const networks = [plain(), convolutional()];
const activations = [
  ['ReLU', 'relu', relu],
  ['softplus', { softplus: 2 }, softplus(2)],
] as const;
const cases = networks.flatMap((network) =>
  activations.map(([name, activation, f]) => [network.name, name, network, activation, f] as const),
);
const probabilityOf = (network: Network, f: (a: number) => number) => (x: ArrayLike<number>) =>
  softmaxOf(forward(network, weightsOf(network), x, f), LABEL);

describe.each(cases)('of the softmax of %s, %s,', (_, __, network, activation, f) => {
  const image = imageOf(network);
  const target = oneHot(network.classes, LABEL);
  const { zero } = inputScale(network);
  const slope = slopes(probabilityOf(network, f), image, 0.01);
  const rawAt = (method: ReturnType<typeof gradient>) => {
    const { raw } = rawOf(method, boundOf(network), activation);
    return interpret(program({ raw }), { x: image, target }).raw!;
  };

  it('the gradient is p_l·Σ_k (δ_kl − p_k)·∂S_k/∂x, which is the slope of p', () => {
    const got = rawAt(gradient({ output: 'softmax' }));
    expectClose(got, slope, 1e-5);
    const probabilities = Array.from({ length: network.classes }, (_, k) =>
      softmaxOf(forward(network, weightsOf(network), image, f), k),
    );
    const chained = new Float64Array(image.length);
    for (let k = 0; k < network.classes; k++) {
      const { raw } = rawOf(gradient(), boundOf(network), activation);
      const x = { x: image, target: oneHot(network.classes, k) };
      interpret(program({ raw }), x).raw!.forEach((v, i) => {
        chained[i]! += probabilities[LABEL]! * (Number(k === LABEL) - probabilities[k]!) * v;
      });
    }
    expectClose(got, chained, 1e-6);
  });

  it('gradient × input multiplies that', () => {
    expectClose(
      rawAt(gradientTimesInput({ output: 'softmax' })),
      slope.map((s, i) => s * (image[i]! - zero[i]!)),
      1e-5,
    );
  });

  it('integrated gradients are the mean of it on the path', () => {
    const method = integratedGradients({ steps: 3, output: 'softmax' });
    const { height, width, classes } = network;
    const raw = method.contribution(
      {
        network: boundOf(network),
        activation,
        x: input('x', [1, 3, height, width]),
        target: input('target', [1, classes]),
      },
      input('sample', [1, 1, 1, 1]),
    );
    const got = new Float64Array(image.length);
    for (const sample of method.samples!.fixed(drawsOf()))
      interpret(program({ raw }), { x: image, target, sample }).raw!.forEach((v, i) => {
        got[i]! += v / 3;
      });
    const expected = new Float64Array(image.length);
    for (const share of [1 / 3, 2 / 3, 1]) {
      const point = Float64Array.from(image, (v, i) => zero[i]! + share * (v - zero[i]!));
      slopes(probabilityOf(network, f), point, 0.01).forEach((s, i) => {
        expected[i]! += ((image[i]! - zero[i]!) * s) / 3;
      });
    }
    expectClose(got, expected, 1e-5);
  });
});
