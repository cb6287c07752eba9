import { describe, expect, it } from 'vitest';
import { expectClose } from '../testing/float64.js';
import type { WeightTensor } from '../weights/safetensors.js';
import { bind, parametersOf } from './bind.js';
import { networkOf } from './registry.js';
import { plain, preactivated, weightsOf } from './testing/networks.js';

/** A dense layer's matrix with its columns in the order row, column, channel. */
function flattenedLast(
  { shape, data }: WeightTensor,
  [channels, height, width]: readonly [number, number, number],
): WeightTensor {
  const [outputs, inputs] = shape as [number, number];
  const turned = new Float32Array(data.length);
  for (let o = 0; o < outputs; o++)
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          turned[o * inputs + (y * width + x) * channels + c] =
            data[o * inputs + (c * height + y) * width + x]!;
  return { shape, data: turned, channelsLast: true };
}

describe('weights of another program', () => {
  it('have the columns of a dense layer behind a plane in the order channel, row, column', () => {
    const network = networkOf('cifar-cnn', { width: 0.125 });
    const file = weightsOf(network);
    const dense = network.layers.find(({ kind }) => kind === 'dense')!;
    const plane = network.layers.find(({ name }) => name === dense.from[0])!.shape;
    expect(plane[1]).toBeGreaterThan(1);
    const name = `${dense.name}.weight`;
    const matrix = flattenedLast(file.tensors.get(name)!, plane);
    expect(matrix.data).not.toEqual(file.tensors.get(name)!.data);
    const found = parametersOf(network, {
      ...file,
      tensors: new Map([...file.tensors, [name, matrix]]),
    });
    for (const [each, { data }] of file.tensors) expect(found.get(each)!.data, each).toEqual(data);
  });

  it('have variances that are divided by with the ε of the file', () => {
    const network = preactivated();
    const file = weightsOf(network);
    const other = 0.25;
    const tensors = new Map(
      [...file.tensors].map(([name, tensor]) => [
        name,
        name.endsWith('running_var') ? { ...tensor, epsilon: other } : tensor,
      ]),
    );
    const { linear } = bind(network, { ...file, tensors });
    const of = (name: string) => file.tensors.get(name)!.data;
    const layer = network.layers.find((l) => l.kind === 'affine')!;
    const norm = layer.kind === 'affine' ? layer.norm.name : '';
    const scales = of(`${norm}.weight`).map(
      (w, i) => w / Math.sqrt(of(`${norm}.running_var`)[i]! + other),
    );
    expectClose(linear.get(layer.name)!.weight.data, scales, 1e-6);
  });

  it('are left as they are where they are as PyTorch has them', () => {
    const file = weightsOf(plain());
    expect(parametersOf(plain(), file)).toBe(file.tensors);
  });
});
