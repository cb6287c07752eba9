// What a config says of its model, its data and its engine: defaults, and mistakes.
import { describe, expect, it } from 'vitest';
import { networkOf, optionsOf } from '../model/index.js';
import { config, type Mistake, useConfigFiles } from '../tasks/testing/config-files.js';
import { modelFields } from './model.js';
import { dataFields, hasSplits } from './subject.js';

const { load, expectMistake } = useConfigFiles();
const models = Object.keys(modelFields);

describe('a model', () => {
  const modelOf = async (model: string) => (await load(config({ model: `model: ${model}` }))).model;

  it.each([
    [
      'squeezenet1_1',
      { pool: 'ceil' },
      { height: 227, width: 227, scale: 1, mean: [123, 117, 104], std: [1, 1, 1] },
      1000,
    ],
    [
      'resnet18',
      {},
      {
        height: 224,
        width: 224,
        scale: 255,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
      },
      1000,
    ],
    [
      // its mean is among its weights
      'cifar-cnn',
      { width: 1 },
      { height: 32, width: 32, scale: 255, mean: { parameter: 'mean' }, std: [1, 1, 1] },
      10,
    ],
    [
      'vgg16-cifar10',
      { width: 1, batchNorm: false },
      {
        height: 32,
        width: 32,
        scale: 255,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
      },
      10,
    ],
  ])(
    'is known with its options, its input and its classes: %s',
    async (name, options, input, classes) => {
      expect(await modelOf(name)).toEqual({ name, ...options, input, classes });
    },
  );

  it('has the options and the weights it is given', async () => {
    expect(
      await modelOf('{ name: vgg16-cifar10, width: 0.5, weights: w.safetensors }'),
    ).toMatchObject({ width: 0.5, batchNorm: false, weights: 'w.safetensors' });
    expect(await modelOf('{ name: squeezenet1_0, pool: floor }')).toMatchObject({ pool: 'floor' });
  });

  it.each(models)('has every option of its form: %s', async (name) => {
    const { input, classes, ...options } = await modelOf(name);
    expect(Object.keys(options).sort()).toEqual(
      ['name', ...Object.keys(modelFields[name]!)].sort(),
    );
    expect(Object.keys(input).sort()).toEqual(['height', 'mean', 'scale', 'std', 'width']);
    expect(classes).toBeGreaterThan(1);
  });

  it.each(models)('is the same network where its options are left out: %s', (name) => {
    expect(networkOf(name)).toEqual(networkOf(name, optionsOf(name)));
  });

  it.each<Mistake>([
    [
      'of no known name',
      config({ model: 'model: squeezenet' }),
      `c.yaml:2: model.name: "squeezenet", expected one of ${models.join(', ')}`,
    ],
    [
      'of no known name, spelled out',
      config({ model: 'model:\n  pool: ceil\n  name: squeezenet' }),
      `c.yaml:4: model.name: "squeezenet", expected one of ${models.join(', ')}`,
    ],
    [
      'with unknown pooling',
      config({ model: 'model: { name: squeezenet1_1, pool: up }' }),
      'c.yaml:2: model.pool: "up", expected one of ceil, floor',
    ],
  ])('%s is a mistake', (...of) => expectMistake(of));
});

describe('a data set', () => {
  const dataOf = async (data: string, model = 'squeezenet1_1') =>
    (await load(config({ data: `data: ${data}`, model: `model: ${model}` }))).data;

  it('keeps where it is, how pictures are brought to size, and which are used', async () => {
    expect(
      await dataOf(
        '{ name: folder, path: pictures, resize: 250, crop: 227, count: 3, correct: false }',
      ),
    ).toEqual({
      name: 'folder',
      path: 'pictures',
      resize: 250,
      crop: 227,
      count: 3,
      correct: false,
    });
  });

  const published: Readonly<Record<string, number | object>> = {
    squeezenet1_0: { shortSide: 256, unless: 227 },
    squeezenet1_1: { shortSide: 256, unless: 227 },
    inception_v3: 342,
    'cifar-cnn': 32,
    'cifar-cnn-softplus': 32,
    'resnet20-cifar10': 32,
    'vgg16-cifar10': 32,
  };
  it.each(models)('is brought to size as the publisher of its network does: %s', async (model) => {
    expect(await dataOf('embedded', model)).toEqual({
      name: 'embedded',
      count: 'max',
      correct: true,
      resize: published[model] ?? 256,
    });
  });

  it.each<[string, string, object]>([
    ['squeezenet1_1', 'resize: 256', { resize: 256 }],
    ['squeezenet1_1', 'resize: none', { resize: 'none' }],
    ['squeezenet1_1', 'crop: 240', { resize: 256, crop: 240 }],
    ['resnet18', 'resize: none, crop: 300', { resize: 'none', crop: 300 }],
    ['inception_v3', 'crop: 342', { resize: 342, crop: 342 }],
    ['cifar-cnn', 'resize: 16, crop: 16', { resize: 16, crop: 16 }],
  ])('is brought to size as told: %s, %s', async (model, told, expected) => {
    const { resize, crop } = await dataOf(`{ name: embedded, ${told} }`, model);
    expect({ resize, crop }).toEqual(expected);
  });

  it.each(Object.keys(dataFields))(
    'is of its test images, where it has others: %s',
    async (name) => {
      const data = await dataOf('path' in dataFields[name]! ? `{ name: ${name}, path: p }` : name);
      expect(data.split).toBe(['cifar-10', 'flowers'].includes(name) ? 'test' : undefined);
      expect(hasSplits(name)).toBe(data.split !== undefined);
    },
  );

  it('is of its training images where told', async () => {
    expect(await dataOf('{ name: cifar-10, split: train }')).toMatchObject({ split: 'train' });
  });

  it.each<Mistake>([
    [
      'of no known name',
      config({ data: 'data: mnist' }),
      'c.yaml:3: data.name: "mnist", expected one of imagenet, cifar-10, flowers, embedded, folder',
    ],
    [
      'of an unknown split',
      config({ data: 'data: { name: cifar-10, split: val }' }),
      'c.yaml:3: data.split: "val", expected one of train, test',
    ],
    [
      'in a folder without a path',
      config({ data: 'data: folder' }),
      'c.yaml:3: data.path: missing, expected text',
    ],
    [
      'of no images',
      config({ data: 'data: { name: embedded, count: 0 }' }),
      'c.yaml:3: data.count: 0, expected at least 1',
    ],
    [
      'that is scaled to less than the input',
      config({ data: 'data: { name: embedded, resize: 100 }' }),
      'c.yaml:3: data.resize: 100, expected at least 227, the side of the crop',
    ],
    [
      'with a crop larger than its pictures',
      config({ data: 'data: { name: embedded, crop: 257 }' }),
      'c.yaml:3: data.crop: 257, expected at most 256, the short side of pictures as they are scaled (data.resize)',
    ],
    [
      'with a crop larger than its pictures are told to be',
      config({ data: 'data: { name: embedded, crop: 241, resize: 240 }' }),
      'c.yaml:3: data.crop: 241, expected at most 240, the short side',
    ],
    [
      'with a crop beyond reason',
      config({ data: 'data: { name: embedded, crop: 100000, resize: none }' }),
      'c.yaml:3: data.crop: 100000, expected at most 4096',
    ],
    [
      'with another word for a size',
      config({ data: 'data: { name: embedded, resize: never }' }),
      'c.yaml:3: data.resize: "never", expected a whole number from 1 to 4096, or none',
    ],
    [
      'scaled beyond reason',
      config({ data: 'data: { name: embedded, resize: 4097 }' }),
      'c.yaml:3: data.resize: 4097, expected at most 4096',
    ],
    [
      'with a word for a count',
      config({ data: 'data: { name: embedded, count: all }' }),
      'c.yaml:3: data.count: "all", expected a whole number from 1, or max',
    ],
  ])('%s is a mistake', (...of) => expectMistake(of));
});

describe('an engine', () => {
  it.each<Mistake>([
    [
      'of no known name',
      config({}, 'engine: torch'),
      'c.yaml:7: engine.name: "torch", expected one of auto, onnx, tfjs',
    ],
    [
      'on an unknown device',
      config({}, 'engine: { name: onnx, device: tpu }'),
      'c.yaml:7: engine.device: "tpu", expected one of cpu, webgpu, cuda',
    ],
    [
      'of no workers',
      config({}, 'engine: { name: auto, workers: 0 }'),
      'c.yaml:7: engine.workers: 0, expected at least 1',
    ],
    [
      'of more images at once than it takes',
      config({}, 'engine: { name: auto, batch: 513 }'),
      'c.yaml:7: engine.batch: 513, expected at most 512',
    ],
  ])('%s is a mistake', (...of) => expectMistake(of));
});
