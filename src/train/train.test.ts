// The parts of training: loss and its derivatives, Adam, the first weights, the order and variation of
// images, the step of a whole network, checkpoints.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient, input, program } from '../graph/index.js';
import { plain, weightsOf } from '../model/testing/networks.js';
import { refusal, useFolder } from '../testing/files.js';
import { unfiled } from '../testing/images.js';
import { adamStep, zeroMoments } from './adam.js';
import { augmented, epochOrder, loadBatch, meanImage } from './batches.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { crossEntropy } from './cross-entropy.js';
import { heNormal, initialValues } from './initial.js';
import { rateOf } from './rate.js';
import { trainable } from './step.js';
import { compileTrainer, NotFinite, type TrainingState } from './trainer.js';

describe('cross-entropy', () => {
  const scores = input('scores', [2, 3]);
  const target = input('target', [2, 3]);
  const loss = crossEntropy(scores, target);
  const p = program({ loss, slope: gradient(loss, [scores])[0]! });
  const labels = [2, 0];
  const oneHot = Float64Array.of(0, 0, 1, 1, 0, 0);

  it.each([
    ['ordinary scores', [0.5, -1, 2, 1, 1.5, -0.3]],
    ['equal scores', [1, 1, 1, 0, 0, 0]],
    ['scores whose exponentials overflow', [2000, 1990, 1995, -3000, -2999, -2990]],
  ])('is −log softmax of the label, and its slope softmax less label: %s', (_, values) => {
    const out = interpret(p, { scores: Float64Array.from(values), target: oneHot });
    let expected = 0;
    const slope: number[] = [];
    for (const [i, label] of labels.entries()) {
      const row = values.slice(3 * i, 3 * i + 3);
      const parts = row.map((v) => Math.exp(v - Math.max(...row)));
      const total = parts.reduce((a, b) => a + b, 0);
      expected -= (row[label]! - Math.max(...row) - Math.log(total)) / 2;
      slope.push(...parts.map((v, c) => (v / total - (c === label ? 1 : 0)) / 2));
    }
    expect(out.loss![0]).toBeCloseTo(expected, 10);
    for (const [i, v] of slope.entries()) expect(out.slope![i]).toBeCloseTo(v, 10);
  });
});

describe('Adam', () => {
  it('takes the steps of its definition', () => {
    // two steps worked out by hand for gradients 0.5 and −0.1 at rate 0.1
    const w = Float32Array.of(1);
    const moments = zeroMoments(1);
    adamStep(w, Float32Array.of(0.5), moments, 1, { rate: 0.1 });
    expect(w[0]).toBeCloseTo(1 - 0.1, 6);
    adamStep(w, Float32Array.of(-0.1), moments, 2, { rate: 0.1 });
    const m = (0.9 * 0.05 + 0.1 * -0.1) / (1 - 0.81);
    const v = (0.999 * 0.00025 + 0.001 * 0.01) / (1 - 0.998001);
    expect(w[0]).toBeCloseTo(0.9 - (0.1 * m) / Math.sqrt(v), 6);
  });

  it('leaves parameters without a gradient where they are', () => {
    const w = Float32Array.of(3, -2);
    adamStep(w, Float32Array.of(0, 0), zeroMoments(2), 1, { rate: 0.1 });
    expect([...w]).toEqual([3, -2]);
  });
});

describe('the rate', () => {
  it('stays, or falls along half a cosine', () => {
    expect([1, 50, 100].map(rateOf(0.3, undefined, 100))).toEqual([0.3, 0.3, 0.3]);
    const falling = rateOf(0.2, 'cosine', 4);
    // 1 + cos of 0, 45, 90 and 135 degrees, times half the first rate
    const half = Math.SQRT1_2;
    [2, 1 + half, 1, 1 - half].forEach((v, i) => {
      expect(falling(i + 1)).toBeCloseTo(0.1 * v, 12);
    });
  });
});

describe('the first weights', () => {
  it('leave what batch norms are given as it is', () => {
    const at = (name: string) => [...initialValues(1, `layer.${name}`, [2])];
    expect(at('weight')).toEqual([1, 1]);
    expect(at('bias')).toEqual([0, 0]);
    expect(at('running_mean')).toEqual([0, 0]);
    expect(at('running_var')).toEqual([1, 1]);
    expect(initialValues(1, 'conv.weight', [3, 2, 3, 3])).toEqual(
      heNormal(1, 'conv.weight', [3, 2, 3, 3]),
    );
  });

  it('are normal with variance 2/fan-in, and the same for the same seed and name', () => {
    const shape = [200, 10, 3, 3];
    const w = heNormal(1, 'conv.weight', shape);
    expect(w).toHaveLength(18_000);
    const moment = (power: number) => w.reduce((n, v) => n + v ** power, 0) / w.length;
    const variance = 2 / 90;
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(variance / w.length));
    expect(moment(2) / variance).toBeCloseTo(1, 1);
    // of a normal distribution the fourth moment is three times the squared variance
    expect(moment(4) / variance ** 2).toBeGreaterThan(2.7);
    expect(moment(4) / variance ** 2).toBeLessThan(3.3);
    expect(heNormal(1, 'conv.weight', shape)).toEqual(w);
    expect(heNormal(2, 'conv.weight', shape)).not.toEqual(w);
    expect(heNormal(1, 'other.weight', shape)).not.toEqual(w);
    expect(heNormal(1, 'odd', [3, 3])).toHaveLength(9);
  });
});

/** Four images 4×4 whose pixels tell image, channel, row and column. */
const four: Dataset = {
  location: 'memory',
  entries: [0, 1, 2, 1].map((label, i) => ({ id: String(i), label })),
  load: async ({ id }) => Float32Array.from({ length: 48 }, (_, i) => 100 * Number(id) + i + 1),
  ...unfiled,
};
const size = { height: 4, width: 4, classes: 3 };

describe('batches', () => {
  it('see every image once an epoch, in another order each time', () => {
    const first = epochOrder(1, 0, 100);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(epochOrder(1, 0, 100)).toEqual(first);
    expect(epochOrder(1, 1, 100)).not.toEqual(first);
    expect(epochOrder(2, 0, 100)).not.toEqual(first);
  });

  it('hold images and labels side by side', async () => {
    const { x, target, labels } = await loadBatch(four, [2, 1], size);
    expect(labels).toEqual([2, 1]);
    expect([...target]).toEqual([0, 0, 1, 0, 1, 0]);
    expect([x[0], x[47], x[48], x[95]]).toEqual([201, 248, 101, 148]);
  });

  it('have the mean image of a data set', async () => {
    const mean = await meanImage(four, size);
    expect([...mean]).toEqual(Array.from({ length: 48 }, (_, i) => 150 + i + 1));
  });

  it('shift and mirror images, and nothing else', async () => {
    const image = await four.load(four.entries[0]!, size);
    const seen = new Set<string>();
    for (let key = 0; key < 400; key++) {
      const varied = augmented(image, size, ['crop', 'flip'], 1, key);
      expect(augmented(image, size, ['crop', 'flip'], 1, key)).toEqual(varied);
      // which shift and mirroring it is, found by trying all
      const found: string[] = [];
      for (let dy = -4; dy <= 4; dy++)
        for (let dx = -4; dx <= 4; dx++)
          for (const mirrored of [false, true]) {
            const same = varied.every((v, i) => {
              const [c, row, column] = [Math.floor(i / 16), Math.floor((i % 16) / 4), i % 4];
              const [r, k] = [row + dy, (mirrored ? 3 - column : column) + dx];
              return v === (r < 0 || r > 3 || k < 0 || k > 3 ? 0 : image[c * 16 + r * 4 + k]);
            });
            if (same) found.push(`${dy} ${dx} ${mirrored}`);
          }
      expect(found.length).toBeGreaterThan(0);
      if (found.length === 1) seen.add(found[0]!);
    }
    expect(seen.size).toBeGreaterThan(60);
    expect(augmented(image, size, [], 1, 0)).toEqual(image);
    const flips = Array.from({ length: 40 }, (_, key) => augmented(image, size, ['flip'], key)[0]);
    expect(new Set(flips)).toEqual(new Set([1, 4]));
  });
});

/** Training of a small network from random weights, on eight images of random pixels. */
async function smallTraining(images = 8) {
  const network = plain();
  const weights = weightsOf(network);
  const state: TrainingState = {
    parameters: new Map(
      [...trainable(network).keys()].map((name) => [
        name,
        Float32Array.from(weights.tensors.get(name)!.data),
      ]),
    ),
    moments: new Map(
      [...trainable(network)].map(([name, shape]) => [
        name,
        zeroMoments(shape.reduce((n, d) => n * d, 1)),
      ]),
    ),
    statistics: new Map(),
    step: 0,
  };
  const mean = weights.tensors.get('mean')!;
  const trainer = await compileTrainer(onnxEngine(), network, mean, state, images, () => 0.01);
  const labels = Array.from({ length: images }, (_, i) => (i * 3) % network.classes);
  const target = new Float32Array(images * network.classes);
  labels.forEach((label, i) => {
    target[i * network.classes + label] = 1;
  });
  const pixels = 3 * network.height * network.width;
  const x = Float32Array.from({ length: images * pixels }, (_, i) => (i * 7919) % 256);
  return { network, state, trainer, mean, batch: { x, target, labels } };
}

describe('a step', () => {
  it('moves every parameter against the slope of the loss', async () => {
    const { state, trainer, batch } = await smallTraining();
    const before = new Map([...state.parameters].map(([k, v]) => [k, Float32Array.from(v)]));
    const { loss } = await trainer.step(batch);
    // Adam's first step is the rate against the sign of the slope, wherever there is one
    const signs = new Map(
      [...before].map(([name, old]) => [
        name,
        old.map((v, i) => Math.sign(v - state.parameters.get(name)![i]!)),
      ]),
    );
    for (const [name, old] of before) {
      const i = old.length - 1;
      const h = 1e-2;
      const at = async (by: number) => {
        for (const [key, values] of before) state.parameters.get(key)!.set(values);
        state.parameters.get(name)![i]! += by;
        for (const moments of state.moments.values()) {
          moments.first.fill(0);
          moments.second.fill(0);
        }
        return (await trainer.step(batch)).loss;
      };
      const slope = ((await at(h)) - (await at(-h))) / (2 * h);
      if (Math.abs(slope) > 1e-3) expect(signs.get(name)![i], name).toBe(Math.sign(slope));
    }
    expect(loss).toBeGreaterThan(0);
  });

  it('learns a few images by heart', async () => {
    const { trainer, batch } = await smallTraining();
    const first = await trainer.step(batch);
    let last = first;
    for (let i = 0; i < 150; i++) last = await trainer.step(batch);
    expect(last.loss).toBeLessThan(first.loss / 5);
    expect(last.correct).toBe(8);
    expect(await trainer.correct(batch, 8)).toBe(8);
    expect(await trainer.correct(batch, 3)).toBe(3);
  });

  it('refuses to go where the loss is no number, and leaves the parameters alone', async () => {
    const { state, trainer, batch } = await smallTraining();
    await trainer.step(batch);
    const before = new Map([...state.parameters].map(([k, v]) => [k, Float32Array.from(v)]));
    const x = Float32Array.from(batch.x);
    x[5] = Number.NaN;
    await expect(trainer.step({ ...batch, x })).rejects.toThrow(NotFinite);
    expect(state.step).toBe(1);
    for (const [name, values] of before) expect(state.parameters.get(name)).toEqual(values);
  });
});

describe('a checkpoint', () => {
  const inFolder = useFolder();

  it('brings back parameters, moments and the number of steps', async () => {
    const { network, state, trainer, mean, batch } = await smallTraining();
    await trainer.step(batch);
    await trainer.step(batch);
    await writeCheckpoint(inFolder('c'), network, { state, mean }, 'abc');
    expect(await readCheckpoint(inFolder('c'), network, 'abc')).toEqual({ state, mean });
  });

  it('is refused for another training, another network, and when it is none', async () => {
    const { network, state, mean } = await smallTraining();
    await writeCheckpoint(inFolder('c'), network, { state, mean }, 'abc');
    const read = (hash: string, of = network) => refusal(readCheckpoint(inFolder('c'), of, hash));
    expect(await read('other')).toMatch(/a checkpoint of another training \(plain\)/);
    const layers = network.layers.map((layer) =>
      layer.name === 'hidden' ? { ...layer, name: 'unknown' } : layer,
    );
    const parameters = new Map([...network.parameters, ['unknown.weight', [6, 12]]] as const);
    expect(await read('abc', { ...network, layers, parameters })).toMatch(
      /another network: unknown\.weight has shape \[\], expected \[6,12\]/,
    );
    await writeFile(inFolder('c'), 'rubbish and more of it');
    expect(await read('abc')).toMatch(/not a safetensors file/);
  });
});
