// Networks against torchvision's own, with the same weights and image on both sides: class scores and the
// gradient of one of them, with ReLU and with softplus, at full size on the real engine. Weights follow from a rule that
// scripts/model-golden.py follows too; what torchvision computes in float64 is in golden.json.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { gradient, input, program, sum } from '../graph/index.js';
import { fixturePath } from '../package.js';
import type { WeightFile } from '../weights/safetensors.js';
import { bind } from './bind.js';
import type { Activation, Network } from './layers.js';
import { lower } from './lower.js';
import { type ModelName, type ModelOptions, networkOf } from './registry.js';

interface Golden {
  readonly model: ModelName;
  readonly options: ModelOptions;
  /** How many numbers a state dict has, and the SHA-256 of its lines `name sizes`, sorted. */
  readonly parameters: { readonly count: number; readonly sha256: string };
  /** Scores of the network as it is. */
  readonly scores: Measured;
  /** Of the gradient of the class's score by the image. */
  readonly gradientNorm: number;
  /** The class whose score is differentiated. */
  readonly label: number;
  /** Of the network with softplus_β. */
  readonly softplus: {
    readonly beta: number;
    readonly scores: Measured;
    readonly gradient: Measured;
  };
}

/** What is kept of many numbers: the largest size, the Euclidean norm, and some of them. */
interface Measured {
  readonly largest: number;
  readonly norm: number;
  readonly positions: readonly number[];
  readonly values: readonly number[];
}

/** Largest difference, relative to the largest number or the norm. */
const TOLERANCE = 1e-4;

const goldens: readonly Golden[] = JSON.parse(
  readFileSync(fixturePath('model', 'golden.json'), 'utf8'),
);

/** Numbers in [0, 1) that follow from a name: a hash of its FNV-1a hash and the position. */
function uniform(name: string, count: number, use: (u: number) => number): Float32Array {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let h = (Math.imul(i, 0x9e3779b9) + seed) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    out[i] = use(((h ^ (h >>> 16)) >>> 0) / 2 ** 32);
  }
  return out;
}

const size = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1);

function interval(name: string, shape: readonly number[]): readonly [number, number] {
  if (name.endsWith('running_var')) return [0.5, 1.5];
  if (shape.length > 1) {
    const bound = Math.sqrt(6 / size(shape.slice(1)));
    return [-bound, bound];
  }
  return name.endsWith('weight') ? [0.5, 1.5] : [-0.2, 0.2];
}

const weightsOf = (network: Network): WeightFile => ({
  file: 'golden',
  sha256: '',
  metadata: {},
  tensors: new Map(
    [...network.parameters].map(([name, shape]) => {
      const [low, high] = interval(name, shape);
      return [
        name,
        { shape, data: uniform(name, size(shape), (u) => low + (high - low) * u) },
      ] as const;
    }),
  ),
});

const norm = (numbers: Float32Array) => Math.sqrt(numbers.reduce((total, v) => total + v * v, 0));

function compare(what: string, all: Float32Array, expected: Measured, tolerance = TOLERANCE) {
  const { largest, positions, values } = expected;
  const worst = Math.max(...positions.map((at, i) => Math.abs(all[at]! - values[i]!)));
  expect(worst / largest, what).toBeLessThan(tolerance);
  expect(Math.abs(norm(all) / expected.norm - 1), what).toBeLessThan(tolerance);
}

const named = goldens.map((golden) => ({
  said: [golden.model, ...Object.keys(golden.options)].join(', '),
  golden,
}));

describe('torchvision', () => {
  it.each(named)('names and shapes of parameters: $said', ({ golden }) => {
    const { parameters } = networkOf(golden.model, golden.options);
    const lines = [...parameters].map(([name, shape]) => `${name} ${shape}\n`).sort();
    expect([...parameters.values()].reduce((n, shape) => n + size(shape), 0)).toBe(
      golden.parameters.count,
    );
    expect(createHash('sha256').update(lines.join('')).digest('hex')).toBe(
      golden.parameters.sha256,
    );
  });

  it.each(named)('scores and input gradients: $said', async ({ golden }) => {
    const network = networkOf(golden.model, golden.options);
    const bound = bind(network, weightsOf(network));
    const x = input('x', [1, 3, network.height, network.width]);
    const target = input('target', [1, network.classes]);
    const oneHot = new Float32Array(network.classes);
    oneHot[golden.label] = 1;
    const image = uniform('image', size(x.shape), (u) => Math.floor(256 * u));
    const run = async (activation: Activation) => {
      const { scores, score } = lower(bound, x, activation);
      const slope = gradient(sum(score(target)), [x])[0]!;
      const executable = await onnxEngine({ threads: 2 }).compile(program({ scores, slope }));
      const out = await executable.run({ x: image, target: oneHot });
      await executable.release();
      return { scores: out.scores!, slope: out.slope! };
    };
    const sharp = await run('relu');
    compare('scores', sharp.scores, golden.scores);
    expect(Math.abs(norm(sharp.slope) / golden.gradientNorm - 1)).toBeLessThan(TOLERANCE);
    const { beta, ...smooth } = golden.softplus;
    const softplus = await run({ softplus: beta });
    compare('scores with softplus', softplus.scores, smooth.scores);
    // where two values under a max-pool are as near as float32 can tell, the winner decides a part of the gradient
    const tolerance = golden.model === 'vgg19' ? 100 * TOLERANCE : TOLERANCE;
    compare('gradient with softplus', softplus.slope, smooth.gradient, tolerance);
  });
});
