// What one direction of the top-k attack costs with each explanation method, as a multiple of simple gradients', and
// one of match-target as a multiple of it, there with β growing where a direction has one; methods that average over
// samples for one of their samples. Random weights, one process, one thread, batch 1; everything takes turns.
import { availableParallelism, cpus } from 'node:os';
import { releaseStep } from '../attack/index.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import {
  deeplift,
  gradient,
  guidedBackprop,
  integratedGradients,
  lrp,
  type Method,
  patternAttribution,
  smoothgrad,
} from '../explain/index.js';
import { type Activation, type BoundNetwork, models } from '../model/index.js';
import { median } from './processes.js';
import { matchStepping, type Stepping, topKStepping } from './steps.js';
import { withRandomWeights } from './tasks.js';

const ROUNDS = 15;
const SAMPLES = 10;

/** The steps of both attacks with one method on one network, and the milliseconds they took. */
interface Turn {
  readonly network: BoundNetwork;
  readonly method: Method;
  readonly activation: Activation;
  readonly topK: Stepping & { readonly times: number[] };
  readonly match: Stepping & { readonly times: number[] };
}

async function prepare(
  network: BoundNetwork,
  method: Method,
  activation: Activation,
  k: number,
): Promise<Turn> {
  const engine = onnxEngine();
  const topK = await topKStepping(engine, network, method, activation, k);
  const match = await matchStepping(engine, network, method, activation);
  // the first step of each is not timed
  for (const { director, state } of [topK, match]) releaseStep(await director.step(state));
  return {
    network,
    method,
    activation,
    topK: { ...topK, times: [] },
    match: { ...match, times: [] },
  };
}

async function timed(turns: readonly Turn[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++)
    for (const { director, state, times } of turns.flatMap(({ topK, match }) => [topK, match])) {
      const started = performance.now();
      releaseStep(await director.step(state));
      times.push(performance.now() - started);
    }
  for (const { topK, match } of turns)
    for (const { director } of [topK, match]) await director.release();
}

/** The methods on one network, the first of them the measure. */
async function methodsOn(name: 'squeezenet1_1'): Promise<Turn[]> {
  const network = withRandomWeights(name);
  const { k, surrogateBeta } = models[name];
  const smooth = { softplus: surrogateBeta };
  const patterns = new Map([...network.linear].map(([layer, { weight }]) => [layer, weight]));
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
  const turns: Turn[] = [];
  for (const [method, activation] of methods)
    turns.push(await prepare(network, method, activation, k));
  await timed(turns);
  return turns;
}

/** Simple gradients on another network. */
async function gradientOn(name: 'cifar-cnn' | 'resnet18' | 'vgg16'): Promise<Turn> {
  const { k, surrogateBeta: softplus } = models[name];
  const turn = await prepare(withRandomWeights(name), gradient(), { softplus }, k);
  await timed([turn]);
  return turn;
}

/** The report, in Markdown. */
export async function methodsReport(): Promise<string> {
  const turns = await methodsOn('squeezenet1_1');
  const others: Turn[] = [];
  for (const name of ['cifar-cnn', 'resnet18', 'vgg16'] as const)
    others.push(await gradientOn(name));

  const base = median(turns[0]!.topK.times);
  const cells = ({ method, activation, topK, match }: Turn) => {
    const samples = method.samples?.direction ?? 1;
    const [ms, matchMs] = [median(topK.times) / samples, median(match.times) / samples];
    return {
      name: samples === 1 ? method.name : `${method.name}, a sample of ${samples}`,
      on: activation === 'relu' ? 'ReLU' : 'softplus',
      ms: ms.toFixed(1),
      ofGradient: `${(ms / base).toFixed(2)} ×`,
      match: `${(matchMs / ms).toFixed(2)} ×`,
    };
  };
  return [
    '# Speed of the methods',
    '',
    `${cpus()[0]!.model.trim()}, ${availableParallelism()} cores, one process × 1 thread × batch 1; Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; medians of ${ROUNDS} rounds. One direction of the top-k attack, without evaluation, and one of match-target as a multiple of it.`,
    '',
    '## SqueezeNet 1.1',
    '',
    '| method | direction on | ms | of a gradient | match-target, of it |',
    '|---|---|---:|---:|---:|',
    ...turns
      .map(cells)
      .map(
        ({ name, on, ms, ofGradient, match }) =>
          `| ${name} | ${on} | ${ms} | ${ofGradient} | ${match} |`,
      ),
    '',
    '## Gradient on other networks',
    '',
    '| network | ms | match-target, of it |',
    '|---|---:|---:|',
    ...others.map((turn) => {
      const { ms, match } = cells(turn);
      return `| ${turn.network.network.name} | ${ms} | ${match} |`;
    }),
    '',
  ].join('\n');
}
