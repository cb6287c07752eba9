import { describe, expect, it } from 'vitest';
import { bind } from '../model/index.js';
import { type Network, NetworkBuilder } from '../model/layers.js';
import { imageOf, plain, residual, weightsOf } from '../model/testing/networks.js';
import { keyedRandom } from '../random.js';
import { float64Engine } from '../testing/float64.js';
import { bendingConstant, normedLayers, operatorNorm } from './hessian-bound.js';
import { extremeEigenpair } from './lanczos.js';
import { compileScoreSurfaces } from './score-surface.js';

const random = () => keyedRandom('bound');

/** One unit S = v·softplus_β(w·x) on a single pixel. */
function unit(w: number, v: number) {
  const b = new NetworkBuilder('unit', 1, 1);
  const image = b.input({ scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  b.dense('classes', b.activation(b.conv('unit', image, 1, 1)), 1);
  const tensor = (shape: number[], ...data: number[]) => ({ shape, data: Float32Array.from(data) });
  return bind(b.finish(), {
    ...{ file: 'unit.safetensors', sha256: '', metadata: {} },
    tensors: new Map([
      ['unit.weight', tensor([1, 3, 1, 1], w, 0, 0)],
      ['unit.bias', tensor([1], 0)],
      ['classes.weight', tensor([1, 1], v)],
      ['classes.bias', tensor([1], 0)],
    ]),
  });
}

const normsOf = async (bound: ReturnType<typeof unit>) =>
  Object.fromEntries(
    await Promise.all(
      normedLayers(bound)!.map(
        async (name) => [name, await operatorNorm(float64Engine, bound, name, random())] as const,
      ),
    ),
  );

describe('the bound of the Hessian', () => {
  it('of one unit is what its second derivative reaches', async () => {
    // sup|S″| = v·w²/4, where the product of constants in the paper's Eq. 6 gives w/4
    const bound = unit(4, 1);
    const norms = await normsOf(bound);
    expect(norms).toEqual({ unit: 4 });
    expect(bendingConstant(bound, norms, 0, false)).toBe(4);
    expect(bendingConstant(unit(4, -3), norms, 0, false)).toBe(12);
  });

  it.each([false, true])(
    'is never below the largest curvature, smooth pools: %s',
    async (pools) => {
      const network = plain();
      const bound = bind(network, weightsOf(network));
      const norms = await normsOf(bound);
      for (const beta of [0.5, 2, 8])
        for (const label of [0, 3]) {
          const surface = (await compileScoreSurfaces(float64Engine, bound, pools)).of(label, beta);
          const at = surface.toInput(imageOf(network, `image ${label}`));
          const start = Float64Array.from(at, () => random().uniform());
          const { value } = await extremeEigenpair((v) => surface.product(at, v), start);
          const most = beta * bendingConstant(bound, norms, label, pools);
          expect(Math.abs(value)).toBeGreaterThan(0);
          expect(Math.abs(value)).toBeLessThanOrEqual(most);
        }
    },
  );

  it('counts smooth pools, which bend', async () => {
    const bound = bind(plain(), weightsOf(plain()));
    const norms = await normsOf(bound);
    const [sharp, smooth] = [false, true].map((pools) => bendingConstant(bound, norms, 1, pools));
    expect(smooth).toBeGreaterThan(sharp!);
  });

  it.each<[string, Network]>([['branches', residual()]])('is not there with %s', (_, network) => {
    expect(normedLayers(bind(network, weightsOf(network)))).toBeUndefined();
  });
});

describe('the operator norm', () => {
  it('of a convolution is that of its matrix on the planes', async () => {
    // filters [1, 1] on a row of two pixels, padded right: the matrix [[1, 1], [0, 1]]
    const b = new NetworkBuilder('row', 1, 2);
    const image = b.input({ scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
    const conv = b.conv('conv', image, 1, [1, 2], { pads: [0, 0, 0, 1] });
    b.dense('classes', b.activation(conv), 2);
    const network = b.finish();
    const weights = weightsOf(network);
    const filters = { shape: [1, 3, 1, 2], data: Float32Array.of(1, 1, 0, 0, 0, 0) };
    const tensors = new Map(weights.tensors).set('conv.weight', filters);
    const found = await operatorNorm(
      float64Engine,
      bind(network, { ...weights, tensors }),
      'conv',
      random(),
    );
    expect(found).toBeCloseTo((1 + Math.sqrt(5)) / 2, 4);
  });
});
