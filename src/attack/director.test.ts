// The step an attack takes against central differences of its dissimilarity: for every method and
// attack, in one program or sample by sample.

import { describe, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import {
  gradient,
  gradientTimesInput,
  imageInputs,
  integratedGradients,
  type Method,
  oneHot,
  saliencyMap,
} from '../explain/index.js';
import { drawsOf } from '../explain/testing/draws.js';
import { mapTwin } from '../explain/testing/twins.js';
import { add, gradient as derivative, fill, mul, program } from '../graph/index.js';
import { bind } from '../model/index.js';
import { imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { values } from '../testing/cases.js';
import { expectClose, float64Engine } from '../testing/float64.js';
import {
  compileDirector,
  type Director,
  prefixed,
  referenceInputs,
  type StepState,
} from './director.js';
import type { Dissimilarity } from './dissimilarity.js';
import { massCenterDissimilarity } from './mass-center.js';
import { boxMask, targetRegionDissimilarity } from './target-region.js';
import { topKDissimilarity } from './top-k.js';

const network = plain();
const { height, width } = network;
const bound = bind(network, weightsOf(network));
const surrogate = { softplus: 2 } as const;
const target = oneHot(network.classes, 1);
const origin = imageOf(network).map((v) => 20 + (215 * v) / 255);
const x = values([origin.length], 'offset').map((v, i) => origin[i]! + v);

/** Draws that begin anew with every direction. */
const uniform = () => {
  const draws = [0.3, 0.8];
  return () => draws.shift()!;
};

/** A method with the samples of a direction written out in one contribution. */
function unrolled(method: Method): Method {
  if (method.samples === undefined) return method;
  const samples = method.samples.drawn(drawsOf(origin, uniform()));
  return {
    name: method.name,
    contribution: (subject) =>
      mul(
        samples
          .map(([t]) => method.contribution(subject, fill(t!, [1, 1, 1, 1])))
          .reduce((a, b) => add(a, b)),
        1 / samples.length,
      ),
  };
}

const inputs = imageInputs(bound);
const rawOf = (method: Method) =>
  unrolled(method).contribution({ ...inputs, network: bound, activation: surrogate }, undefined);

const sum = (map: Float64Array, weight: (i: number) => number) =>
  map.reduce((total, v, i) => total + v * weight(i), 0);

const methods: readonly Method[] = [
  gradient(),
  gradientTimesInput(),
  { ...integratedGradients({ steps: 3 }), name: 'integrated-gradients' },
  { ...integratedGradients({ steps: 9, direction: 2 }), name: 'integrated-gradients, drawn' },
];

/** Dissimilarities, and their values by plain loops. */
const attacks: readonly (readonly [
  Dissimilarity,
  (map: Float64Array, reference: Float32Array) => number,
])[] = [
  [topKDissimilarity(9), (map, top) => -sum(map, (i) => top[i]!)],
  [
    massCenterDissimilarity(),
    (map, center) =>
      Math.hypot(
        sum(map, (i) => Math.floor(i / width)) - center[0]!,
        sum(map, (i) => i % width) - center[1]!,
      ),
  ],
  [
    targetRegionDissimilarity(boxMask([1, 2, 5, 6], height, width)),
    (map, region) => sum(map, (i) => region[i]!),
  ],
];

/** Half the distance of central differences, in gray levels. */
const SHIFT = 0.01;
/** The maps on both sides of x in every value of the image. */
const neighbors = new Map(
  methods.map((method) => {
    const p = program({ raw: rawOf(method) });
    const mapAt = (i: number, by: number) => {
      const moved = Float64Array.from(x, (v, j) => (j === i ? v + by : v));
      return mapTwin(interpret(p, { x: moved, target }).raw!);
    };
    return [method, Array.from(x, (_, i) => [mapAt(i, SHIFT), mapAt(i, -SHIFT)] as const)];
  }),
);
const cleanMap = Float32Array.from(
  mapTwin(interpret(program({ raw: rawOf(gradient()) }), { x: origin, target }).raw!),
);

const cases = methods.flatMap((method) =>
  attacks.map(([attack, twin]) => {
    const references = attack.clean(cleanMap, height, width);
    const [reference] = Object.values(references);
    const slopes = neighbors
      .get(method)!
      .map(([up, down]) => (twin(up, reference!) - twin(down, reference!)) / (2 * SHIFT));
    return [method.name, attack.name, method, attack, references, slopes] as const;
  }),
);

const state = { x, origin, target, epsilon: 8, step: 0.5 };

/** A step with its results read. */
async function stepOf(director: Director, state: StepState) {
  const { next, map } = await director.step(state);
  return { next: await next.read(), map: await map.read() };
}

describe('∂D/∂x is the central differences of D', () => {
  it.each(cases)('%s, %s', (_, __, method, attack, references, slopes) => {
    const value = attack.of(saliencyMap(rawOf(method)), referenceInputs(attack, 1, height, width));
    const p = program({ slope: derivative(value, [inputs.x])[0]! });
    expectClose(interpret(p, { x, target, ...prefixed(references) }).slope!, slopes, 1e-5);
  });
});

const engines: readonly (readonly [string, Engine])[] = [
  ['float64', float64Engine],
  ['ONNX Runtime', onnxEngine()],
];

describe.each(engines)(
  'on %s a step goes where D rises, and tells the map it started from',
  (_, engine) => {
    it.each(cases)('%s, %s', async (_, __, method, attack, references, slopes) => {
      const director = await compileDirector(engine, bound, method, attack, surrogate);
      const { next, map } = await stepOf(director, {
        ...state,
        references,
        draws: drawsOf(origin, uniform()),
      });
      await director.release();
      expectClose(
        map,
        mapTwin(interpret(program({ raw: rawOf(method) }), { x, target }).raw!),
        1e-5,
      );
      const largest = Math.max(...slopes.map(Math.abs));
      const clear = slopes.flatMap((slope, i) => (Math.abs(slope) > 1e-3 * largest ? [i] : []));
      expect(clear.length).toBeGreaterThan(0.9 * slopes.length);
      for (const i of clear) expect(next[i]! - x[i]!).toBeCloseTo(0.5 * Math.sign(slopes[i]!), 3);
    });
  },
);

describe('sample by sample a step is that of one program over all samples', () => {
  it.each(cases.filter(([, , { samples }]) => samples))(
    '%s, %s',
    async (_, __, method, attack, references) => {
      const [pieces, whole] = await Promise.all(
        [method, unrolled(method)].map(async (one) => {
          const director = await compileDirector(float64Engine, bound, one, attack, surrogate);
          return stepOf(director, { ...state, references, draws: drawsOf(origin, uniform()) });
        }),
      );
      expectClose(pieces!.map, whole!.map, 1e-12);
      expect([...pieces!.next]).toEqual([...whole!.next]);
    },
  );
});

it('a step asks for fresh draws every time', async () => {
  const method = integratedGradients({ steps: 9, direction: 2 });
  const [[attack]] = attacks as [(typeof attacks)[number]];
  const director = await compileDirector(float64Engine, bound, method, attack, surrogate);
  let drawn = 0;
  const draw = () => (++drawn % 7) / 7;
  const references = attack.clean(cleanMap, height, width);
  const steps = [];
  for (let n = 1; n <= 2; n++) {
    steps.push(await stepOf(director, { ...state, references, draws: drawsOf(origin, draw) }));
    expect(drawn).toBe(2 * n);
  }
  expect([...steps[0]!.map]).not.toEqual([...steps[1]!.map]);
});
