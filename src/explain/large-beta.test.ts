// Softplus at a large β is 0 in float32 wherever a unit is well closed, so that units of a window tie there which do
// not in float64. The maps must not depend on that.
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import { program } from '../graph/index.js';
import { type Network, NetworkBuilder } from '../model/layers.js';
import { preactivated, residual } from '../model/testing/networks.js';
import { expectClose } from '../testing/float64.js';
import { gradient, gradientTimesInput } from './gradient.js';
import { guidedBackprop } from './guided-backprop.js';
import { type Method, saliencyMap } from './method.js';
import { batchOf, boundOf, methods, rawOf } from './testing/maps.js';

/** Pools of what has other readers, so that they cannot stand before activations, and of a join of activations and others. */
function joining(): Network {
  const b = new NetworkBuilder('joining', 15, 14);
  const image = b.input({ scale: 255, mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3] });
  const stem = b.activation(b.conv('stem', image, 4, 3));
  const pooled = b.maxPool('pool', stem, 3, 2, 'ceil');
  const closed = b.activation(b.conv('closed', pooled, 3, 3, { pads: 1 }));
  const open = b.conv('open', pooled, 3, 1);
  const again = b.maxPool('again', b.concat('joined', [closed, open]), 2, 2, 'floor');
  // a second reader of the stem
  b.globalAverage('reader', stem);
  b.dense('classes', b.activation(b.affine('shifted', again)), 4);
  return b.finish();
}

const all: readonly (readonly [string, (network: Network) => Method])[] = [
  ...methods.map(({ name, method }) => [name, method] as const),
  ['guided, plain', () => guidedBackprop({ plain: true })],
  ['gradient', () => gradient()],
  ['gradient × input', () => gradientTimesInput()],
];
const cases = [residual(), preactivated(), joining()].flatMap((network) =>
  [10, 100, 1000].flatMap((beta) =>
    all.map(([name, method]) => [name, network.name, beta, network, method] as const),
  ),
);

describe('a map in float32 is that in float64', () => {
  it.each(cases)('%s on %s, β = %d', async (_, __, beta, network, method) => {
    const { x, target } = batchOf(network);
    const { raw } = rawOf(method(network), boundOf(network), { softplus: beta }, 2);
    const p = program({ map: saliencyMap(raw) });
    const executable = await onnxEngine().compile(p);
    const got = (await executable.run({ x, target })).map!;
    await executable.release();
    const expected = interpret(p, { x, target }).map!;
    expectClose(got, expected, 1e-4);
    expect(expected.some((v) => v > 0)).toBe(true);
  });
});
