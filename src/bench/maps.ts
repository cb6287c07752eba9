// What a map costs without smoothing, with softplus, and with SmoothGrad, beside one prediction. Random weights, one
// process, one thread, batch 1; everything takes turns.
import { availableParallelism, cpus } from 'node:os';
import { onnxEngine } from '../engine/onnx/onnx.js';
import {
  compileEvaluator,
  compilePredictor,
  gradient,
  lrp,
  type Method,
  oneHot,
  smoothgrad,
} from '../explain/index.js';
import { type Activation, type BoundNetwork, models } from '../model/index.js';
import { drawsOf } from '../subject/draws.js';
import { median } from './processes.js';
import { numbers } from './steps.js';
import { withRandomWeights } from './tasks.js';

const ROUNDS = 20;
const SAMPLES = 50;

/** A map, or a prediction, and the milliseconds that it took. */
interface Turn {
  readonly name: string;
  readonly once: () => Promise<unknown>;
  readonly release: () => Promise<void>;
  readonly times: number[];
}

async function mapTurn(
  name: string,
  network: BoundNetwork,
  method: Method,
  activation: Activation,
): Promise<Turn> {
  const evaluator = await compileEvaluator(onnxEngine(), network, method, activation);
  const { height, width, classes } = network.network;
  const x = numbers(3 * height * width, 128).map((v) => v + 128);
  const [target, draws] = [oneHot(classes, 0), drawsOf(x, [1, name])];
  return {
    name,
    once: () => evaluator.evaluate(x, target, draws),
    release: () => evaluator.release(),
    times: [],
  };
}

async function predictionTurn(network: BoundNetwork): Promise<Turn> {
  const predictor = await compilePredictor(onnxEngine(), network);
  const { height, width } = network.network;
  const x = numbers(3 * height * width, 128).map((v) => v + 128);
  return {
    name: 'a prediction',
    once: () => predictor.predict(x),
    release: () => predictor.release(),
    times: [],
  };
}

/** The lines of one network. */
async function linesOf(name: 'squeezenet1_1' | 'resnet18'): Promise<string[]> {
  const network = withRandomWeights(name);
  const smooth = { softplus: models[name].surrogateBeta };
  const noisy = (of: Method) => smoothgrad(network, { of, samples: SAMPLES });
  const turns = [
    await predictionTurn(network),
    await mapTurn('gradient', network, gradient(), 'relu'),
    await mapTurn('gradient, β-smoothing', network, gradient(), smooth),
    await mapTurn(`gradient, SmoothGrad of ${SAMPLES}`, network, noisy(gradient()), 'relu'),
    await mapTurn('lrp', network, lrp(), 'relu'),
    await mapTurn('lrp, β-smoothing', network, lrp(), smooth),
    await mapTurn(`lrp, SmoothGrad of ${SAMPLES}`, network, noisy(lrp()), 'relu'),
  ];
  // the first of each is not timed
  for (let round = -1; round < ROUNDS; round++)
    for (const { once, times } of turns) {
      const started = performance.now();
      await once();
      if (round >= 0) times.push(performance.now() - started);
    }
  for (const { release } of turns) await release();
  const base = median(turns[1]!.times);
  return turns.map(({ name: what, times }) => {
    const ms = median(times);
    return `| ${name} | ${what} | ${ms.toFixed(1)} | ${(ms / base).toFixed(2)} × |`;
  });
}

/** The report, in Markdown. */
export async function mapsReport(): Promise<string> {
  return [
    '# Speed of a map',
    '',
    `${cpus()[0]!.model.trim()}, ${availableParallelism()} cores, one process × 1 thread × batch 1; Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; medians of ${ROUNDS} rounds.`,
    '',
    '| network | what | ms | of a gradient map |',
    '|---|---|---:|---:|',
    ...(await linesOf('squeezenet1_1')),
    ...(await linesOf('resnet18')),
    '',
  ].join('\n');
}
