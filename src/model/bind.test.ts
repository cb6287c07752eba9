import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import type { WeightFile, WeightTensor } from '../weights/safetensors.js';
import { bind, zeroOf } from './bind.js';
import { networkOf } from './registry.js';
import { plain, residual, weightsOf } from './testing/networks.js';

/** A file with some tensors replaced, or removed where undefined. */
function changed(file: WeightFile, changes: Record<string, WeightTensor | undefined>): WeightFile {
  const tensors = new Map(file.tensors);
  for (const [name, tensor] of Object.entries(changes))
    if (tensor === undefined) tensors.delete(name);
    else tensors.set(name, tensor);
  return { ...file, tensors };
}

const network = residual();
const good = weightsOf(network);
const filled = (value: number, ...shape: number[]): WeightTensor => ({
  shape,
  data: new Float32Array(shape.reduce((n, d) => n * d, 1)).fill(value),
});
const spoiled = (name: string, value: number): WeightTensor => {
  const { shape, data } = good.tensors.get(name)!;
  const copy = data.slice();
  copy[copy.length - 1] = value;
  return { shape, data: copy };
};

describe('a weight file is refused', () => {
  it.each([
    ['without a tensor', { 'wide.bias': undefined }, 'tensor wide.bias is missing'],
    [
      'with the statistics of a norm missing',
      { 'block.0n.running_var': undefined },
      'tensor block.0n.running_var is missing',
    ],
    [
      'with a tensor of another shape',
      { 'wide.weight': filled(0, 4, 4, 1, 9) },
      'tensor wide.weight has shape [4,4,1,9], expected [4,4,3,3]',
    ],
    [
      'with a tensor of another rank',
      { 'classes.bias': filled(0, 1, 5) },
      'tensor classes.bias has shape [1,5], expected [5]',
    ],
    [
      'with NaN',
      { 'narrow.weight': spoiled('narrow.weight', Number.NaN) },
      'tensor narrow.weight holds numbers that are not finite',
    ],
    [
      'with an infinite number',
      { 'block.1n.running_mean': spoiled('block.1n.running_mean', Number.NEGATIVE_INFINITY) },
      'tensor block.1n.running_mean holds numbers that are not finite',
    ],
    [
      'with a tensor that no layer has',
      { 'block.0.bias': filled(0, 10) },
      'tensor block.0.bias is not part of it',
    ],
  ])('%s', (_, changes, why) => {
    const refused = () => bind(network, changed(good, changes));
    expect(refused).toThrow(UserError);
    expect(refused).toThrow(`residual.safetensors: not weights of residual: ${why}`);
    try {
      refused();
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('that is another model’s, by the first tensor that differs', () => {
    const other = weightsOf(networkOf('squeezenet1_0'));
    expect(() => bind(networkOf('squeezenet1_1'), other)).toThrow(
      'squeezenet1_0.safetensors: not weights of squeezenet1_1: tensor features.0.weight has shape [96,3,7,7], expected [64,3,3,3]',
    );
  });
});

describe('a weight file is taken', () => {
  it('with counters of batches that training leaves behind', () => {
    const counted = changed(good, { 'block.0n.num_batches_tracked': filled(7) });
    expect(bind(network, counted).linear.size).toBe(6);
  });
});

describe('the image that preprocessing maps to zero', () => {
  it.each([
    ['squeezenet1_1', [123, 117, 104]],
    ['resnet20-cifar10', [123.675, 116.28, 103.53]],
  ] as const)('is the mean colour of %s', (name, colour) => {
    const network = networkOf(name);
    const zero = zeroOf(bind(network, weightsOf(network)));
    expect(zero.shape).toEqual([1, 3, 1, 1]);
    const { data } = zero.attrs as { data: Float32Array };
    data.forEach((value, c) => {
      expect(value).toBeCloseTo(colour[c]!, 4);
    });
  });

  it('is the stored mean image, in grey levels', () => {
    const weights = weightsOf(plain());
    const zero = zeroOf(bind(plain(), weights));
    expect(zero.shape).toEqual([1, 3, 6, 7]);
    const { data } = zero.attrs as { data: Float32Array };
    weights.tensors.get('mean')!.data.forEach((m, i) => {
      expect(data[i]).toBeCloseTo(255 * m, 4);
    });
  });
});
