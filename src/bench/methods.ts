// node dist/bench/methods.js: what one direction of the top-k attack costs with each explanation method, as a multiple
// of simple gradients', and one of match-target as a multiple of it; there β grows where a direction has one.
// Methods that average over samples are given for one of their samples. SqueezeNet 1.1 with random weights, one
// process, one thread, batch 1; the methods take turns.
import {
  adamSteps,
  compileDirector,
  type Director,
  matchTargetDissimilarity,
  releaseStep,
  type StepState,
  topKDissimilarity,
} from '../attack/index.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { drawsOf } from '../experiment/draws.js';
import {
  deeplift,
  gradient,
  guidedBackprop,
  integratedGradients,
  lrp,
  type Method,
  oneHot,
  patternAttribution,
  smoothgrad,
} from '../explain/index.js';
import type { Activation } from '../model/index.js';
import { numbers, withRandomWeights } from './tasks.js';

const ROUNDS = 15;
const SAMPLES = 10;

const network = withRandomWeights('squeezenet1_1');
const { height, width, classes } = network.network;
const patterns = new Map([...network.linear].map(([name, { weight }]) => [name, weight]));
const smooth = { softplus: 1 };
const methods: readonly (readonly [Method, Activation])[] = [
  [gradient(), smooth],
  [guidedBackprop(), smooth],
  [patternAttribution(patterns), smooth],
  [integratedGradients({ direction: SAMPLES }), smooth],
  [smoothgrad(network, { of: gradient(), direction: SAMPLES }), smooth],
  [deeplift(), 'relu'],
  [deeplift(), smooth],
  [lrp(), 'relu'],
  [lrp(), smooth],
];

const dissimilarity = topKDissimilarity(1000);
const x = numbers(3 * height * width, 127).map((v) => v + 128);
const map = numbers(height * width, 1);
const state: StepState = {
  x,
  origin: x,
  target: oneHot(classes, 1),
  references: dissimilarity.clean(map, height, width),
  epsilon: 8,
  step: 0.5,
  draws: drawsOf(x, [1, 'benchmark']),
};
const match = matchTargetDissimilarity({ weights: [1e11, 1e6], output: 'softmax', classes });
const beside = { scores: numbers(classes, 1), goal: map };
const matching: StepState = {
  ...state,
  references: match.clean(map, height, width, beside),
  step: 1e-3,
};

interface Stepping {
  readonly director: Director;
  readonly state: StepState;
  readonly times: number[];
}
/** A step, of which nothing is kept. */
const once = async ({ director, state }: Stepping): Promise<void> =>
  releaseStep(await director.step(state));
const stepping = async (director: Promise<Director>, state: StepState): Promise<Stepping> => {
  const one = { director: await director, state, times: [] };
  await once(one);
  return one;
};

const timed = [];
for (const [method, activation] of methods) {
  const engine = onnxEngine();
  const growth = activation === 'relu' ? activation : { from: 0.2, to: 2, iterations: 100 };
  timed.push({
    method,
    activation,
    topK: await stepping(
      compileDirector(engine, network, method, dissimilarity, activation),
      state,
    ),
    match: await stepping(
      compileDirector(engine, network, method, match, growth, adamSteps),
      matching,
    ),
  });
}
for (let round = 0; round < ROUNDS; round++)
  for (const one of timed.flatMap(({ topK, match }) => [topK, match])) {
    const started = performance.now();
    await once(one);
    one.times.push(performance.now() - started);
  }

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const base = median(timed[0]!.topK.times);
const lines = timed.map(({ method, activation, topK, match }) => {
  const on = activation === 'relu' ? 'ReLU' : 'softplus';
  const samples = method.samples?.direction ?? 1;
  const [ms, matchMs] = [topK, match].map(({ times }) => median(times) / samples) as [
    number,
    number,
  ];
  const name = samples === 1 ? method.name : `${method.name}, each of ${samples}`;
  return `| ${name} | ${on} | ${ms.toFixed(1)} | ${(ms / base).toFixed(2)} × | ${(matchMs / ms).toFixed(2)} × |`;
});
process.stdout.write(
  `${[
    '| method | direction on | ms | of a gradient | match-target, of it |',
    '|---|---|---:|---:|---:|',
    ...lines,
  ].join('\n')}\n`,
);
