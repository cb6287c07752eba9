// A pool that stands before activations must not be told from one that stands behind them. A second
// reader of what would be moved, whose output nobody uses, keeps it where it was.
import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient, input, mul, program, sum } from '../graph/index.js';
import { expectClose } from '../testing/float64.js';
import type { WeightFile } from '../weights/safetensors.js';
import { bind } from './bind.js';
import { type Activation, type Network, NetworkBuilder, type Output } from './layers.js';
import { lower } from './lower.js';
import { poolFirst } from './pool-first.js';
import { imageOf, weightsOf } from './testing/networks.js';

/** An activation behind a pool, and two joined ones behind another. */
function network(held: boolean): Network {
  const b = new NetworkBuilder('pooled', 15, 14);
  const hold = (x: Output) => {
    if (held) b.globalAverage(`${x.name}.reader`, x);
    return x;
  };
  const image = b.input({ scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  const stem = hold(b.activation(b.conv('stem', image, 4, 3)));
  const pooled = b.maxPool('pool1', stem, 3, 2, 'ceil');
  const narrow = b.activation(b.conv('narrow', pooled, 3, 1));
  const wide = b.activation(b.conv('wide', pooled, 2, 3, { pads: 1 }));
  const again = b.maxPool('pool2', hold(b.concat('joined', [narrow, wide])), 3, 2, 'ceil');
  b.dense('classes', again, 3);
  return b.finish();
}

/** Weights and biases −1, 0 or 1: whole images give equal values in most windows. */
function coarse(weights: WeightFile): WeightFile {
  const tensors = [...weights.tensors].map(
    ([name, { shape, data }]) =>
      [name, { shape, data: data.map((w) => Math.sign(Math.round(2 * w))) }] as const,
  );
  return { ...weights, tensors: new Map(tensors) };
}

const kinds = (held: boolean) => poolFirst(network(held).layers).map(({ kind }) => kind);

describe('pools before activations', () => {
  it('are moved there, through a concatenation too', () => {
    expect(kinds(false)).toEqual([
      ...['preprocess', 'conv', 'maxPool', 'activation'],
      ...['conv', 'conv', 'maxPool', 'activation', 'maxPool', 'activation', 'concat', 'dense'],
    ]);
  });

  it('stay behind what something else reads', () => {
    expect(kinds(true)).toEqual(network(true).layers.map(({ kind }) => kind));
  });

  const images: [string, Float32Array, (w: WeightFile) => WeightFile][] = [
    ['all different', imageOf(network(false)).map((v) => v / 255), (w) => w],
    ['with ties', imageOf(network(false)).map((v) => Math.round(v / 128)), coarse],
    ['all the same', imageOf(network(false)).fill(1), coarse],
  ];
  const activations: [string, Activation][] = [
    ['ReLU', 'relu'],
    ['softplus', { softplus: 2 }],
  ];
  const cases = images.flatMap(([values, image, weights]) =>
    activations.map(([name, activation]) => [values, name, image, weights, activation] as const),
  );

  it.each(cases)(
    'values %s, %s: same scores, gradients and second derivatives',
    (_, __, image, weights, activation) => {
      const [moved, held] = [false, true].map((held) => {
        const one = network(held);
        const x = input('x', [1, 3, one.height, one.width]);
        const { scores } = lower(bind(one, weights(weightsOf(one))), x, activation);
        const slope = gradient(sum(mul(scores, scores)), [x])[0]!;
        const curvature = gradient(sum(mul(slope, slope)), [x])[0]!;
        return interpret(program({ scores, slope, curvature }), { x: image });
      });
      for (const output of ['scores', 'slope', 'curvature']) {
        expect(Math.max(...held![output]!.map(Math.abs))).toBeGreaterThan(0);
        expectClose(moved![output]!, held![output]!, 1e-12);
      }
    },
  );
});
