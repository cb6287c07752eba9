// Names and shapes of parameters against the published definitions, and class scores on the real
// engine against the float64 twin: of weights in the data root where there are any, else of random ones.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { input, program } from '../graph/index.js';
import { fixturePath } from '../package.js';
import { expectClose } from '../testing/float64.js';
import { readSafetensors } from '../weights/safetensors.js';
import { bind } from './bind.js';
import { isSmooth, type Network } from './layers.js';
import { lower } from './lower.js';
import { type ModelName, models, networkOf } from './registry.js';
import { forward, relu, softplus } from './testing/forward.js';
import { imageOf, weightsOf } from './testing/networks.js';

type Shapes = Record<string, readonly number[]>;

const layer = (name: string, ...shape: number[]): Shapes => ({
  [`${name}.weight`]: shape,
  [`${name}.bias`]: [shape[0]!],
});
const norm = (name: string, channels: number): Shapes =>
  Object.fromEntries(
    ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [
      `${name}.${part}`,
      [channels],
    ]),
  );

/** A fire module in torchvision's terms: inputs, squeezed channels, channels of each expansion. */
const fire = (at: number, inputs: number, squeeze: number, expand: number): Shapes => ({
  ...layer(`features.${at}.squeeze`, squeeze, inputs, 1, 1),
  ...layer(`features.${at}.expand1x1`, expand, squeeze, 1, 1),
  ...layer(`features.${at}.expand3x3`, expand, squeeze, 3, 3),
});

const block = (name: string, inputs: number, channels: number): Shapes => ({
  [`${name}.conv1.weight`]: [channels, inputs, 3, 3],
  ...norm(`${name}.bn1`, channels),
  [`${name}.conv2.weight`]: [channels, channels, 3, 3],
  ...norm(`${name}.bn2`, channels),
});

/** Ghorbani et al. 2019, appendix A. */
const cifarCnn: Shapes = {
  mean: [3, 32, 32],
  ...layer('conv1', 96, 3, 3, 3),
  ...layer('conv2', 96, 96, 3, 3),
  ...layer('conv3', 96, 96, 3, 3),
  ...layer('conv4', 192, 96, 3, 3),
  ...layer('conv5', 192, 192, 3, 3),
  ...layer('conv6', 192, 192, 3, 3),
  ...layer('dense1', 1024, 192 * 8 * 8),
  ...layer('dense2', 10, 1024),
};

const published = {
  squeezenet1_0: {
    ...layer('features.0', 96, 3, 7, 7),
    ...fire(3, 96, 16, 64),
    ...fire(4, 128, 16, 64),
    ...fire(5, 128, 32, 128),
    ...fire(7, 256, 32, 128),
    ...fire(8, 256, 48, 192),
    ...fire(9, 384, 48, 192),
    ...fire(10, 384, 64, 256),
    ...fire(12, 512, 64, 256),
    ...layer('classifier.1', 1000, 512, 1, 1),
  },
  squeezenet1_1: {
    ...layer('features.0', 64, 3, 3, 3),
    ...fire(3, 64, 16, 64),
    ...fire(4, 128, 16, 64),
    ...fire(6, 128, 32, 128),
    ...fire(7, 256, 32, 128),
    ...fire(9, 256, 48, 192),
    ...fire(10, 384, 48, 192),
    ...fire(11, 384, 64, 256),
    ...fire(12, 512, 64, 256),
    ...layer('classifier.1', 1000, 512, 1, 1),
  },
  'cifar-cnn': cifarCnn,
  'cifar-cnn-softplus': cifarCnn,
  'resnet20-cifar10': {
    'conv1.weight': [16, 3, 3, 3],
    ...norm('bn1', 16),
    ...block('layer1.0', 16, 16),
    ...block('layer1.1', 16, 16),
    ...block('layer1.2', 16, 16),
    ...block('layer2.0', 16, 32),
    ...block('layer2.1', 32, 32),
    ...block('layer2.2', 32, 32),
    ...block('layer3.0', 32, 64),
    ...block('layer3.1', 64, 64),
    ...block('layer3.2', 64, 64),
    ...layer('linear', 10, 64),
  },
} satisfies Partial<Record<ModelName, Shapes>>;

/** The others are those that torchvision.test.ts compares with torchvision. */
const names = Object.keys(published) as (keyof typeof published)[];

it('every network is compared with its published definition, here or in torchvision.test.ts', () => {
  const golden = JSON.parse(readFileSync(fixturePath('model', 'golden.json'), 'utf8'));
  const there = golden.map(({ model }: { model: string }) => model);
  expect([...new Set([...names, ...there])].sort()).toEqual(Object.keys(models).sort());
});

describe('parameters', () => {
  it.each(names)('of %s have the published names and shapes', (name) => {
    expect(Object.fromEntries(networkOf(name).parameters)).toEqual(published[name]);
  });

  it.each([
    ['squeezenet1_0', 1_248_424],
    ['squeezenet1_1', 1_235_496],
    ['resnet20-cifar10', 269_722],
  ] as const)('of %s that are trained number %i', (name, count) => {
    const trained = [...networkOf(name).parameters].filter(([n]) => !n.includes('running_'));
    expect(trained.reduce((n, [, shape]) => n + shape.reduce((a, b) => a * b, 1), 0)).toBe(count);
  });

  it('of a narrower cifar-cnn shrink with its width, the classes excepted', () => {
    const { parameters } = networkOf('cifar-cnn', { width: 0.125 });
    expect(parameters.get('conv4.weight')).toEqual([24, 12, 3, 3]);
    expect(parameters.get('dense1.weight')).toEqual([128, 24 * 8 * 8]);
    expect(parameters.get('dense2.weight')).toEqual([10, 128]);
  });
});

describe('planes', () => {
  const sizes = (network: Network, names: readonly string[]) =>
    names.map((name) => {
      const [, height, width] = network.layers.find((layer) => layer.name === name)!.shape;
      expect(width).toBe(height);
      return height;
    });

  // sizes in the Caffe release, which rounds up; its last convolution of 1.0 is padded by one
  it.each([
    ['squeezenet1_0', undefined, [111, 55, 27, 13, 15]],
    ['squeezenet1_0', 'floor', [111, 55, 27, 13, 15]],
    ['squeezenet1_1', undefined, [113, 56, 28, 14, 14]],
    ['squeezenet1_1', 'ceil', [113, 56, 28, 14, 14]],
    ['squeezenet1_1', 'floor', [113, 56, 27, 13, 13]],
  ] as const)('of %s, pool: %s', (name, pool, expected) => {
    const network = networkOf(name, { pool });
    const pools = network.layers.filter(({ kind }) => kind === 'maxPool').map((l) => l.name);
    expect(sizes(network, ['features.0', ...pools, 'classifier.1'])).toEqual(expected);
  });

  it('of cifar-cnn are halved twice', () => {
    const convolutions = [1, 2, 3, 4, 5, 6].map((i) => `conv${i}`);
    expect(sizes(networkOf('cifar-cnn'), convolutions)).toEqual([32, 32, 16, 16, 16, 8]);
  });

  it('of cifar-cnn are padded as TensorFlow pads to keep ⌈size/stride⌉, the odd pixel after', () => {
    const { layers } = networkOf('cifar-cnn');
    let size = 32;
    for (const layer of layers.filter((l) => l.kind === 'conv')) {
      const out = Math.ceil(size / layer.stride[0]);
      const total = (out - 1) * layer.stride[0] + layer.kernel[0] - size;
      const [before, after] = [Math.floor(total / 2), Math.ceil(total / 2)];
      expect(layer.pads, layer.name).toEqual([before, before, after, after]);
      size = out;
    }
  });

  it('of resnet20-cifar10 are halved by the second and third stage', () => {
    const first = ['conv1', 'layer1.0.conv1', 'layer1.2.conv2', 'layer2.0.conv1', 'layer2.2.conv2'];
    const last = ['layer3.0.conv1', 'layer3.0.shortcut', 'layer3.2.conv2'];
    expect(sizes(networkOf('resnet20-cifar10'), [...first, ...last])).toEqual([
      ...[32, 32, 32, 16, 16],
      ...[8, 8, 8],
    ]);
  });
});

describe('nonlinearities', () => {
  it.each(Object.keys(models) as ModelName[])('of %s are the published ones', (name) => {
    expect(networkOf(name).activation).toEqual(
      name === 'cifar-cnn-softplus' ? { softplus: 1 } : 'relu',
    );
  });
});

describe('class scores on ONNX Runtime agree with float64', () => {
  const fileOf = (name: ModelName) =>
    path.join(process.env.FRAGILE_DATA ?? '', 'weights', `${name}.safetensors`);

  it.each(names)('%s', async (name) => {
    // the full cifar-cnn would take most of the time, and a narrow one has the same layers
    const network = networkOf(name, { width: 0.125 });
    const stored =
      process.env.FRAGILE_DATA && !name.startsWith('cifar-cnn') && existsSync(fileOf(name));
    const weights = stored ? await readSafetensors(fileOf(name)) : weightsOf(network);
    const image = imageOf(network);
    const x = input('x', [1, 3, network.height, network.width]);
    const { activation } = network;
    const executable = await onnxEngine().compile(
      program({ scores: lower(bind(network, weights), x, activation).scores }),
    );
    const { scores } = await executable.run({ x: image });
    await executable.release();
    const f = isSmooth(activation) ? softplus(activation.softplus) : relu;
    expectClose(scores!, forward(network, weights, image, f), 1e-4);
  });
});
