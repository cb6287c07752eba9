import { describe, expect, it } from 'vitest';
import { bind } from '../model/index.js';
import type { Network } from '../model/layers.js';
import { forward, smooth, softplus } from '../model/testing/forward.js';
import { imageOf, plain, residual, weightsOf } from '../model/testing/networks.js';
import { expectClose, float64Engine, slopes } from '../testing/float64.js';
import { compileScoreSurfaces } from './score-surface.js';
import { plus } from './vectors.js';

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
