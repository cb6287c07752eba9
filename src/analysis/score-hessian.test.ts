import { describe, expect, it } from 'vitest';
import { oneHot } from '../explain/index.js';
import { bind } from '../model/index.js';
import { imageOf, plain, residual, weightsOf } from '../model/testing/networks.js';
import { expectClose, float64Engine } from '../testing/float64.js';
import { compileScoreHessian } from './score-hessian.js';

const smooth = (network: ReturnType<typeof plain>) => ({
  ...network,
  activation: { softplus: 3 } as const,
});

describe.each([
  ['a plain network', smooth(plain())],
  ['a residual network', smooth(residual())],
])('of %s', (_, network) => {
  const x = imageOf(network);
  const target = oneHot(network.classes, 1);
  const direction = imageOf(network, 'direction').map((v) => v / 255 - 0.5);

  it('the product is the change of the gradient along the vector', async () => {
    const hessian = await compileScoreHessian(float64Engine, bind(network, weightsOf(network)));
    const h = 1e-3;
    const at = (by: number) =>
      // float64 numbers in float32's clothes
      hessian.gradient(
        Float64Array.from(x, (v, i) => v + by * direction[i]!) as unknown as Float32Array,
        target,
      );
    const [ahead, behind] = [await at(h), await at(-h)];
    const expected = Float64Array.from(ahead, (v, i) => (v - behind[i]!) / (2 * h));
    expectClose(await hessian.product(x, target, direction), expected, 1e-6);
  });

  it('the product is symmetric', async () => {
    const hessian = await compileScoreHessian(float64Engine, bind(network, weightsOf(network)));
    const other = imageOf(network, 'other').map((v) => v / 255 - 0.5);
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a).reduce((s, v, i) => s + v * b[i]!, 0);
    const one = dot(other, await hessian.product(x, target, direction));
    const two = dot(direction, await hessian.product(x, target, other));
    expect(one).not.toBe(0);
    expect(one / two).toBeCloseTo(1, 9);
  });
});
