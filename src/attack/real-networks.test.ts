// Real networks of a data root. Every sign attack raises D of the reported map of every method within a few steps,
// and what D was before and after is printed; float32 gives the maps and directions of float64; contributions
// of DeepLIFT add up.

import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../data/open.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import {
  compileEvaluator,
  compilePredictor,
  deeplift,
  deepTaylor,
  gradient,
  gradientTimesInput,
  guidedBackprop,
  integratedGradients,
  lrp,
  type Method,
  oneHot,
  patternAttribution,
  saliencyMap,
} from '../explain/index.js';
import { drawsOf } from '../explain/testing/draws.js';
import {
  abs,
  broadcast,
  gradient as differentiate,
  input,
  mul,
  program,
  sub,
  sum,
  type Tensor,
} from '../graph/index.js';
import { argmax } from '../metric/output.js';
import {
  type Activation,
  type BoundNetwork,
  bind,
  lower,
  type ModelName,
  networkOf,
  zeroOf,
} from '../model/index.js';
import { fixturePath } from '../package.js';
import { patternLearner } from '../train/patterns.js';
import { readWeights } from '../weights/read.js';
import {
  boxMask,
  compileDirector,
  compileJudge,
  type Dissimilarity,
  massCenterDissimilarity,
  runTrajectory,
  targetRegionDissimilarity,
  topKDissimilarity,
} from './index.js';

const root = process.env.FRAGILE_DATA;
const engine = onnxEngine();
const STEPS = 6;

interface Real {
  readonly model: ModelName;
  readonly weights: string;
  readonly data: string;
  readonly beta: number;
  readonly smoothing: number;
  readonly k: number;
}
const inRoot = (model: ModelName) => path.join(root ?? '', 'weights', `${model}.safetensors`);
const real: readonly Real[] = [
  {
    model: 'cifar-cnn',
    weights: fixturePath('cifar-cnn.safetensors'),
    data: 'cifar-10',
    beta: 50,
    smoothing: 0.8,
    k: 100,
  },
  {
    model: 'resnet20-cifar10',
    weights: inRoot('resnet20-cifar10'),
    data: 'cifar-10',
    beta: 50,
    smoothing: 0.8,
    k: 100,
  },
  {
    model: 'squeezenet1_1',
    weights: inRoot('squeezenet1_1'),
    data: 'imagenet',
    beta: 1,
    smoothing: 0.014,
    k: 1000,
  },
];

/** A method under its id, with the network its map is of and the one its direction is taken on. */
interface Explained {
  readonly id: string;
  readonly method: Method;
  readonly map: Activation;
  readonly direction: Activation;
}

async function patternsOf(bound: BoundNetwork, images: readonly Float32Array[]) {
  const learner = patternLearner(engine, bound);
  for (const image of images) await learner.add(image, 1);
  const patterns = learner.patterns();
  await learner.release();
  return patterns;
}

const table: string[] = [];
afterAll(() => {
  process.stdout.write(
    root === undefined
      ? 'FRAGILE_DATA is not set: no real networks\n'
      : `${['| network | method | attack | D before | D after |', '|---|---|---|---:|---:|', ...table].join('\n')}\n`,
  );
});

/** A network, an image that it classifies correctly where that can be told, and every method on it. */
async function open({ model, weights, data }: Real) {
  const bound = bind(networkOf(model), await readWeights(weights));
  const { network } = bound;
  const dataset = await openDataset({ name: data }, root!);
  const some = dataset.entries.slice(0, 6);
  const images = await Promise.all(some.map((entry) => dataset.load(entry, network)));
  const predictor = await compilePredictor(engine, bound);
  const labels: number[] = [];
  for (const image of images) labels.push(argmax(await predictor.predict(image)));
  await predictor.release();
  const at = some.findIndex(({ label }, i) => label === undefined || label === labels[i]);
  const methods: Record<string, Method> = {
    gradient: gradient(),
    'gradient-x-input': gradientTimesInput(),
    'integrated-gradients': integratedGradients({ steps: 5 }),
    'guided-backprop': guidedBackprop(),
    'pattern-attribution': patternAttribution(await patternsOf(bound, images)),
    lrp: lrp(),
    'deep-taylor': deepTaylor(),
    deeplift: deeplift(),
  };
  return { bound, methods, x: images[at]!, label: labels[at]! };
}
const ids = [
  ...['gradient', 'gradient-x-input', 'integrated-gradients', 'guided-backprop'],
  ...['pattern-attribution', 'lrp', 'deep-taylor', 'deeplift'],
];
const withoutSurrogate = ['lrp', 'deep-taylor', 'deeplift'];

describe.skipIf(root === undefined).each(real)('attacks on $model', (one) => {
  const { beta, smoothing, k, model } = one;
  const cases = [...ids, ...ids.map((id) => `${id}-smooth`)].filter(
    // the same rules as lrp
    (id) => id !== 'deep-taylor-smooth',
  );
  const attacks = ['top-k', 'mass-center', 'target-region'];
  let opened: ReturnType<typeof open>;
  beforeAll(() => {
    opened = open(one);
  });

  const explainedOf = (id: string, methods: Readonly<Record<string, Method>>): Explained => {
    const name = id.replace(/-smooth$/, '');
    const method = methods[name]!;
    if (name !== id) {
      const smooth = { softplus: smoothing };
      return { id, method, map: smooth, direction: smooth };
    }
    return {
      id,
      method,
      map: 'relu',
      direction: withoutSurrogate.includes(name) ? 'relu' : { softplus: beta },
    };
  };

  it.each(cases)(
    '%s',
    async (id) => {
      const { bound, methods, x, label } = await opened;
      const { height, width, classes } = bound.network;
      const { method, map, direction } = explainedOf(id, methods);
      const target = oneHot(classes, label);
      const evaluator = await compileEvaluator(engine, bound, method, map);
      const draws = drawsOf(x);
      const evaluation = await evaluator.evaluate(x, target, draws);
      const box = [0, 0, Math.floor(height / 2), Math.floor(width / 2)] as const;
      const dissimilarities: Readonly<Record<string, Dissimilarity>> = {
        'top-k': topKDissimilarity(k),
        'mass-center': massCenterDissimilarity(),
        'target-region': targetRegionDissimilarity(boxMask(box, height, width)),
      };
      for (const attack of attacks) {
        const dissimilarity = dissimilarities[attack]!;
        const director = await compileDirector(engine, bound, method, dissimilarity, direction);
        const judge = await compileJudge(engine, bound, dissimilarity);
        const kept = await runTrajectory({
          ...{ clean: { x, label, target, evaluation, draws }, height, width },
          ...{ dissimilarity, director, evaluator, judge },
          ...{ epsilon: 8, step: 1, iterations: STEPS, every: 1 },
          ...{ selections: ['dissimilarity'], k, draws },
        });
        const references = dissimilarity.clean(evaluation.map, height, width);
        const before = await judge(references, evaluation);
        const best = kept.get('dissimilarity');
        const after = best && (await judge(references, best.evaluation));
        await director.release();
        await judge.release();
        table.push(
          `| ${model} | ${id} | ${attack} | ${before.toPrecision(4)} | ${after?.toPrecision(4)} |`,
        );
        expect(after).toBeGreaterThan(before + 1e-3);
      }
      await evaluator.release();
    },
    600_000,
  );
});

describe.skipIf(root === undefined)('float32 on resnet20-cifar10', () => {
  const one = real.find(({ model }) => model === 'resnet20-cifar10')!;
  let opened: ReturnType<typeof open>;
  beforeAll(() => {
    opened = open(one);
  });
  const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    const dot = (u: ArrayLike<number>, v: ArrayLike<number>) =>
      Array.from(u).reduce((total, value, i) => total + value * v[i]!, 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };

  it.each(ids.filter((id) => id !== 'integrated-gradients'))(
    'gives the map and the direction of float64: %s',
    async (id) => {
      const { bound, methods, x: image, label } = await opened;
      const { height, width, classes } = bound.network;
      const x = input('x', [1, 3, height, width]);
      const target = input('target', [1, classes]);
      const top = input('top', [1, 1, height, width]);
      const activation = withoutSurrogate.includes(id) ? 'relu' : { softplus: one.beta };
      const subject = { network: bound, activation, x, target } as const;
      const map = saliencyMap(methods[id]!.contribution(subject, undefined));
      const ascent = differentiate(sum(mul(map, top)), [x])[0]!;
      const p = program({ map, ascent });
      const some = Float32Array.from({ length: height * width }, (_, i) => Number(i % 10 === 0));
      const values = { x: image, target: oneHot(classes, label), top: some };
      const exact = interpret(p, values);
      const executable = await engine.compile(p);
      const got = await executable.run(values);
      await executable.release();
      expect(cosine(got.map!, exact.map!)).toBeGreaterThan(0.99999);
      expect(cosine(got.ascent!, exact.ascent!)).toBeGreaterThan(0.9999);
    },
    600_000,
  );

  it.each([
    ['ReLU', 'relu'],
    ['softplus', { softplus: 50 }],
  ] as const)('lets the contributions of DeepLIFT add up: %s', async (_, activation) => {
    const { bound, methods, x: image, label } = await opened;
    const { height, width, classes } = bound.network;
    const x = input('x', [1, 3, height, width]);
    const target = input('target', [1, classes]);
    const subject = { network: bound, activation, x, target };
    const raw = methods.deeplift!.contribution(subject, undefined);
    const score = (at: Tensor) => lower(bound, at, activation).score(target);
    const executable = await engine.compile(
      program({
        contributions: sum(raw),
        sizes: sum(abs(raw)),
        change: sub(score(x), score(broadcast(zeroOf(bound), x.shape))),
      }),
    );
    const got = await executable.run({ x: image, target: oneHot(classes, label) });
    await executable.release();
    const [contributions, sizes, change] = ['contributions', 'sizes', 'change'].map(
      (name) => got[name]![0]!,
    ) as [number, number, number];
    expect(Math.abs(contributions - change)).toBeLessThan(1e-3 * Math.max(Math.abs(change), sizes));
  });
});
