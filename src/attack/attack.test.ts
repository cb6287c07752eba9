// Short attacks on the network and a picture that come with the program, on the real engine.

import { describe, expect, it } from 'vitest';
import { decodePicture, planesOf } from '../data/picture.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import {
  compileEvaluator,
  compilePredictor,
  gradient,
  gradientTimesInput,
  guidedBackprop,
  integratedGradients,
  lrp,
  type Method,
  oneHot,
} from '../explain/index.js';
import { drawsOf } from '../explain/testing/draws.js';
import { argmax } from '../metric/output.js';
import { type Activation, bind, networkOf } from '../model/index.js';
import { fixturePath } from '../package.js';
import { keyedRandom } from '../random.js';
import { readSafetensors } from '../weights/safetensors.js';
import {
  boxMask,
  compileDirector,
  compileJudge,
  massCenterDissimilarity,
  randomSign,
  runTrajectory,
  targetRegionDissimilarity,
  topKDissimilarity,
} from './index.js';

const EPSILON = 8;
const engine = onnxEngine();
const bound = bind(
  networkOf('cifar-cnn', { width: 0.125 }),
  await readSafetensors(fixturePath('cifar-cnn-0.125.safetensors')),
);
const { height, width, classes } = bound.network;
const x = planesOf(await decodePicture(fixturePath('embedded', 'frog', '0.png')));
const predictor = await compilePredictor(engine, bound);
const label = argmax(await predictor.predict(x));
await predictor.release();
const target = oneHot(classes, label);

/** Methods with the network their direction is taken on; the others have their test on real networks. */
const methods: readonly (readonly [Method, Activation])[] = [
  [gradient(), { softplus: 50 }],
  [gradientTimesInput(), { softplus: 50 }],
  [integratedGradients({ steps: 10, direction: 4 }), { softplus: 50 }],
  [guidedBackprop(), { softplus: 50 }],
  [lrp(), 'relu'],
];
const attacks = [
  topKDissimilarity(100),
  massCenterDissimilarity(),
  targetRegionDissimilarity(boxMask([20, 20, 32, 32], height, width)),
];
const cases = methods.flatMap(([method, surrogate]) =>
  attacks.map((attack) => [method.name, attack.name, method, surrogate, attack] as const),
);

describe('twenty steps raise D beyond what random signs do, within bounds and with the label kept', () => {
  it.each(cases)('%s, %s', async (_, __, method, surrogate, attack) => {
    const random = keyedRandom('attack');
    const evaluator = await compileEvaluator(engine, bound, method, 'relu');
    const director = await compileDirector(engine, bound, method, attack, surrogate);
    const judge = await compileJudge(engine, bound, attack);
    const draws = drawsOf(x);
    const evaluation = await evaluator.evaluate(x, target, draws);
    const kept = await runTrajectory({
      clean: { x, label, target, evaluation, draws },
      height,
      width,
      dissimilarity: attack,
      director,
      evaluator,
      judge,
      epsilon: EPSILON,
      step: 1,
      iterations: 20,
      every: 1,
      selections: ['dissimilarity'],
      k: 100,
      draws: drawsOf(x, () => random.uniform()),
    });
    const { x: perturbed, evaluation: after } = kept.get('dissimilarity')!;
    const drawn = await evaluator.evaluate(
      randomSign(x, EPSILON, () => random.sign()),
      target,
      draws,
    );
    const references = attack.clean(evaluation.map, height, width);
    const [before, baseline, reached] = await Promise.all(
      [evaluation, drawn, after].map((seen) => judge(references, seen)),
    );
    for (const held of [evaluator, director, judge]) await held.release();

    expect(reached!).toBeGreaterThan(before!);
    expect(reached!).toBeGreaterThan(baseline!);
    expect(argmax(after.scores)).toBe(label);
    perturbed.forEach((v, i) => {
      expect(v).toBeGreaterThanOrEqual(0);
      expect(v).toBeLessThanOrEqual(255);
      expect(Math.abs(v - x[i]!)).toBeLessThanOrEqual(EPSILON);
    });
  });
});
