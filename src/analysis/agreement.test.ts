// Agreement of a network with softplus, against plain loops over the network.
import { describe, expect, it } from 'vitest';
import { argmax } from '../metric/output.js';
import { bind } from '../model/index.js';
import { forward, relu, softplus } from '../model/testing/forward.js';
import { imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { float64Engine } from '../testing/float64.js';
import {
  agreement,
  betaByAgreement,
  betas,
  compileSmoothPredictor,
  fidelity,
  type SmoothPredictor,
} from './agreement.js';

const network = plain();
const weights = weightsOf(network);
const bound = bind(network, weights);
const images = Array.from({ length: 12 }, (_, i) => {
  const x = imageOf(network, `image ${i}`);
  return { x, label: argmax(Float32Array.from(forward(network, weights, x, relu))) };
});

it('agreement is the part of images whose class stays', async () => {
  const predictor = await compileSmoothPredictor(float64Engine, bound);
  const parts: number[] = [];
  for (const beta of [0.02, 1, 1000]) {
    const same = images.filter(
      ({ x, label }) =>
        argmax(Float32Array.from(forward(network, weights, x, softplus(beta)))) === label,
    );
    parts.push(await agreement(predictor, images, beta));
    expect(parts.at(-1)).toBe(same.length / images.length);
  }
  expect(parts[2]).toBe(1);
  expect(parts[0]).toBeLessThan(1);
});

it('fidelity rises to 1 with β', async () => {
  const [low, high] = await fidelity(float64Engine, bound, images, [0.5, 1000]);
  // maps that are zero everywhere have no correlation
  expect(low!.length).toBeGreaterThan(images.length / 2);
  expect(Math.min(...high!)).toBeGreaterThan(0.999);
  expect(Math.min(...low!)).toBeLessThan(0.99);
});

describe('β by agreement', () => {
  /** A predictor that keeps the class of an image from some β on. */
  const keepingFrom = (of: readonly number[]): SmoothPredictor => ({
    predict: async ([image], beta) => (beta >= of[image!]! ? 0 : 1),
    release: async () => {},
  });
  const numbered = Array.from({ length: 10 }, (_, i) => ({ x: Float32Array.of(i), label: 0 }));

  it.each([
    ['the smallest that keeps nine of ten', [1, 1, 1, 1, 1, 1, 1, 1, 3, 900], 3.2, 0.9],
    ['the smallest of all', Array.from({ length: 10 }, () => 0), 0.01, 1],
    ['the largest of all', Array.from({ length: 10 }, () => 8000), 8000, 1],
  ])('is %s', async (_, from, beta, part) => {
    expect(await betaByAgreement(keepingFrom(from), numbered)).toEqual({ beta, agreement: part });
  });

  it('is none where the largest loses the class', async () => {
    const never = Array.from({ length: 10 }, () => 9000);
    expect(await betaByAgreement(keepingFrom(never), numbered)).toBeUndefined();
  });

  it('is one of ten numbers a decade', () => {
    expect(betas).toHaveLength(60);
    expect(betas.every((beta, i) => i === 0 || beta > betas[i - 1]!)).toBe(true);
    expect([betas[0], betas[7], betas[20], betas[59]]).toEqual([0.01, 0.05, 1, 8000]);
  });
});
