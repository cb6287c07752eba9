// Every propagation method against its plain twin, on networks that together have every kind of layer; and
// the derivatives of its maps against differences.
import { describe, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import { constant, gradient, input, mul, program, sum } from '../graph/index.js';
import { trace } from '../model/index.js';
import { NetworkBuilder } from '../model/layers.js';
import { imageOf, residual } from '../model/testing/networks.js';
import { values } from '../testing/cases.js';
import { expectClose, float64Engine } from '../testing/float64.js';
import { oneHot } from './evaluator.js';
import { guidedBackprop } from './guided-backprop.js';
import { saliencyMap } from './method.js';
import { chainRule, pass, propagate } from './propagate.js';
import {
  activations,
  batchOf,
  boundOf,
  type Compared,
  methods,
  networks,
  rawOf,
} from './testing/maps.js';
import { guidedTwin } from './testing/propagation-twins.js';
import { mapTwin } from './testing/twins.js';

const cases = methods.flatMap((method) =>
  networks.flatMap((network) =>
    activations.map(
      ([name, activation, beta]) =>
        [method.name, network.name, name, method, network, activation, beta] as const,
    ),
  ),
);

describe('the maps of a batch, each image for its own class, are those of the plain twin', () => {
  const engines: readonly (readonly [Engine, number])[] = [
    [float64Engine, 1e-5],
    [onnxEngine(), 1e-4],
  ];
  it.each(cases)('%s on %s, %s', async (_, __, ___, method, network, activation, beta) => {
    const { images, labels, x, target } = batchOf(network);
    const { raw } = rawOf(method.method(network), boundOf(network), activation, 2);
    const expected = images.map((image, n) =>
      mapTwin(method.twin({ network, label: labels[n]!, beta }, image)),
    );
    for (const [engine, tolerance] of engines) {
      const executable = await engine.compile(program({ map: saliencyMap(raw) }));
      const got = (await executable.run({ x, target })).map!;
      await executable.release();
      expectClose(got.subarray(0, got.length / 2), expected[0]!, tolerance);
      expectClose(got.subarray(got.length / 2), expected[1]!, tolerance);
    }
  });
});

describe('the derivative of a scalar of the map is that of central differences', () => {
  const STEP = 1e-3;
  it.each(cases)('%s on %s, %s', (_, __, ___, method, network, activation, beta) => {
    const image = imageOf(network);
    const label = 2;
    const { x, raw } = rawOf(method.method(network), boundOf(network), activation);
    const map = saliencyMap(raw);
    const weights = values(map.shape, 'weights', [-1, 1]);
    const value = sum(mul(map, constant(weights, map.shape)));
    const target = oneHot(network.classes, label);
    const p = program({ slope: gradient(value, [x])[0]!, value });
    const slope = interpret(p, { x: image, target }).slope!;

    // of guided maps the sizes of relevance are constants
    const sizes = new Map<string, number>();
    const relevanceBeta = method.name === 'guided, β 3' ? 3 : 10;
    const guided = method.name.startsWith('guided');
    const explained = { network, label, beta };
    if (guided) guidedTwin(explained, image, relevanceBeta, sizes);
    const valueAt = (at: Float64Array) =>
      guided
        ? mapTwin(guidedTwin(explained, at, relevanceBeta, sizes)).reduce(
            (total, share, i) => total + share * weights[i]!,
            0,
          )
        : interpret(p, { x: at, target }).value![0]!;
    const along = [0, 1, 2, 3].map((n) => values(x.shape, `direction ${n}`, [-1, 1]));
    const expected = along.map((direction) => {
      const moved = (by: number) =>
        valueAt(Float64Array.from(image, (v, i) => v + by * direction[i]!));
      return (moved(STEP) - moved(-STEP)) / (2 * STEP);
    });
    expectClose(
      along.map((direction) => direction.reduce((total, d, i) => total + d * slope[i]!, 0)),
      expected,
      1e-4,
    );
    // gates of ReLU have no slope, and nothing else of these two methods depends on the image
    const flat = activation === 'relu' && (guided || method.name === 'patterns');
    expect(slope.some((s) => s !== 0)).toBe(!flat);
  });
});

describe('smoothing with a large β is the method itself', () => {
  // without pools, in which ReLU's zeros tie and softplus' values do not
  const b = new NetworkBuilder('unpooled', 9, 8);
  const image = b.input({ scale: 255, mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3] });
  const stem = b.activation(b.conv('stem', image, 4, 3, { pads: 1 }));
  const block = b.activation(b.add('sum', b.conv('branch', stem, 4, 3, { pads: 1 }), stem));
  b.dense('classes', b.globalAverage('mean', block), 4);
  const network = b.finish();
  const all: readonly Compared[] = [
    ...methods,
    // relevance has a softplus of its own
    {
      name: 'guided, β 10⁶',
      method: () => guidedBackprop({ relevanceBeta: 1e6 }),
      twin: guidedTwin,
    },
  ].filter(({ name }) => !['guided', 'guided, β 3'].includes(name));

  it.each(all.map((method) => [method.name, method] as const))('%s', (_, method) => {
    const { x, target } = batchOf(network);
    const [sharp, smooth] = (['relu', { softplus: 1e5 }] as const).map((activation) => {
      const { raw } = rawOf(method.method(network), boundOf(network), activation, 2);
      return interpret(program({ map: saliencyMap(raw) }), { x, target }).map!;
    });
    expectClose(smooth!, sharp!, 1e-3);
  });
});

it('a layer that a method does not cover is an error that names the layer and the method', () => {
  const network = residual();
  const x = input('x', [1, 3, network.height, network.width]);
  const target = input('target', [1, network.classes]);
  const forward = trace(boundOf(network), x, 'relu', target);
  const { add: _, ...rules } = { ...chainRule, activation: pass };
  expect(() => propagate('halfway', rules, forward, network.classLayer)).toThrow(
    'halfway has no rule for layer block.sum of kind add',
  );
});
