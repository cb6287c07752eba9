// The loss of match-target by plain loops, its slope against central differences, and its steps where the surrogate
// is given anew at each of them.
import { describe, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import {
  gradient,
  gradientTimesInput,
  guidedBackprop,
  imageInputs,
  integratedGradients,
  lrp,
  type Method,
  oneHot,
} from '../explain/index.js';
import { drawsOf } from '../explain/testing/draws.js';
import { mapTwin } from '../explain/testing/twins.js';
import { add, fill, input, mul, program } from '../graph/index.js';
import { softmax } from '../metric/output.js';
import { type Activation, bind, lower } from '../model/index.js';
import { imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { values } from '../testing/cases.js';
import { expectClose, float64Engine, slopes } from '../testing/float64.js';
import { adamSteps } from './adam-step.js';
import {
  compileDirector,
  type Director,
  prefixed,
  referenceInputs,
  type StepState,
} from './director.js';
import { betaAt, type Growth } from './growth.js';
import { type HeldOutput, matchTargetDissimilarity } from './match-target.js';

const network = plain();
const { height, width, classes } = network;
const bound = bind(network, weightsOf(network));
const target = oneHot(classes, 1);
const origin = imageOf(network).map((v) => 20 + (215 * v) / 255);
const x = values([origin.length], 'offset').map((v, i) => origin[i]! + v);
const goal = values([height * width], 'goal', [0.1, 1]).map((v) => v / (height * width));
const before = values([classes], 'scores', [-1, 1]);
const outputs: readonly HeldOutput[] = ['softmax', 'scores'];
const weights = [5e3, 7] as const;

const meanSquare = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (v, i) => (v - b[i]!) ** 2).reduce((sum, v) => sum + v, 0) / a.length;

/** D by its definition. */
const twin = (map: ArrayLike<number>, scores: Float64Array, output: HeldOutput): number => {
  const now = output === 'softmax' ? softmax(scores) : scores;
  const then = output === 'softmax' ? softmax(before) : before;
  return -(weights[0] * meanSquare(map, goal) + weights[1] * meanSquare(now, then));
};

const attackOn = (output: HeldOutput) => matchTargetDissimilarity({ weights, output, classes });
const referencesOf = (output: HeldOutput) =>
  attackOn(output).clean(new Float32Array(), height, width, { scores: before, goal });

describe('D', () => {
  it.each(outputs)('is minus the weighted errors of map and %s', (output) => {
    const [map, scores] = [
      values([height * width], 'map', [0, 0.1]),
      // so large that their powers are not finite in float32
      values([classes], 'now', [-100, 100]),
    ];
    const attack = attackOn(output);
    const references = referenceInputs(attack, 1, height, width);
    const value = add(
      attack.of(input('map', [1, 1, height, width]), references),
      attack.ofScores!(input('scores', [1, classes]), references),
    );
    const given = { map, scores, ...prefixed(referencesOf(output)) };
    const [got] = interpret(program({ value }), given).value!;
    const expected = twin(map, Float64Array.from(scores), output);
    expect(Math.abs(got! / expected - 1)).toBeLessThan(1e-6);
  });

  it('needs a map to match', () => {
    expect(() => attackOn('softmax').clean(goal, height, width)).toThrow('match-target: no map');
  });
});

const methods: readonly Method[] = [
  gradient(),
  gradientTimesInput(),
  lrp(),
  { ...integratedGradients({ steps: 4 }), name: 'integrated-gradients' },
];
/** Derivatives of guided relevance take its unit for a constant, so differences are no measure of them. */
const alsoGuided = [...methods, guidedBackprop()];
const growth: Growth = { from: 1, to: 4, iterations: 8 };
const ITERATION = 5;
const beta = betaAt(growth, ITERATION);
const subject = { ...imageInputs(bound), network: bound, activation: { softplus: beta } } as const;
const rawOf = (method: Method) =>
  method.samples === undefined
    ? method.contribution(subject, undefined)
    : mul(
        method.samples
          .fixed(drawsOf())
          .map(([t]) => method.contribution(subject, fill(t!, [1, 1, 1, 1])))
          .reduce((a, b) => add(a, b)),
        1 / method.samples.count,
      );

/** What a step gives, read. */
async function stepOf(director: Director, change: Partial<StepState> = {}) {
  const { next, map, carried } = await director.step({
    x,
    origin,
    target,
    references: referencesOf('softmax'),
    epsilon: 255,
    step: 1e-2,
    draws: drawsOf(origin),
    at: { iteration: ITERATION, carried: {} },
    ...change,
  });
  return {
    next: await next.read(),
    map: await map.read(),
    first: await carried.first!.read(),
  };
}

/** ∂D/∂x as Adam has it in its first mean after one step from zeros. */
const units = [0.229, 0.224, 0.225].map((s) => 255 * s);
const slopeOf = (first: ArrayLike<number>) =>
  Float64Array.from(first, (m, i) => m / 0.1 / units[Math.floor(i / (height * width))]!);

describe.each(outputs)('a step that holds %s follows the slope of D', (output) => {
  const cases = methods.flatMap((method) => [
    [method.name, 'the surrogate', undefined, method] as const,
    [method.name, 'the ReLU network', 'relu' as Activation, method] as const,
  ]);
  it.each(cases)('%s, output of %s', async (_, __, held, method) => {
    const p = program({
      raw: rawOf(method),
      scores: lower(bound, subject.x, held ?? subject.activation).scores,
    });
    const expected = slopes(
      (image) => {
        const { raw, scores } = interpret(p, { x: image, target });
        return twin(mapTwin(raw!), scores!, output);
      },
      x,
      0.01,
    );
    for (const [engine, tolerance] of [
      [float64Engine, 2e-4],
      [onnxEngine(), 5e-3],
    ] as const) {
      const director = await compileDirector(
        engine as Engine,
        bound,
        method,
        attackOn(output),
        growth,
        adamSteps,
        held,
      );
      const { first } = await stepOf(director, { references: referencesOf(output) });
      await director.release();
      expectClose(slopeOf(first), expected, tolerance);
    }
  });
});

describe('a surrogate whose β is given at every step', () => {
  it.each(alsoGuided.map((method) => [method.name, method] as const))(
    'is that of this β: %s',
    async (_, method) => {
      const at = async (surrogate: Activation | Growth) => {
        const director = await compileDirector(
          float64Engine,
          bound,
          method,
          attackOn('softmax'),
          surrogate,
          adamSteps,
        );
        return stepOf(director);
      };
      const [given, fixed, sharper] = [
        await at(growth),
        // rounded as an input is
        await at({ softplus: Math.fround(beta) }),
        await at({ softplus: 2 * beta }),
      ];
      expectClose(given.map, fixed.map, 1e-9);
      expectClose(given.first, fixed.first, 1e-8);
      expect(() => expectClose(given.first, sharper.first, 1e-3)).toThrow();
    },
  );
});
