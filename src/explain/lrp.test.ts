import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient, mul, program, sum } from '../graph/index.js';
import { bind } from '../model/index.js';
import { NetworkBuilder, type Output } from '../model/layers.js';
import { planesOf } from '../model/testing/forward.js';
import { imageOf, residual, weightsOf } from '../model/testing/networks.js';
import { expectClose } from '../testing/float64.js';
import { oneHot } from './evaluator.js';
import { deepTaylor, lrp } from './lrp.js';
import { boundOf, networks, rawOf } from './testing/maps.js';
import { lrpTwin } from './testing/propagation-twins.js';

const total = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

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

describe('an average of values of both signs', () => {
  // a DenseNet: layers that read all before them, and a transition whose pool reads a convolution
  const b = new NetworkBuilder('densely', 12, 12);
  const image = b.input({ scale: 255, mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3] });
  let x = b.activation(b.conv('stem', image, 6, 3, { pads: 1, bias: false, norm: 'stem.n' }));
  const denser = (name: string, from: Output) => {
    const narrow = b.conv(`${name}.0`, b.activation(b.affine(`${name}.n`, from)), 8, 1);
    return b.concat(name, [from, b.conv(`${name}.1`, b.activation(narrow), 4, 3, { pads: 1 })]);
  };
  x = denser('second', denser('first', x));
  const half = b.conv('half', b.activation(b.affine('half.n', x)), 7, 1, { bias: false });
  x = denser('third', b.averagePool('transition', half, 2, 2));
  b.dense('classes', b.globalAverage('mean', b.activation(b.affine('last', x))), 5);
  const network = b.finish();

  it('gives all relevance to positive ones, wherever there is one', () => {
    const explained = { network, label: 2 };
    const { relevance } = lrpTwin(explained, imageOf(network));
    const planes = planesOf(network, weightsOf(network), imageOf(network), (a) => Math.max(a, 0));
    const [before, after] = ['half', 'transition'].map((name) => planes.get(name)!.data);
    const [given, got] = ['transition', 'half'].map((name) => relevance.get(name)!);
    let [negative, dark, kept] = [0, 0, 0];
    after!.forEach((mean, at) => {
      const first = 12 * Math.floor(at / 36) * 12 + 24 * (Math.floor(at / 6) % 6) + 2 * (at % 6);
      const window = [0, 1, 12, 13].map((i) => first + i);
      const received = window.reduce((total, i) => total + got![i]!, 0);
      const lit = window.some((i) => before![i]! > 0);
      expect(received).toBeCloseTo(lit ? given![at]! : 0, 6);
      for (const i of window) if (before![i]! <= 0) expect(got![i]).toBe(0);
      if (given![at]! === 0) return;
      if (mean < 0) negative++;
      if (!lit) {
        dark++;
        kept += given![at]!;
      }
    });
    // means below zero get nothing in proportion to the values themselves
    expect(negative).toBeGreaterThan(dark);
    expect(total(given!) - total(got!)).toBeCloseTo(kept, 6);

    const { raw } = rawOf(lrp(), boundOf(network), 'relu');
    const target = oneHot(network.classes, explained.label);
    const map = interpret(program({ raw }), { x: imageOf(network), target }).raw!;
    expectClose(map, relevance.get('preprocess')!, 1e-5);
  });

  it('of 3 and −1 gives all to the 3, also where all classes are averaged', () => {
    const c = new NetworkBuilder('two', 1, 2);
    const one = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;
    const classes = c.conv('classes', c.activation(c.conv('stem', c.input(one), 1, 1)), 1, 1);
    c.globalAverage('mean', classes);
    const two = c.finish();
    const tensors = {
      'stem.weight': { shape: [1, 3, 1, 1], data: Float32Array.of(1, 0, 0) },
      'stem.bias': { shape: [1], data: Float32Array.of(0) },
      'classes.weight': { shape: [1, 1, 1, 1], data: Float32Array.of(1) },
      'classes.bias': { shape: [1], data: Float32Array.of(-2) },
    };
    const file = { file: '', sha256: '', metadata: {}, tensors: new Map(Object.entries(tensors)) };
    const { raw } = rawOf(lrp(), bind(two, file), 'relu');
    const got = interpret(program({ raw }), { x: [5, 1, 0, 0, 0, 0], target: [1] }).raw!;
    expect(got[0]).toBeCloseTo(1, 6);
    expect(got[1]).toBe(0);
  });
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
