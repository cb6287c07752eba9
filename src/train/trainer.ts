// Trains a network's parameters: one program gives the scores of a batch, the loss and its gradient in every
// parameter; Adam moves the parameters between runs. Batch norms take a batch's own statistics while they learn,
// and running ones, folded into the convolutions before them, when the network classifies.
import type { Engine, Executable } from '../engine/engine.js';
import { flopsOf, gradient, input, type Program, program } from '../graph/index.js';
import { argmax } from '../metric/output.js';
import { type BoundNetwork, bind, lower, type Network, type Parameters } from '../model/index.js';
import type { WeightTensor } from '../weights/safetensors.js';
import { adamStep, type Moments } from './adam.js';
import type { Batch } from './batches.js';
import { stepOf } from './step.js';

/** Everything training changes. */
export interface TrainingState {
  /** Parameters by their names in the network. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly moments: ReadonlyMap<string, Moments>;
  /** Running means and variances of batch norms by their names in the network. */
  readonly statistics: ReadonlyMap<string, Float32Array>;
  /** Steps taken so far. */
  step: number;
}

/** How a batch went, before the parameters moved. */
export interface StepOutcome {
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  readonly correct: number;
}

export interface Trainer {
  /** Floating-point operations of one step. */
  readonly flops: number;
  /** Takes a step; throws NotFinite, with the parameters as they were, when the loss or a gradient is not a number. */
  step(batch: Batch): Promise<StepOutcome>;
  /** How many of the first `count` images of a batch are classified correctly; throws NotFinite when a score is not a number. */
  correct(batch: Batch, count: number): Promise<number>;
  release(): Promise<void>;
}

/** Training has left the numbers: the loss or a gradient is infinite or not a number. */
export class NotFinite extends Error {}

/** What a training has come to, as the tensors of a weight file. */
export function trainedTensors(
  network: Network,
  state: TrainingState,
  mean: WeightTensor,
): Map<string, WeightTensor> {
  return new Map(
    [...network.parameters].map(([name, shape]) => {
      const data = state.parameters.get(name) ?? state.statistics.get(name);
      return [name, data === undefined ? mean : { shape, data }];
    }),
  );
}

function allFinite(values: Float32Array): boolean {
  // the difference is 0 for finite numbers and NaN for all others
  for (let i = 0; i < values.length; i++) if (values[i]! - values[i]! !== 0) return false;
  return true;
}

const countCorrect = (scores: Float32Array, labels: readonly number[], classes: number): number =>
  labels.filter((label, i) => argmax(scores.subarray(i * classes, (i + 1) * classes)) === label)
    .length;

/** How much of a running statistic the next batch replaces, as in PyTorch. */
const MOMENTUM = 0.1;

/** The network as it classifies, its batch norms folded: a program whose inputs are the numbers of its linear layers. */
function classifier(bound: BoundNetwork, images: number): Program {
  const { network, linear } = bound;
  const of = (layer: string, part: 'weight' | 'bias') =>
    input(`${layer}.${part}`, linear.get(layer)![part].shape);
  const parameters: Parameters = {
    weight: (layer) => of(layer, 'weight'),
    bias: (layer) => of(layer, 'bias'),
  };
  const x = input('x', [images, 3, network.height, network.width]);
  return program({ scores: lower(bound, x, network.activation, parameters).scores });
}

/**
 * Compiles training for batches of a fixed size.
 * @param mean the mean image or color of the preprocessing, in the network's own units
 * @param rate step size of Adam at a step, counted from 1
 */
export async function compileTrainer(
  engine: Engine,
  network: Network,
  mean: WeightTensor,
  state: TrainingState,
  images: number,
  rate: (step: number) => number,
): Promise<Trainer> {
  const folded = () =>
    bind(network, {
      file: 'training',
      sha256: '',
      metadata: {},
      tensors: trainedTensors(network, state, mean),
    });
  const bound = folded();
  const { parameters, scores, loss, observed } = stepOf(bound, images);
  const names = [...parameters.keys()];
  const gradients = gradient(loss, [...parameters.values()]);
  const stepProgram: Program = program({
    scores,
    loss,
    ...Object.fromEntries(names.map((name, i) => [`gradient.${name}`, gradients[i]!])),
    ...Object.fromEntries([...observed].map(([name, t]) => [`observed.${name}`, t])),
  });
  const executable: Executable = await engine.compile(stepProgram);
  const forward = await engine.compile(classifier(bound, images));
  let linear: Readonly<Record<string, Float32Array>> | undefined;
  const linearNumbers = () =>
    Object.fromEntries(
      [...folded().linear].flatMap(([layer, { weight, bias }]) => [
        [`${layer}.weight`, weight.data],
        [`${layer}.bias`, bias.data],
      ]),
    );
  return {
    flops: flopsOf(stepProgram),
    async step({ x, target, labels }) {
      const out = await executable.run({ x, target, ...Object.fromEntries(state.parameters) });
      const value = out.loss![0]!;
      const found = names.map((name) => out[`gradient.${name}`]!);
      if (!Number.isFinite(value) || !found.every(allFinite))
        throw new NotFinite(`the loss is ${value} at step ${state.step + 1}`);
      linear = undefined;
      state.step++;
      names.forEach((name, i) => {
        adamStep(state.parameters.get(name)!, found[i]!, state.moments.get(name)!, state.step, {
          rate: rate(state.step),
        });
      });
      for (const [name, running] of state.statistics) {
        const seen = out[`observed.${name}`]!;
        running.forEach((v, i) => {
          running[i] = (1 - MOMENTUM) * v + MOMENTUM * seen[i]!;
        });
      }
      return { loss: value, correct: countCorrect(out.scores!, labels, network.classes) };
    },
    async correct({ x, labels }, count) {
      linear ??= linearNumbers();
      const { scores } = await forward.run({ x, ...linear });
      if (!allFinite(scores!))
        throw new NotFinite(`a test image has no scores after step ${state.step}`);
      return countCorrect(scores!, labels.slice(0, count), network.classes);
    },
    async release() {
      await executable.release();
      await forward.release();
    },
  };
}
