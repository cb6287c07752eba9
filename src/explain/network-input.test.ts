// Sensitivities in the network's input against differences in that input, and beside those in pixels.
import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient as derivative, mul, program, sum } from '../graph/index.js';
import { type Network, NetworkBuilder } from '../model/layers.js';
import { softplus } from '../model/testing/forward.js';
import { imageOf, residual } from '../model/testing/networks.js';
import { expectClose, slopes } from '../testing/float64.js';
import { deeplift } from './deeplift.js';
import { oneHot } from './evaluator.js';
import { gradient } from './gradient.js';
import { guidedBackprop } from './guided-backprop.js';
import { type Method, saliencyMap } from './method.js';
import { inNetworkInput } from './network-input.js';
import { boundOf, rawOf } from './testing/maps.js';
import { inputScale, mapTwin, scoreOf } from './testing/twins.js';

/** Raw map, map and a slope of the map, in float64. */
function computed(method: Method, network: Network) {
  const { x, raw } = rawOf(method, boundOf(network), { softplus: 2 });
  const map = saliencyMap(raw);
  const slope = derivative(sum(mul(map, map)), [x])[0]!;
  const target = oneHot(network.classes, 2);
  return interpret(program({ raw, map, slope }), { x: imageOf(network), target });
}

/** A convolution and the mean of each class, of an input with the same σ for all colors. */
function gray(): Network {
  const b = new NetworkBuilder('gray', 6, 5);
  const image = b.input({ scale: 255, mean: [0.5, 0.4, 0.3], std: [0.25, 0.25, 0.25] });
  b.globalAverage('classes', b.conv('conv', b.activation(b.conv('stem', image, 4, 3)), 3, 1));
  return b.finish();
}

const methods: readonly (readonly [string, Method])[] = [
  ['gradient', gradient()],
  ['gradient of the probability', gradient({ output: 'softmax' })],
  ['guided', guidedBackprop()],
  ['DeepLIFT’s multipliers', deeplift({ multiplier: true })],
];

describe('in the network’s input', () => {
  it('the gradient is that of differences in the input', () => {
    const network = residual();
    const image = imageOf(network);
    const { zero, unit } = inputScale(network);
    const own = Float64Array.from(image, (v, i) => (v - zero[i]!) / unit[i]!);
    const explained = { network, label: 2, activation: softplus(2) };
    const score = (u: Float64Array) =>
      scoreOf(
        explained,
        u.map((v, i) => zero[i]! + v * unit[i]!),
      );
    const expected = slopes(score, own, 1e-4);
    const { raw, map } = computed(inNetworkInput(gradient()), network);
    expectClose(raw!, expected, 1e-5);
    expectClose(map!, mapTwin(expected), 1e-5);
  });

  it.each(methods)('channels weigh as much as their σ: %s', (_, method) => {
    const network = residual();
    const { unit } = inputScale(network);
    const pixels = computed(method, network);
    const own = computed(inNetworkInput(method), network);
    expectClose(
      own.raw!,
      pixels.raw!.map((v, i) => v * unit[i]!),
      1e-6,
    );
    expectClose(own.map!, mapTwin(own.raw!), 1e-12);
    const far = Math.max(...own.map!.map((v, i) => Math.abs(v - pixels.map![i]!)));
    expect(far).toBeGreaterThan(0.01 * Math.max(...pixels.map!));
    expect(own.slope).not.toEqual(pixels.slope);
  });

  it.each(methods)('nothing changes where σ is the same for all colors: %s', (_, method) => {
    expect(computed(inNetworkInput(method), gray())).toEqual(computed(method, gray()));
  });
});
