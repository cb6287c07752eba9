import { describe, expect, it } from 'vitest';
import { bind } from '../model/index.js';
import { planesOf, relu } from '../model/testing/forward.js';
import { convolutional, imageOf, plain, residual, weightsOf } from '../model/testing/networks.js';
import { values } from '../testing/cases.js';
import { expectClose, float64Engine } from '../testing/float64.js';
import { compileFeatures } from './features.js';

describe.each([
  ['behind a global average', residual(), 'mean', 10],
  ['of a hidden dense layer', plain(), 'hidden.activation', 6],
  ['of planes that are averaged', convolutional(), 'stem.activation', 5],
] as const)('features %s', (_, network, layer, size) => {
  const weights = weightsOf(network);
  const image = imageOf(network);
  const compiled = compileFeatures(float64Engine, bind(network, weights));

  it('are the means of what the class layer reads', async () => {
    const plane = planesOf(network, weights, image, relu).get(layer)!;
    const places = plane.data.length / size;
    const expected = Array.from({ length: size }, (_, k) => {
      let total = 0;
      for (let i = 0; i < places; i++) total += plane.data[k * places + i]!;
      return total / places;
    });
    expectClose(await (await compiled).of(image), expected, 1e-6);
  });

  it('are pulled back as central differences say', async () => {
    const features = await compiled;
    const v = values([size], 'cotangent', [-1, 1]);
    const along = values([image.length], 'along', [-1, 1]);
    const slope = await features.pullback(image, v);
    const at = async (by: number) => {
      const moved = Float64Array.from(image, (x, i) => x + by * along[i]!);
      const f = await features.of(moved as unknown as Float32Array);
      return f.reduce((total, x, k) => total + x * v[k]!, 0);
    };
    const expected = ((await at(1e-4)) - (await at(-1e-4))) / 2e-4;
    const got = slope.reduce((total, x, i) => total + x * along[i]!, 0);
    expect(got / expected).toBeCloseTo(1, 5);
  });
});
