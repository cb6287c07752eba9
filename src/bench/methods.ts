// node dist/bench/methods.js: what one direction of the top-k attack costs with each explanation method, as a multiple
// of simple gradients'. SqueezeNet 1.1 with random weights, one process, one thread, batch 1; the methods take turns.
import { compileDirector, type Director, topKDissimilarity } from '../attack/index.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { drawsOf } from '../experiment/draws.js';
import {
  deeplift,
  gradient,
  guidedBackprop,
  lrp,
  type Method,
  oneHot,
  patternAttribution,
} from '../explain/index.js';
import type { Activation } from '../model/index.js';
import { numbers, withRandomWeights } from './tasks.js';

const ROUNDS = 15;

const network = withRandomWeights('squeezenet1_1');
const { height, width, classes } = network.network;
const patterns = new Map([...network.linear].map(([name, { weight }]) => [name, weight]));
const smooth = { softplus: 1 };
const methods: readonly (readonly [Method, Activation])[] = [
  [gradient(), smooth],
  [guidedBackprop(), smooth],
  [patternAttribution(patterns), smooth],
  [deeplift(), 'relu'],
  [deeplift(), smooth],
  [lrp(), 'relu'],
  [lrp(), smooth],
];

const dissimilarity = topKDissimilarity(1000);
const x = numbers(3 * height * width, 127).map((v) => v + 128);
const state = {
  x,
  origin: x,
  target: oneHot(classes, 1),
  references: dissimilarity.clean(numbers(height * width, 1), height, width),
  epsilon: 8,
  step: 0.5,
  draws: drawsOf(x, [1, 'benchmark']),
};
/** A step, of which nothing is kept. */
async function once(director: Director): Promise<void> {
  const { next, map } = await director.step(state);
  next.release();
  map.release();
}
const timed = [];
for (const [method, activation] of methods) {
  const director = await compileDirector(onnxEngine(), network, method, dissimilarity, activation);
  await once(director);
  timed.push({ method, activation, director, times: [] as number[] });
}
for (let round = 0; round < ROUNDS; round++)
  for (const { director, times } of timed) {
    const started = performance.now();
    await once(director);
    times.push(performance.now() - started);
  }

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const base = median(timed[0]!.times);
const lines = timed.map(({ method, activation, times }) => {
  const on = activation === 'relu' ? 'ReLU' : 'softplus';
  const ms = median(times);
  return `| ${method.name} | ${on} | ${ms.toFixed(1)} | ${(ms / base).toFixed(2)} × |`;
});
process.stdout.write(
  `${['| method | direction on | ms | of a gradient |', '|---|---|---:|---:|', ...lines].join('\n')}\n`,
);
