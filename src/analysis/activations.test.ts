import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { bind } from '../model/index.js';
import { planesOf, relu } from '../model/testing/forward.js';
import { imageOf, residual, weightsOf } from '../model/testing/networks.js';
import { activationScale, betaFor } from './activations.js';

const median = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  return n % 2 === 1 ? sorted[(n - 1) / 2]! : (sorted[n / 2 - 1]! + sorted[n / 2]!) / 2;
};

describe('the scale of activations', () => {
  it('is the median magnitude of what activations read, by layer and over all', async () => {
    const network = residual();
    const weights = weightsOf(network);
    const images = [imageOf(network, 'first'), imageOf(network, 'second')];
    const scale = await activationScale(onnxEngine(), bind(network, weights), images);

    const names = network.layers.flatMap(({ kind, from }) => (kind === 'activation' ? from : []));
    const of = (name: string) =>
      images.flatMap((image) =>
        [...planesOf(network, weights, image, relu).get(name)!.data].map(Math.abs),
      );
    expect(scale.layers.map(({ name }) => name)).toEqual(names);
    for (const { name, median: got } of scale.layers) expect(got).toBeCloseTo(median(of(name)), 5);
    expect(scale.all).toBeCloseTo(median(names.flatMap(of)), 5);
  });

  it.each([
    [39.1, 0.51],
    [0.331, 60],
  ])('%d asks for β %d', (all, beta) => {
    expect(betaFor({ all, layers: [] })).toBe(beta);
  });
});
