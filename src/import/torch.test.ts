// Small networks with the structures of torchvision's classifiers, exported by torch: scores and gradients are torch's in
// float64, and those of several images at once are those of each.
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { imageInputs, oneHot } from '../explain/index.js';
import { gradient, input, program, sum } from '../graph/index.js';
import { lower } from '../model/index.js';
import { fixturePath } from '../package.js';
import { type ImportOptions, importNetwork, presets, readModel } from './index.js';

interface Golden {
  readonly height: number;
  readonly width: number;
  readonly scores: readonly number[];
  readonly gradient: readonly number[];
}

const golden: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync(fixturePath('onnx', 'golden.json'), 'utf8'),
);
const LABEL = 3;

/** Gray levels 0..255: whole numbers that follow from their place. */
const imageOf = ({ height, width }: Golden, shift = 0) =>
  Float32Array.from({ length: 3 * height * width }, (_, i) =>
    Math.floor((((i + shift) * 2654435761) % 2 ** 32) / 2 ** 24),
  );

const imported = async (name: string, change: Partial<ImportOptions> = {}) =>
  importNetwork(await readModel(fixturePath('onnx', `${name}.onnx`)), {
    input: { ...presets['keras-tf'], order: name === 'gray' ? 'gray' : 'rgb' },
    name,
    ...change,
  });

const largest = (v: ArrayLike<number>) =>
  Array.from(v).reduce((a, b) => Math.max(a, Math.abs(b)), 0);

function expectNear(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(got).toHaveLength(wanted.length);
  const apart = Array.from(wanted, (v, i) => v - got[i]!);
  expect(largest(apart) / largest(wanted)).toBeLessThan(tolerance);
}

it('every exported network has a golden result', async () => {
  const files = (await readdir(fixturePath('onnx'))).filter((file) => file.endsWith('.onnx'));
  expect(
    Object.keys(golden)
      .map((name) => `${name}.onnx`)
      .sort(),
  ).toEqual(files.sort());
});

describe.each(Object.entries(golden))('%s', (name, exact) => {
  it('has the scores of torch, and their gradient', async () => {
    const { bound } = await imported(name);
    const { network } = bound;
    expect(network).toMatchObject({ height: exact.height, width: exact.width });
    const { x, target } = imageInputs(bound);
    const { scores, score } = lower(bound, x, network.activation);
    const one = score(target);
    const single = exact.scores.length === 1;
    const label = single ? 1 : LABEL;
    const got = interpret(program({ scores, one, slope: gradient(sum(one), [x])[0]! }), {
      x: imageOf(exact),
      target: oneHot(network.classes, label),
    });
    expectNear(got.scores!, single ? [0, ...exact.scores] : exact.scores, 1e-5);
    expect(got.one![0]).toBeCloseTo(got.scores![label]!, 9);
    // of gray levels, and of one channel for three
    const pixels = exact.height * exact.width;
    const slope = Array.from(got.slope!, (v) => v * 127.5);
    const own = single
      ? Array.from(
          { length: pixels },
          (_, i) => slope[i]! + slope[pixels + i]! + slope[2 * pixels + i]!,
        )
      : slope;
    expectNear(own, exact.gradient, 1e-4);
  });

  it('is the same for each of several images', async () => {
    const { bound } = await imported(name);
    const { network } = bound;
    const images = [0, 31, 77].map((shift) => imageOf(exact, shift));
    const scoresOf = (x: readonly Float32Array[]) => {
      const shape = [x.length, 3, network.height, network.width];
      const { scores } = lower(bound, input('x', shape), network.activation);
      return interpret(program({ scores }), { x: x.flatMap((one) => [...one]) }).scores!;
    };
    const apart = images.flatMap((one) => [...scoresOf([one])]);
    expectNear(scoresOf(images), apart, 1e-12);
    expect(
      largest(apart.slice(0, network.classes).map((v, i) => v - apart[network.classes + i]!)),
    ).toBeGreaterThan(1e-3);
  });
});

describe('an order of colors', () => {
  it.each(['mobilenet-v3', 'vit', 'channels-last'])('blue first, of %s', async (name) => {
    const exact = golden[name]!;
    const image = imageOf(exact);
    const pixels = exact.height * exact.width;
    const turned = Float32Array.from(image);
    turned.set(image.subarray(2 * pixels), 0);
    turned.set(image.subarray(0, pixels), 2 * pixels);
    const blue = await imported(name, { input: { ...presets['keras-tf'], order: 'bgr' } });
    const { scores } = lower(blue.bound, imageInputs(blue.bound).x, blue.bound.network.activation);
    expectNear(interpret(program({ scores }), { x: turned }).scores!, exact.scores, 1e-5);
  });
});

it.each([
  ['channels-last', [1.2, 0.6, 1.6], [1.8, 2.2, 2.6]],
  ['two-outputs', [1.1, 1.2, 1.3], [0.5, 0.5, 0.5]],
])('what %s does with its input first is part of its preprocessing', async (name, mean, std) => {
  const { layers } = (await imported(name)).bound.network;
  const [first, second] = layers;
  expect(first).toMatchObject({
    kind: 'preprocess',
    scale: 127.5,
    mean: mean.map((v) => expect.closeTo(v, 5)),
    std: std.map((v) => expect.closeTo(v, 5)),
  });
  expect(second).toMatchObject({ kind: 'conv', from: [first!.name] });
});
