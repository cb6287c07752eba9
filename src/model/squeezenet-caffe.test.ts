// The Caffe release's layers become the network's tensors: every one in its place, for pixels in the other order.
import { describe, expect, it } from 'vitest';
import { refusal } from '../testing/files.js';
import type { CaffeLayers } from '../weights/caffe.js';
import type { WeightTensor } from '../weights/safetensors.js';
import { caffeNameOf } from '../weights/testing/caffe-file.js';
import { networkOf } from './registry.js';
import { squeezenetFromCaffe } from './squeezenet-caffe.js';
import { weightsOf } from './testing/networks.js';

type Name = keyof typeof caffeNameOf;
const names = Object.keys(caffeNameOf) as Name[];

/** Layers of the release with random numbers, filters of the first layer as they are. */
function layersOf(name: Name): Map<string, WeightTensor[]> {
  const { tensors } = weightsOf(networkOf(name));
  return new Map(
    Object.entries(caffeNameOf[name]).map(([own, caffe]) => [
      caffe,
      ['weight', 'bias'].map((part) => tensors.get(`${own}.${part}`)!),
    ]),
  );
}
const refused = (layers: CaffeLayers) =>
  refusal(Promise.resolve().then(() => squeezenetFromCaffe('a.caffemodel', layers)));

describe.each(names)('%s of the release', (name) => {
  const layers = layersOf(name);
  const converted = squeezenetFromCaffe('a.caffemodel', layers);

  it('is recognized, and has every tensor of the network', () => {
    expect(converted.name).toBe(name);
    const shapes = [...converted.tensors].map(([own, { shape }]) => [own, shape]);
    expect(shapes).toEqual([...networkOf(name).parameters]);
  });

  it('has the numbers of each layer but those of the first filters', () => {
    for (const [own, caffe] of Object.entries(caffeNameOf[name])) {
      const [weight, bias] = layers.get(caffe)!;
      const same = (part: string, { data }: WeightTensor) =>
        converted.tensors.get(`${own}.${part}`)!.data.every((v, i) => v === data[i]);
      expect(same('bias', bias!), caffe).toBe(true);
      if (caffe !== 'conv1') expect(same('weight', weight!), caffe).toBe(true);
    }
  });

  it('gives red, green, blue less (123, 117, 104) what it gave blue, green, red less (104, 117, 123)', () => {
    const { shape, data } = layers.get('conv1')![0]!;
    const plane = shape[2]! * shape[3]!;
    const patch = Float64Array.from({ length: 3 * plane }, (_, i) => (i * 89) % 256);
    const response = (filters: Float32Array, order: readonly number[], mean: readonly number[]) =>
      Array.from({ length: shape[0]! }, (_, filter) => {
        let total = 0;
        order.forEach((color, channel) => {
          for (let i = 0; i < plane; i++)
            total +=
              filters[(filter * 3 + channel) * plane + i]! *
              (patch[color * plane + i]! - mean[channel]!);
        });
        return total;
      });
    const theirs = response(data, [2, 1, 0], [104, 117, 123]);
    const ours = response(
      converted.tensors.get('features.0.weight')!.data,
      [0, 1, 2],
      [123, 117, 104],
    );
    ours.forEach((v, i) => {
      expect(v).toBeCloseTo(theirs[i]!, 6);
    });
  });
});

describe('another network is refused by the first layer that does not fit', () => {
  const changed = (change: (layers: Map<string, WeightTensor[]>) => void): CaffeLayers => {
    const layers = layersOf('squeezenet1_1');
    change(layers);
    return layers;
  };
  const tensor = (...shape: number[]): WeightTensor => ({
    shape,
    data: new Float32Array(shape.reduce((n, d) => n * d, 1)),
  });
  const odd: [string, (layers: Map<string, WeightTensor[]>) => void, string][] = [
    ['without a layer', (l) => l.delete('fire4/expand3x3'), 'layer fire4/expand3x3 is missing'],
    [
      'of AlexNet',
      (l) => {
        l.clear();
        l.set('conv1', [tensor(96, 3, 11, 11), tensor(96)]);
      },
      'layer conv1 has filters of shape [96,3,11,11], expected [96,3,7,7]',
    ],
    [
      'with other layers alone',
      (l) => {
        l.clear();
        l.set('conv1_1', [tensor(64, 3, 3, 3), tensor(64)]);
      },
      'layer conv1 is missing',
    ],
    [
      'of ten classes',
      (l) => l.set('conv10', [tensor(10, 512, 1, 1), tensor(10)]),
      'layer conv10 has filters of shape [10,512,1,1], expected [1000,512,1,1]',
    ],
    [
      'with a short bias',
      (l) => l.set('conv1', [tensor(64, 3, 3, 3), tensor(1, 1, 1, 63)]),
      'layer conv1 has a bias of shape [1,1,1,63], expected [64]',
    ],
    [
      'without a bias',
      (l) => l.set('conv1', [tensor(64, 3, 3, 3)]),
      'layer conv1 has 1 blobs, expected filters and bias',
    ],
    [
      'with a layer more',
      (l) => l.set('fire10\u001b', [tensor(1)]),
      'layer "fire10\\u001b" is not part of it',
    ],
    [
      'with an infinite number',
      (l) =>
        l.set('conv1', [
          { ...tensor(64, 3, 3, 3), data: new Float32Array(1728).fill(Infinity) },
          tensor(64),
        ]),
      'layer conv1 holds numbers that are not finite',
    ],
  ];
  it.each(odd)('%s', async (_, change, why) => {
    const name = why.includes('96,3') ? 'squeezenet1_0' : 'squeezenet1_1';
    expect(await refused(changed(change))).toBe(`a.caffemodel: not weights of ${name}: ${why}`);
  });

  it('but the shapes of the oldest blobs, with four sizes, are as good', () => {
    const layers = changed((l) => {
      for (const [name, [weight, { shape, data }]] of l as Map<
        string,
        [WeightTensor, WeightTensor]
      >)
        l.set(name, [weight, { shape: [1, 1, 1, ...shape], data }]);
    });
    const { tensors } = squeezenetFromCaffe('a.caffemodel', layers);
    expect(tensors.get('features.0.bias')!.shape).toEqual([64]);
  });
});
