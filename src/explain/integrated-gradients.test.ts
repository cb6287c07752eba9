import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { input, program } from '../graph/index.js';
import { bind } from '../model/index.js';
import type { Network } from '../model/layers.js';
import { relu, softplus } from '../model/testing/forward.js';
import { convolutional, imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { expectClose } from '../testing/float64.js';
import { integratedGradients } from './integrated-gradients.js';
import { drawsOf } from './testing/draws.js';
import { type Explained, inputScale, pathTwin, scoreOf } from './testing/twins.js';

const LABEL = 1;
const image = imageOf(plain());
const smooth = { softplus: 2 } as const;
const twinOf = (network: Network): Explained => ({
  network,
  label: LABEL,
  activation: softplus(2),
});

/** The mean contribution of samples, as callers form it. */
function meanOf(
  network: Network,
  samples: readonly Float32Array[],
  activation: typeof smooth | 'relu' = smooth,
) {
  const contribution = integratedGradients().contribution(
    {
      network: bind(network, weightsOf(network)),
      activation,
      x: input('x', [1, 3, network.height, network.width]),
      target: input('target', [1, network.classes]),
    },
    input('sample', [1, 1, 1, 1]),
  );
  const p = program({ contribution });
  const target = new Float32Array(network.classes);
  target[LABEL] = 1;
  const total = new Float64Array(image.length);
  for (const sample of samples)
    interpret(p, { x: image, target, sample }).contribution!.forEach((v, i) => {
      total[i]! += v / samples.length;
    });
  return total;
}

const fixed = (steps: number) => integratedGradients({ steps }).samples!.fixed(drawsOf());
const total = (raw: Float64Array) => raw.reduce((a, b) => a + b);

describe('integrated gradients', () => {
  it('has 100 points on the path unless told otherwise', () => {
    expect(integratedGradients().samples!.count).toBe(100);
    expect(fixed(100)).toHaveLength(100);
  });

  it.each([
    ['a mean image', plain()],
    ['a mean color', convolutional()],
  ])('is Δx ⊙ (1/M) Σ ∂S/∂x (x₀ + k/M·Δx), k = 1..M, from %s', (_, network) => {
    const expected = pathTwin(twinOf(network), image, [1 / 4, 2 / 4, 3 / 4, 1]);
    expectClose(meanOf(network, fixed(4)), expected, 1e-6);
    const piecewise = { ...twinOf(network), activation: relu };
    expectClose(
      meanOf(network, fixed(3), 'relu'),
      pathTwin(piecewise, image, [1 / 3, 2 / 3, 1]),
      1e-6,
    );
  });

  it('accounts for the whole change of the score as M grows, its error falling like 1/M', () => {
    const network = plain();
    const twin = twinOf(network);
    const change = scoreOf(twin, image) - scoreOf(twin, inputScale(network).zero);
    const errors = [25, 100, 400].map((m) => Math.abs(total(meanOf(network, fixed(m))) - change));
    expect(errors[2]! / Math.abs(change)).toBeLessThan(0.005);
    for (const i of [0, 1]) expect(errors[i]! / errors[i + 1]!).toBeCloseTo(4, 0);
  });
});

describe('the samples of a direction', () => {
  it('are one from each of as many equal parts of the path', () => {
    const { drawn, direction } = integratedGradients({ steps: 100, direction: 5 }).samples!;
    expect(direction).toBe(5);
    const draws = [0.5, 0, 0.999, 0.25, 0.75];
    const samples = drawn(drawsOf(undefined, () => draws.shift()!));
    [0.1, 0.2, 0.5998, 0.65, 0.95].forEach((t, i) => {
      expect(samples[i]![0]).toBeCloseTo(t, 6);
    });
    expect(samples).toHaveLength(5);
  });

  it('are those of the map where there are as many', () => {
    const { drawn, fixed } = integratedGradients({ steps: 4 }).samples!;
    const never = () => expect.fail('nothing is to be drawn');
    expect(drawn(drawsOf(undefined, never))).toEqual(fixed(drawsOf()));
  });

  it('give the whole change of the score on average', () => {
    const network = plain();
    const twin = twinOf(network);
    const change = scoreOf(twin, image) - scoreOf(twin, inputScale(network).zero);
    const { drawn } = integratedGradients({ steps: 100, direction: 3 }).samples!;
    // the mean over uniform draws, by the midpoint rule
    const draws = Array.from({ length: 64 }, (_, j) =>
      drawn(drawsOf(undefined, () => (j + 0.5) / 64)),
    ).flat();
    expect(total(meanOf(network, draws)) / change).toBeCloseTo(1, 4);
  });
});
