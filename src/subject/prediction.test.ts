import { describe, expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { bind, networkOf } from '../model/index.js';
import { weightsOf } from '../model/testing/networks.js';
import { Images } from './images.js';
import { predictedOf } from './prediction.js';

const network = networkOf('cifar-cnn', { width: 0.125 });
const bound = bind(network, weightsOf(network));

describe('a prediction', () => {
  it('is the class of the largest score', () => {
    expect(predictedOf(bound, 'a', Float32Array.of(1, 3, 2))).toBe(1);
  });

  it.each([
    ['all scores are no numbers', [Number.NaN, Number.NaN], 'class 0 is NaN'],
    ['one score is no number', [1, Number.NaN], 'class 1 is NaN'],
    ['a score is infinite', [2, 1, Number.POSITIVE_INFINITY], 'class 2 is Infinity'],
  ])('is refused where %s', async (_, scores, why) => {
    const dataset = {
      entries: [{ id: 'cat/0.png' }],
      load: async () => new Float32Array(3),
    } as unknown as Dataset;
    const images = new Images(bound, dataset, 1, async () => ({
      predict: async () => Float32Array.from(scores),
      release: async () => {},
    }));
    const refused = images.predict(0);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(
      `cifar-cnn.safetensors: not weights that cifar-cnn can compute with: for cat/0.png the score of ${why}, expected a number; the weights take float32 beyond its range`,
    );
  });
});
