import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient, mul, program, sum } from '../graph/index.js';
import { bind } from '../model/index.js';
import { NetworkBuilder } from '../model/layers.js';
import { imageOf, residual } from '../model/testing/networks.js';
import { oneHot } from './evaluator.js';
import { deepTaylor, lrp } from './lrp.js';
import { boundOf, networks, rawOf } from './testing/maps.js';
import { lrpTwin } from './testing/propagation-twins.js';

describe('relevance', () => {
  it.each(networks.map((network) => [network.name, network] as const))(
    'is all given on, layer by layer, but for what units with a negligible denominator keep: %s',
    (_, network) => {
      const { shared } = lrpTwin({ network, label: 2 }, imageOf(network));
      let kept = 0;
      for (const layer of shared) {
        expect(layer.gave + layer.kept).toBeCloseTo(layer.given, 6);
        kept += layer.kept;
      }
      const { raw } = rawOf(lrp(), boundOf(network), 'relu');
      const target = oneHot(network.classes, 2);
      const got = interpret(program({ raw }), { x: imageOf(network), target }).raw!;
      expect(got.reduce((a, b) => a + b)).toBeCloseTo(1 - kept, 5);
      expect(kept).toBeLessThan(0.5);
    },
  );
});

describe('a denominator', () => {
  // one pixel, one unit, and two units that both are 1: the first from its bias and `weight` of the unit before it
  const b = new NetworkBuilder('two', 1, 1);
  const stem = b.activation(
    b.conv('stem', b.input({ scale: 255, mean: [0, 0, 0], std: [1, 1, 1] }), 1, 1),
  );
  b.dense('classes', b.activation(b.dense('hidden', stem, 2)), 2);
  const network = b.finish();
  const withWeight = (weight: number) =>
    bind(network, {
      file: 'two.safetensors',
      sha256: '',
      metadata: {},
      tensors: new Map(
        Object.entries({
          'stem.weight': { shape: [1, 3, 1, 1], data: Float32Array.of(1, 0, 0) },
          'stem.bias': { shape: [1], data: Float32Array.of(0) },
          'hidden.weight': { shape: [2, 1], data: Float32Array.of(weight, 1) },
          'hidden.bias': { shape: [2], data: Float32Array.of(1 - weight, 0) },
          'classes.weight': { shape: [2, 2], data: Float32Array.of(1, 1, 0, 1) },
          'classes.bias': { shape: [2], data: Float32Array.of(0, 0) },
        }),
      ),
    });

  it.each([
    [2e-6, 1],
    [5e-7, 0.5],
  ])('of %f of the largest lets %f of the relevance through', (weight, part) => {
    const { x, raw } = rawOf(lrp(), withWeight(weight), 'relu');
    const slope = gradient(sum(mul(raw, raw)), [x])[0]!;
    const got = interpret(program({ raw, slope }), { x: [255, 0, 0], target: [1, 0] });
    // the stabiliser takes its share of so small a denominator
    expect(got.raw![0]).toBeCloseTo(part, 3);
    // relevance does not depend on how bright the pixel is
    expect(Math.max(...got.slope!.map(Math.abs))).toBeLessThan(0.01);
  });
});

it('Deep Taylor decomposition is the same rules under its own name', () => {
  const network = residual();
  const [one, other] = [lrp(), deepTaylor()].map((method) => {
    const { raw } = rawOf(method, boundOf(network), 'relu');
    const target = oneHot(network.classes, 1);
    return interpret(program({ raw }), { x: imageOf(network), target }).raw!;
  });
  expect(other).toEqual(one);
  expect([lrp().name, deepTaylor().name]).toEqual(['lrp', 'deep-taylor']);
});
