// Curvatures of real networks at CIFAR-10 images, against those of another program in float64.
import { beforeAll, describe, expect, it } from 'vitest';
import { compileScoreSurfaces } from '../../analysis/score-surface.js';
import { curvatureAt } from '../../analysis/surface.js';
import { resolveModel } from '../../config/model.js';
import { openDataset } from '../../data/open.js';
import { onnxEngine } from '../../engine/onnx/onnx.js';
import { compilePredictor } from '../../explain/index.js';
import { argmax } from '../../metric/output.js';
import { keyedRandom } from '../../random.js';
import { loadNetwork } from '../../subject/network.js';

const root = process.env.FRAGILE_DATA;
const vgg = { name: 'vgg16-cifar10', width: 0.5, batchNorm: true };
const images = ['test-996', 'test-2976', 'test-3503'];

/** λ of the images at each β. */
const known = [
  {
    given: { name: 'cifar-cnn' },
    lambdas: {
      1: [0.48935, 0.62582, 0.45209],
      10: [6.2423, 4.0238, 5.1516],
      100: [-30.762, 7.1238, 24.373],
    },
  },
  {
    given: vgg,
    lambdas: {
      3: [-0.4559, -0.6449, -0.6119],
      30: [-2.0717, -1.6571, 1.5142],
      100: [4.4923, 3.2429, 4.6582],
    },
  },
];

beforeAll(() => {
  if (root === undefined) process.stderr.write('FRAGILE_DATA is not set: no real networks\n');
});

describe.skipIf(root === undefined).each(known)('$given.name', ({ given, lambdas }) => {
  it('has the λ of another program, in float32', { timeout: 120_000 }, async () => {
    const { bound } = await loadNetwork((await resolveModel(given)).model, root!);
    const data = { name: 'cifar-10', split: 'test', count: 'max', correct: true, resize: 32 };
    const dataset = await openDataset(data as never, root!);
    const engine = onnxEngine();
    const surfaces = await compileScoreSurfaces(engine, bound, false);
    const predictor = await compilePredictor(engine, bound);
    for (const [at, image] of images.entries()) {
      const entry = dataset.entries.find(({ id }) => id === image)!;
      const pixels = await dataset.load(entry, bound.network);
      const label = argmax(await predictor.predict(pixels));
      for (const [beta, expected] of Object.entries(lambdas)) {
        const surface = surfaces.of(label, Number(beta));
        const x = surface.toInput(pixels);
        const random = keyedRandom(image, beta);
        const { lambda } = await curvatureAt(surface, x, await surface.at(x), random);
        expect(Math.abs(lambda / expected[at]! - 1), `${image}, β = ${beta}`).toBeLessThan(2e-3);
      }
    }
  });
});
