// Batch normalization while a network learns: the function itself, a small network's loss and running
// statistics, and what is left of them in the trained weights, each against plain loops.
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import { add, gradient, input, mul, type Program, program, sum } from '../graph/index.js';
import { bind, isSmooth, lower, type Network } from '../model/index.js';
import { forward, planesOf, relu, softplus } from '../model/testing/forward.js';
import { preactivated, residual, weightsOf } from '../model/testing/networks.js';
import { values } from '../testing/cases.js';
import { useFolder } from '../testing/files.js';
import { expectClose, slopes } from '../testing/float64.js';
import type { WeightFile } from '../weights/safetensors.js';
import { zeroMoments } from './adam.js';
import { normaliseBatch } from './batch-norm.js';
import type { Batch } from './batches.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { statistics, stepOf, trainable } from './step.js';
import { compileTrainer, type TrainingState, trainedTensors } from './trainer.js';

const IMAGES = 5;
const STEP = 1e-5;

type Numbers = Readonly<Record<string, Float64Array>>;

/** The slopes of a program's output in its inputs, by central differences. */
const differences = (p: Program, at: Numbers, name: string, output: string) =>
  slopes((moved) => interpret(p, { ...at, [name]: moved })[output]![0]!, at[name]!, STEP);

/** Mean, biased variance, and number of values of each channel of planes [C,H,W] of several images. */
function momentsOf(planes: readonly ArrayLike<number>[], channels: number) {
  return Array.from({ length: channels }, (_, c) => {
    const seen = planes.flatMap((plane) => {
      const pixels = plane.length / channels;
      return Array.from(plane).slice(c * pixels, (c + 1) * pixels);
    });
    const mean = seen.reduce((a, b) => a + b) / seen.length;
    const variance = seen.reduce((total, v) => total + (v - mean) ** 2, 0) / seen.length;
    return { mean, variance, count: seen.length };
  });
}

describe('a batch', () => {
  const shape = [3, 4, 2, 5];
  const [x, weight, bias] = [input('x', shape), input('weight', [4]), input('bias', [4])];
  const epsilon = 0.01;
  const normalized = normaliseBatch(x, weight, bias, epsilon);
  const seen = input('seen', shape);
  // the statistics are results too, and have slopes of their own
  const loss = add(
    sum(mul(normalized.y, seen)),
    add(sum(mul(normalized.mean, 3)), sum(mul(normalized.variance, 2))),
  );
  const wrt = { x, weight, bias };
  const grads = gradient(loss, Object.values(wrt));
  const p = program({
    ...normalized,
    loss,
    ...Object.fromEntries(Object.keys(wrt).map((name, i) => [`d${name}`, grads[i]!])),
  });
  const numbers: Numbers = {
    x: Float64Array.from(values(shape, 'x', [1, 4])),
    weight: Float64Array.from(values([4], 'weight', [-2, 2])),
    bias: Float64Array.from(values([4], 'bias', [-1, 1])),
    seen: Float64Array.from(values(shape, 'seen', [-1, 1])),
  };

  it('is normalized by its own mean and biased variance', () => {
    const out = interpret(p, numbers);
    const images = [0, 1, 2].map((n) => numbers.x!.slice(n * 40, (n + 1) * 40));
    const moments = momentsOf(images, 4);
    const y = numbers.x!.map((v, i) => {
      const c = Math.floor(i / 10) % 4;
      const { mean, variance } = moments[c]!;
      return ((v - mean) / Math.sqrt(variance + epsilon)) * numbers.weight![c]! + numbers.bias![c]!;
    });
    expectClose(out.y!, y, 1e-12);
    expectClose(
      out.mean!,
      moments.map(({ mean }) => mean),
      1e-12,
    );
    expectClose(
      out.variance!,
      moments.map(({ variance }) => variance),
      1e-12,
    );
  });

  it.each(Object.keys(wrt))('has the slope of its definition in %s', (name) => {
    expectClose(interpret(p, numbers)[`d${name}`]!, differences(p, numbers, name, 'loss'), 1e-8);
  });
});

const networks: readonly (readonly [string, Network])[] = [
  ['norms behind convolutions and a residual block', residual()],
  ['norms before activations, one with another ε', preactivated()],
  ['softplus', { ...residual(), activation: { softplus: 3 } }],
];

const nonlinearity = ({ activation }: Network) =>
  isSmooth(activation) ? softplus(activation.softplus) : relu;

/** A state from random weights; running statistics among them are no batch's. */
function stateOf(network: Network): TrainingState {
  const { tensors } = weightsOf(network);
  const of = (names: ReadonlyMap<string, readonly number[]>) =>
    new Map([...names.keys()].map((name) => [name, Float32Array.from(tensors.get(name)!.data)]));
  const moments = [...trainable(network)].map(
    ([name, shape]) => [name, zeroMoments(shape.reduce((n, d) => n * d, 1))] as const,
  );
  return {
    parameters: of(trainable(network)),
    moments: new Map(moments),
    statistics: of(statistics(network)),
    step: 0,
  };
}

const meanOf = (network: Network) => bind(network, weightsOf(network)).mean;

function batchOf({ height, width, classes }: Network, key: string): Batch {
  const labels = Array.from({ length: IMAGES }, (_, i) => (i * 3) % classes);
  const target = new Float32Array(IMAGES * classes);
  labels.forEach((label, i) => {
    target[i * classes + label] = 1;
  });
  return { x: values([IMAGES, 3, height, width], key, [0, 255]), target, labels };
}

const imagesOf = ({ x }: Batch) =>
  Array.from({ length: IMAGES }, (_, i) =>
    x.slice((i * x.length) / IMAGES, ((i + 1) * x.length) / IMAGES),
  );

const asFile = (network: Network, state: TrainingState): WeightFile => ({
  ...weightsOf(network),
  tensors: trainedTensors(network, state, meanOf(network)),
});

/**
 * The network on a batch, norm after norm: what stands before each is computed with the norms before it
 * set to the batch's statistics and itself doing nothing, and its own statistics are taken from there.
 */
function twin(network: Network, weights: WeightFile, batch: Batch) {
  const act = nonlinearity(network);
  const tensors = new Map(weights.tensors);
  const observed = new Map<string, number[]>();
  for (const layer of network.layers) {
    if (!('norm' in layer) || layer.norm === undefined) continue;
    const { name, epsilon } = layer.norm;
    const channels = layer.shape[0];
    const set = (part: string, data: ArrayLike<number>) =>
      tensors.set(`${name}.${part}`, { shape: [channels], data: data as Float32Array });
    const idle = new Map(tensors);
    const parts = { weight: 1, bias: 0, running_mean: 0, running_var: 1 - epsilon };
    for (const [part, value] of Object.entries(parts))
      idle.set(`${name}.${part}`, {
        shape: [channels],
        data: new Float64Array(channels).fill(value) as unknown as Float32Array,
      });
    const planes = imagesOf(batch).map(
      (image) => planesOf(network, { ...weights, tensors: idle }, image, act).get(layer.name)!.data,
    );
    const moments = momentsOf(planes, channels);
    set(
      'running_mean',
      Float64Array.from(moments, ({ mean }) => mean),
    );
    set(
      'running_var',
      Float64Array.from(moments, ({ variance }) => variance),
    );
    observed.set(
      `${name}.running_mean`,
      moments.map(({ mean }) => mean),
    );
    observed.set(
      `${name}.running_var`,
      moments.map(({ variance, count }) => (variance * count) / (count - 1)),
    );
  }
  const normed = { ...weights, tensors };
  const scores = imagesOf(batch).flatMap((image) => [...forward(network, normed, image, act)]);
  return { scores, observed };
}

describe.each(networks)('a network with %s', (_, network) => {
  const weights = weightsOf(network);
  const batch = batchOf(network, 'batch');
  const step = stepOf(bind(network, weights), IMAGES);
  const names = [...step.parameters.keys()];
  const grads = gradient(step.loss, [...step.parameters.values()]);
  const p = program({
    scores: step.scores,
    loss: step.loss,
    ...Object.fromEntries(names.map((name, i) => [`d ${name}`, grads[i]!])),
    ...Object.fromEntries(step.observed),
  });
  const numbers: Numbers = {
    x: Float64Array.from(batch.x),
    target: Float64Array.from(batch.target),
    ...Object.fromEntries(
      names.map((name) => [name, Float64Array.from(weights.tensors.get(name)!.data)]),
    ),
  };
  const out = interpret(p, numbers);

  it('sees the statistics of the batch, and scores it by them', () => {
    const { scores, observed } = twin(network, weights, batch);
    expectClose(out.scores!, scores, 1e-6);
    expect([...step.observed.keys()].sort()).toEqual([...statistics(network).keys()].sort());
    for (const [name, expected] of observed) expectClose(out[name]!, expected, 1e-6);
  });

  it('has the slopes of its loss in every parameter', () => {
    for (const name of names) {
      // of each parameter some elements, since every one takes two passes
      const whole = numbers[name]!;
      const picked = [0, 1, 2].map((part) => Math.floor((part * (whole.length - 1)) / 2));
      const expected = slopes(
        (moved) => {
          const at = Float64Array.from(whole);
          picked.forEach((element, i) => {
            at[element] = moved[i]!;
          });
          return interpret(p, { ...numbers, [name]: at }).loss![0]!;
        },
        picked.map((element) => whole[element]!),
        STEP,
      );
      const got = picked.map((element) => out[`d ${name}`]![element]!);
      // biases that the batch's mean takes out again have none
      if (expected.every((v) => Math.abs(v) < 1e-8)) expect(got, name).toEqual([0, 0, 0]);
      else expectClose(got, expected, 1e-5);
    }
  });

  it('keeps running statistics as defined, and the batch norms they make', async () => {
    const state = stateOf(network);
    const trainer = await compileTrainer(
      onnxEngine(),
      network,
      meanOf(network),
      state,
      IMAGES,
      () => 0.01,
    );
    const expected = new Map([...state.statistics].map(([k, v]) => [k, Float64Array.from(v)]));
    for (const key of ['first', 'second', 'third']) {
      const seen = batchOf(network, key);
      const { observed } = twin(network, asFile(network, state), seen);
      await trainer.step(seen);
      for (const [name, running] of expected)
        running.forEach((v, i) => {
          running[i] = 0.9 * v + 0.1 * observed.get(name)![i]!;
        });
      for (const [name, running] of expected)
        expectClose(state.statistics.get(name)!, running, 1e-5);
    }
    // folded into the weights they give the scores of running statistics, and so the same classes
    const file = asFile(network, state);
    const { x, labels } = batchOf(network, 'fourth');
    const images = imagesOf({ x, labels, target: new Float32Array() });
    const byStatistics = images.map((image) => [
      ...forward(network, file, image, nonlinearity(network)),
    ]);
    const at = input('x', [IMAGES, 3, network.height, network.width]);
    const { scores } = lower(bind(network, file), at, network.activation);
    const folded = interpret(program({ scores }), { x: Float64Array.from(x) });
    expectClose(folded.scores!, byStatistics.flat(), 1e-5);
    const found = byStatistics.map((row) => row.indexOf(Math.max(...row)));
    const batch = { x, labels: found, target: new Float32Array() };
    expect(await trainer.correct(batch, IMAGES)).toBe(IMAGES);
    expect(await trainer.correct({ ...batch, labels: found.map((c) => c + 1) }, IMAGES)).toBe(0);
    await trainer.release();
  });

  it('learns a few images by heart', async () => {
    const state = stateOf(network);
    const trainer = await compileTrainer(
      onnxEngine(),
      network,
      meanOf(network),
      state,
      IMAGES,
      () => 0.01,
    );
    const first = await trainer.step(batch);
    let last = first;
    for (let i = 0; i < 100; i++) last = await trainer.step(batch);
    expect(last.loss).toBeLessThan(first.loss / 5);
    expect(await trainer.correct(batch, IMAGES)).toBe(IMAGES);
    await trainer.release();
  });
});

describe('a training with batch norms', () => {
  const inFolder = useFolder();

  it('goes on from a checkpoint to the very same numbers', async () => {
    const network = residual();
    const mean = meanOf(network);
    const steps = async (state: TrainingState, keys: readonly string[]) => {
      const engine = onnxEngine();
      const trainer = await compileTrainer(engine, network, mean, state, IMAGES, () => 0.01);
      for (const key of keys) await trainer.step(batchOf(network, key));
      await trainer.release();
    };
    const whole = stateOf(network);
    await steps(whole, ['a', 'b', 'c', 'd']);
    const halves = stateOf(network);
    await steps(halves, ['a', 'b']);
    await writeCheckpoint(inFolder('c'), network, { state: halves, mean }, 'abc');
    const { state: resumed } = await readCheckpoint(inFolder('c'), network, 'abc');
    expect(resumed.statistics).toEqual(halves.statistics);
    await steps(resumed, ['c', 'd']);
    expect(resumed).toEqual(whole);
  });
});
