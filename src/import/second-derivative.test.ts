// What attacks on imported networks step along: derivatives of maps, against differences in float64, and on engines.
import { describe, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import {
  deeplift,
  gradient as gradientMethod,
  imageInputs,
  oneHot,
  saliencyMap,
} from '../explain/index.js';
import { constant, gradient, mul, program, sum } from '../graph/index.js';
import { isSmooth } from '../model/index.js';
import { fixturePath } from '../package.js';
import { keyedRandom } from '../random.js';
import { describeOnWebgpu } from '../testing/webgpu.js';
import { importNetwork, presets, readModel } from './index.js';

const random = (purpose: string, count: number, size: number) => {
  const { uniform } = keyedRandom(1, purpose);
  return Float32Array.from({ length: count }, () => (uniform() - 0.5) * size);
};

/** A weighted sum of a map, and its slope in the image, as programs on a network's smooth form. */
async function stepOf(name: string, method = gradientMethod()) {
  const { bound } = importNetwork(await readModel(fixturePath('onnx', `${name}.onnx`)), {
    input: presets['keras-tf'],
    name,
  });
  const { network } = bound;
  const { x, target } = imageInputs(bound);
  const activation = isSmooth(network.activation) ? network.activation : { softplus: 20 };
  const map = saliencyMap(
    method.contribution({ network: bound, activation, x, target }, undefined),
  );
  const weights = constant(random('weights', network.height * network.width, 1), map.shape);
  const value = sum(mul(map, weights));
  const image = random('image', 3 * network.height * network.width, 200).map((v) => v + 128);
  return {
    values: program({ value }),
    slopes: program({ slope: gradient(value, [x])[0]! }),
    inputs: { x: image, target: oneHot(network.classes, 2) },
  };
}

const smooth = ['vit', 'swin', 'convnext', 'mobilenet-v3', 'shufflenet-v2', 'mixed'] as const;

describe('the derivative of a map', () => {
  it.each(smooth)('of %s is that of differences', async (name) => {
    const { values, slopes, inputs } = await stepOf(name);
    const { slope } = interpret(slopes, inputs);
    const along = random('along', inputs.x.length, 1);
    const at = (h: number) =>
      interpret(values, { ...inputs, x: Array.from(inputs.x, (v, i) => v + h * along[i]!) })
        .value![0]!;
    const h = 1e-3;
    const difference = (at(h) - at(-h)) / (2 * h);
    const product = slope!.reduce((total, s, i) => total + s * along[i]!, 0);
    expect(product / difference).toBeCloseTo(1, 3);
  });

  it('through gates, as DeepLIFT has it, is that of differences', async () => {
    const { values, slopes, inputs } = await stepOf('efficientnet', deeplift());
    const { slope } = interpret(slopes, inputs);
    const along = random('along', inputs.x.length, 1);
    const at = (h: number) =>
      interpret(values, { ...inputs, x: Array.from(inputs.x, (v, i) => v + h * along[i]!) })
        .value![0]!;
    const difference = (at(1e-3) - at(-1e-3)) / 2e-3;
    expect(slope!.reduce((total, s, i) => total + s * along[i]!, 0) / difference).toBeCloseTo(1, 2);
  });
});

/** That an engine computes what the float64 interpreter does. */
async function agrees(engine: Engine, name: string): Promise<void> {
  const { slopes, inputs } = await stepOf(name);
  const { slope } = interpret(slopes, inputs);
  const executable = await engine.compile(slopes);
  const got = await executable.run(inputs);
  await executable.release();
  const largest = slope!.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const apart = slope!.reduce((most, v, i) => Math.max(most, Math.abs(v - got.slope![i]!)), 0);
  expect(apart / largest).toBeLessThan(1e-3);
}

describe('a step of an attack is that of float64', { timeout: 60_000 }, () => {
  it.each(smooth)('on %s', async (name) => {
    await agrees(onnxEngine(), name);
  });
});

describeOnWebgpu('a step of an attack on WebGPU is that of float64', { timeout: 60_000 }, () => {
  it.each(smooth)('on %s', async (name) => {
    await agrees(onnxEngine({ device: 'webgpu' }), name);
  });
});
