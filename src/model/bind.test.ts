import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { expectClose } from '../testing/float64.js';
import type { WeightFile, WeightTensor } from '../weights/safetensors.js';
import { bind, zeroOf } from './bind.js';
import { networkOf } from './registry.js';
import { plain, preactivated, residual, weightsOf } from './testing/networks.js';

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
      'with a negative variance',
      { 'block.1n.running_var': spoiled('block.1n.running_var', -0.5) },
      'tensor block.1n.running_var holds -0.5, expected variances, none below 0',
    ],
    [
      'whose batch norm is beyond float32',
      {
        'block.1n.weight': spoiled('block.1n.weight', 3e38),
        'block.1n.running_var': spoiled('block.1n.running_var', 0),
      },
      'the batch norm block.1n makes numbers that are not finite',
    ],
    [
      'with a tensor whose name would command a terminal',
      { 'x\u001b[2J': filled(0, 1) },
      String.raw`tensor x\u001b[2J is not part of it`,
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

  it('with the parts of a network that only training uses, which it names', () => {
    const whole = preactivated();
    const helped = changed(weightsOf(whole), { 'helper.fc.weight': filled(Number.NaN, 2, 2) });
    expect(bind(whole, helped).linear.size).toBe(6);
  });
});

describe('a file without any running statistics whose metadata call its norms folded', () => {
  const whole = preactivated();
  const full = weightsOf(whole);
  const names = [...full.tensors.keys()].filter((name) => name.includes('.running_'));
  const bare = changed(full, Object.fromEntries(names.map((name) => [name, undefined])));
  const worked = { ...bare, metadata: { batchnorm: 'folded: y = x*weight + bias' } };
  const data = (file: WeightFile, name: string) => file.tensors.get(name)!.data;

  it('has norms that multiply and add, without ε', () => {
    const { linear } = bind(whole, worked);
    expect(linear.get('second')!.weight.data).toEqual(data(worked, 'second.weight'));
    expect(linear.get('second')!.bias.data).toEqual(data(worked, 'second.bias'));
    expect(linear.get('stem')!.bias.data).toEqual(data(worked, 'stem.n.bias'));
    const scale = data(worked, 'stem.n.weight');
    linear.get('stem')!.weight.data.forEach((w, i) => {
      expect(w).toBe(Math.fround(data(worked, 'stem.weight')[i]! * scale[Math.floor(i / 27)]!));
    });
  });

  it('is another network than the same file with means of 0 and variances of 1 − ε only by rounding', () => {
    const shapes = names.map((name) => [name, full.tensors.get(name)!.shape] as const);
    const norm = (name: string) => (/^(stem|second)/.test(name) ? 0.1 : 1e-5);
    const plainStatistics = Object.fromEntries(
      shapes.map(([name, shape]) => [
        name,
        filled(name.endsWith('running_mean') ? 0 : 1 - norm(name), ...shape),
      ]),
    );
    const [a, b] = [worked, changed(full, plainStatistics)].map((file) => bind(whole, file));
    for (const [name, { weight, bias }] of a!.linear) {
      expectClose(b!.linear.get(name)!.weight.data, weight.data, 1e-7);
      expectClose(b!.linear.get(name)!.bias.data, bias.data, 1e-7);
    }
  });

  it('is refused when only some are missing', () => {
    const some = changed(full, { 'second.running_mean': undefined });
    expect(() => bind(whole, some)).toThrow('tensor second.running_mean is missing');
    expect(() => bind(whole, { ...some, metadata: worked.metadata })).toThrow(
      'tensor second.running_mean is missing',
    );
  });

  it.each([{}, { batchnorm: 'unfolded' }, { folded: 'yes' }])(
    'is refused where the metadata are %j, with what to do',
    (metadata: Record<string, string>) => {
      expect(() => bind(whole, { ...bare, metadata })).toThrow(
        `preactivated.safetensors: not weights of preactivated: tensors ${names[0]} and ${names.length - 1} others are missing; expected all of state_dict(), named_parameters() has no running means and variances; a safetensors file whose batch norms are x · weight + bias says "batchnorm": "folded" in its metadata`,
      );
    },
  );

  it('that is another network’s is refused for what differs', () => {
    const other = weightsOf(networkOf('squeezenet1_1'));
    expect(() => bind(whole, other)).toThrow('tensor stem.weight is missing');
  });
});

describe('the image that preprocessing maps to zero', () => {
  it.each([
    ['squeezenet1_1', [123, 117, 104]],
    ['resnet20-cifar10', [123.675, 116.28, 103.53]],
  ] as const)('is the mean color of %s', (name, color) => {
    const network = networkOf(name);
    const zero = zeroOf(bind(network, weightsOf(network)));
    expect(zero.shape).toEqual([1, 3, 1, 1]);
    const { data } = zero.attrs as { data: Float32Array };
    data.forEach((value, c) => {
      expect(value).toBeCloseTo(color[c]!, 4);
    });
  });

  it('is the stored mean image, in gray levels', () => {
    const weights = weightsOf(plain());
    const zero = zeroOf(bind(plain(), weights));
    expect(zero.shape).toEqual([1, 3, 6, 7]);
    const { data } = zero.attrs as { data: Float32Array };
    weights.tensors.get('mean')!.data.forEach((m, i) => {
      expect(data[i]).toBeCloseTo(255 * m, 4);
    });
  });
});
