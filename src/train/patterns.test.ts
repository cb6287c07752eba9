// Patterns against covariances formed from lists of patches and outputs.
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { connect } from '../explain/testing/connections.js';
import { bind } from '../model/index.js';
import type { Layer, Network } from '../model/layers.js';
import { planesOf, relu } from '../model/testing/forward.js';
import { convolutional, imageOf, plain, residual, weightsOf } from '../model/testing/networks.js';
import { expectClose, float64Engine } from '../testing/float64.js';
import type { WeightFile } from '../weights/safetensors.js';
import { imagesAtOnce, patternLearner } from './patterns.js';

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The pattern of every unit of a layer, by the definition; padding is a patch's zeros. */
function twin(
  network: Network,
  weights: WeightFile,
  images: readonly Float32Array[],
  layer: Layer,
  rectified: boolean,
): number[] {
  const [units, rows, columns] = layer.shape;
  const size = weights.tensors.get(`${layer.name}.weight`)!.data.length / units;
  const seen = images.map((image) => {
    const planes = planesOf(network, weights, image, relu);
    const inputs = layer.from.map((name) => planes.get(name)!);
    return { inputs, y: planes.get(layer.name)!.data };
  });
  return Array.from({ length: units }, (_, unit) => {
    const patches: { x: number[]; y: number }[] = [];
    const w = new Array<number>(size).fill(0);
    for (const { inputs, y } of seen) {
      const own = Array.from({ length: rows * columns }, (_, place) => ({
        x: new Array<number>(size).fill(0),
        y: y[unit * rows * columns + place]!,
      }));
      connect(weights, layer, inputs, (_, i, j, weight, at) => {
        if (Math.floor(j / (rows * columns)) !== unit) return;
        own[j % (rows * columns)]!.x[at - unit * size] = inputs[0]!.data[i]!;
        w[at - unit * size] = weight;
      });
      patches.push(...own);
    }
    const counted = rectified ? patches.filter(({ y }) => y > 0) : patches;
    if (counted.length === 0) return w.map(() => 0);
    const meanY = mean(patches.map(({ y }) => y));
    const covariance = w.map(
      (_, k) =>
        mean(counted.map(({ x, y }) => x[k]! * y)) - mean(counted.map(({ x }) => x[k]!)) * meanY,
    );
    const along = covariance.reduce((total, c, k) => total + c * w[k]!, 0);
    return covariance.map((c) => c / (along === 0 ? 1 : along));
  }).flat();
}

/** A network whose units of one layer never open. */
const closed = (network: Network, layer: string): WeightFile => {
  const weights = weightsOf(network);
  const bias = weights.tensors.get(`${layer}.bias`)!;
  const shut = { ...bias, data: bias.data.map(() => -1e4) };
  return { ...weights, tensors: new Map([...weights.tensors, [`${layer}.bias`, shut]]) };
};

const cases: readonly (readonly [string, Network, WeightFile, readonly string[]])[] = [
  // layers whose outputs go to an addition or are scores have no nonlinearity
  ['dense layers', plain(), weightsOf(plain()), ['classes']],
  ['branches and a residual block', residual(), weightsOf(residual()), ['block.1', 'classes']],
  ['a class layer with a nonlinearity', convolutional(), weightsOf(convolutional()), []],
  ['units that never open', plain(), closed(plain(), 'hidden'), ['classes']],
];

describe('patterns', () => {
  it.each(cases)('of %s', async (_, network, weights, straight) => {
    const images = Array.from({ length: 5 }, (_, n) => imageOf(network, `image ${n}`));
    for (const [engine, tolerance] of [
      [float64Engine, 1e-5],
      [onnxEngine(), 1e-3],
    ] as const) {
      const learner = patternLearner(engine, bind(network, weights));
      // three together and two by themselves are five
      await learner.add(Float32Array.from(images.slice(0, 3).flatMap((i) => [...i])), 3);
      for (const image of images.slice(3)) await learner.add(image, 1);
      const learned = learner.patterns();
      await learner.release();
      for (const [name, { shape, data }] of learned) {
        const layer = network.layers.find((l) => l.name === name)!;
        expect(shape).toEqual(weights.tensors.get(`${name}.weight`)!.shape);
        expectClose(
          data,
          twin(network, weights, images, layer, !straight.includes(name)),
          tolerance,
        );
      }
      expect([...learned.keys()].length).toBe(bind(network, weights).linear.size);
    }
  });

  it('take small images many at a time, large ones alone', () => {
    expect(imagesAtOnce(bind(plain(), weightsOf(plain())))).toBe(32);
    const large = { ...plain(), height: 227, width: 227 };
    expect(imagesAtOnce({ ...bind(plain(), weightsOf(plain())), network: large })).toBe(1);
  });
});
