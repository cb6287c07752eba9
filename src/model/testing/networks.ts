// Small networks that together have every kind of layer in the forms that matter, and random weights
// for any network.
import { values } from '../../testing/cases.js';
import type { WeightFile } from '../../weights/safetensors.js';
import { type Network, NetworkBuilder } from '../layers.js';
import type { Rounding } from '../squeezenet.js';

const color = { scale: 255, mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3] } as const;

/** Images 15×12: two branches joined and pooled, batch norm, and a residual block with a subsampled shortcut. */
export function residual(rounding: Rounding = 'ceil'): Network {
  const b = new NetworkBuilder('residual', 15, 12);
  const stem = b.activation(
    b.conv('stem', b.input(color), 4, 3, { stride: 2, pads: [0, 0, 1, 1] }),
  );
  const narrow = b.activation(b.conv('narrow', stem, 3, 1));
  const wide = b.activation(b.conv('wide', stem, 4, 3, { pads: 1 }));
  const pooled = b.maxPool('pool', b.concat('joined', [narrow, wide]), 3, 2, rounding);
  const first = b.activation(
    b.conv('block.0', pooled, 10, 3, { stride: 2, pads: 1, bias: false, norm: 'block.0n' }),
  );
  const second = b.conv('block.1', first, 10, 1, { norm: 'block.1n' });
  const sum = b.add('block.sum', second, b.subsample('block.shortcut', pooled, 10));
  b.dense('classes', b.globalAverage('mean', b.activation(sum)), 5);
  return b.finish();
}

/** Images 6×7 less a mean image: a convolution, pooling, and two dense layers of which the first reads whole planes. */
export function plain(): Network {
  const b = new NetworkBuilder('plain', 6, 7);
  const image = b.input({ ...color, mean: { parameter: 'mean' } });
  const conv = b.activation(b.conv('conv', image, 4, 3, { pads: 1 }));
  const pooled = b.maxPool('pool', conv, 2, 2, 'floor');
  b.dense('classes', b.activation(b.dense('hidden', pooled, 6)), 4);
  return b.finish();
}

/** Images 6×7 whose class layer is a convolution, as in SqueezeNet: an activation, a pool and the average over the plane follow it. */
export function convolutional(kernel = 1, stride = 1, pads = 1): Network {
  const b = new NetworkBuilder('convolutional', 6, 7);
  const stem = b.activation(b.conv('stem', b.input(color), 5, 3));
  const classes = b.activation(b.conv('classes', stem, 4, kernel, { stride, pads }));
  b.globalAverage('scores', b.maxPool('pool', classes, 2, 2, 'ceil'));
  return b.finish();
}

/** Images 13×12: padded max-pools, norms before activations and with another ε, oblong filters, and average pools. */
export function preactivated(): Network {
  const b = new NetworkBuilder('preactivated', 13, 12);
  const stem = b.conv('stem', b.input(color), 4, 3, { bias: false, norm: 'stem.n', epsilon: 0.1 });
  const pooled = b.maxPool('pool', b.activation(stem), 3, 2, 'floor', 1);
  const wide = b.conv('wide', b.activation(b.affine('first', pooled)), 3, [1, 3], { pads: [0, 1] });
  const joined = b.concat('joined', [pooled, b.averagePool('around', wide, 3, 1, 1)]);
  const high = b.activation(b.affine('second', b.activation(joined), 0.1));
  const same = b.conv('high', high, 5, [3, 1], { pads: [1, 0] });
  const halved = b.averagePool('halved', b.maxPool('again', same, 2, 1, 'ceil', 1), 2, 2);
  b.dense('classes', b.adaptiveAverage('mean', halved, 3), 4);
  return b.finish(['helper.']);
}

function range(name: string, shape: readonly number[]): readonly [number, number] {
  if (name === 'mean') return [0.3, 0.7];
  if (name.endsWith('running_var')) return [0.5, 1.5];
  if (!name.endsWith('weight')) return [-0.3, 0.3];
  if (shape.length === 1) return [0.5, 1.5];
  // the bound of a uniform distribution that keeps the size of activations (He et al., 2015)
  const bound = Math.sqrt(6 / shape.slice(1).reduce((n, d) => n * d, 1));
  return [-bound, bound];
}

/** Random weights of a network. */
export const weightsOf = (network: Network): WeightFile => ({
  file: `${network.name}.safetensors`,
  sha256: '',
  metadata: {},
  tensors: new Map(
    [...network.parameters].map(([name, shape]) => [
      name,
      { shape, data: values(shape, `${network.name} ${name}`, range(name, shape)) },
    ]),
  ),
});

/** Random pixels for a network, one image [3,H,W] of 0..255. */
export const imageOf = ({ height, width }: Network, key = 'image'): Float32Array =>
  values([3, height, width], key, [0, 255]);
