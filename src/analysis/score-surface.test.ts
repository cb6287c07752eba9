import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { flopsOf, type Program } from '../graph/index.js';
import { bind } from '../model/index.js';
import type { Network } from '../model/layers.js';
import { forward, smooth, softplus } from '../model/testing/forward.js';
import { imageOf, plain, residual, weightsOf } from '../model/testing/networks.js';
import { keyedRandom } from '../random.js';
import { expectClose, float64Engine, slopes } from '../testing/float64.js';
import { compileScoreSurfaces } from './score-surface.js';
import { curvatureAt, frobeniusAt, normalOf } from './surface.js';
import { norm, plus } from './vectors.js';

const cases = [plain(), residual()].flatMap((network) =>
  [false, true].map((pools) => [network.name, pools, network] as const),
);

/** The surface of class 1, and the score by plain loops. */
async function surfaceOf(network: Network, pools: boolean, beta: number) {
  const bound = bind(network, weightsOf(network));
  const surface = (await compileScoreSurfaces(float64Engine, bound, pools)).of(1, beta);
  const activation = pools ? smooth(beta) : softplus(beta);
  const scores = (at: ArrayLike<number>) =>
    forward(network, weightsOf(network), surface.toPixels(at), activation);
  return { surface, scores };
}

describe.each(cases)('the score of %s, smooth pools: %s', (_, pools, network) => {
  it.each([1, 4])('has its gradient in the network’s own input, β = %d', async (beta) => {
    const { surface, scores } = await surfaceOf(network, pools, beta);
    const at = surface.toInput(imageOf(network));
    const { score, gradient, prediction } = await surface.at(at);
    const all = [...scores(at)];
    expectClose([score], [all[1]!], 1e-5);
    expect(prediction).toBe(all.indexOf(Math.max(...all)));
    // the program is given pixels in float32
    expectClose(
      gradient,
      slopes((x) => scores(x)[1]!, at, 1e-4),
      1e-4,
    );
  });

  it('has products that are differences of gradients', async () => {
    const { surface } = await surfaceOf(network, pools, 2);
    const at = surface.toInput(imageOf(network));
    const v = Float64Array.from(imageOf(network, 'direction'), (level) => level / 255 - 0.5);
    const h = 1e-3;
    const [before, after] = [await surface.at(plus(at, -h, v)), await surface.at(plus(at, h, v))];
    const expected = before.gradient.map((g, i) => (after.gradient[i]! - g) / (2 * h));
    expectClose(await surface.product(at, v), expected, 1e-3);
  });

  it('is of pixels there and back', async () => {
    const { surface } = await surfaceOf(network, pools, 2);
    const image = imageOf(network);
    expectClose(surface.toPixels(surface.toInput(image)), image, 1e-12);
  });
});

it.each([false, true])(
  'curvatures are those of the whole matrix, smooth pools: %s',
  async (pools) => {
    const network = plain();
    const { surface } = await surfaceOf(network, pools, 2);
    const x = surface.toInput(imageOf(network));
    const point = await surface.at(x);
    const n = normalOf(point);
    const size = x.length;
    const axes = Array.from({ length: size }, (_, i) => n.map((_, j) => (i === j ? 1 : 0)));
    const hessian = new Matrix(
      await Promise.all(axes.map(async (axis) => Array.from(await surface.product(x, axis)))),
    );
    const onto = Matrix.eye(size).sub(Matrix.columnVector(n).mmul(Matrix.rowVector(n)));
    const whole = onto.mmul(hessian).mmul(onto).div(norm(point.gradient));
    const { realEigenvalues } = new EigenvalueDecomposition(whole, { assumeSymmetric: true });
    const [least, largest] = [Math.min(...realEigenvalues), Math.max(...realEigenvalues)];
    const random = () => keyedRandom('whole');
    const found = await curvatureAt(surface, x, point, random());
    const most = Math.max(-least, largest);
    expect(Math.abs(found.least - least)).toBeLessThan(1e-3 * most);
    expect(Math.abs(found.largest - largest)).toBeLessThan(1e-3 * most);
    expect(Math.abs(found.lambda)).toBe(Math.max(-found.least, found.largest));
    const ratio = (await frobeniusAt(surface, x, point, random())) / whole.norm();
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  },
);

it.each(cases)(
  'a product costs at most two gradients of %s, smooth pools: %s',
  async (_, pools, network) => {
    const programs: Program[] = [];
    const counting = {
      ...float64Engine,
      compile(program: Program) {
        programs.push(program);
        return float64Engine.compile(program);
      },
    };
    await compileScoreSurfaces(counting, bind(network, weightsOf(network)), pools);
    const [gradient, product] = programs.map(flopsOf);
    expect(product).toBeGreaterThan(gradient!);
    expect(product).toBeLessThanOrEqual(2 * gradient!);
  },
);
