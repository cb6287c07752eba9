// Trains a network's filters, matrices and biases: one program gives the scores of a batch, the loss and its
// gradient in every parameter; Adam moves the parameters between runs.
import type { Engine, Executable } from '../engine/engine.js';
import { flopsOf, gradient, input, type Program, program, type Tensor } from '../graph/index.js';
import { argmax } from '../metric/output.js';
import { type BoundNetwork, lower, type Network, type Parameters } from '../model/index.js';
import type { WeightTensor } from '../weights/safetensors.js';
import { type AdamOptions, adamStep, type Moments } from './adam.js';
import type { Batch } from './batches.js';
import { crossEntropy } from './cross-entropy.js';

/** Everything training changes. */
export interface TrainingState {
  /** Parameters by their names in the network. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly moments: ReadonlyMap<string, Moments>;
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
  /** How many of the first `count` images of a batch are classified correctly. */
  correct(batch: Batch, count: number): Promise<number>;
  release(): Promise<void>;
}

/** Training has left the numbers: the loss or a gradient is infinite or not a number. */
export class NotFinite extends Error {}

/** Names and shapes of the parameters that training moves: all but the mean image. */
export const trainable = (network: Network): ReadonlyMap<string, readonly number[]> =>
  new Map(
    network.layers.flatMap((layer) =>
      layer.kind === 'conv' || layer.kind === 'dense'
        ? ['weight', 'bias'].flatMap((part) => {
            const name = `${layer.name}.${part}`;
            const shape = network.parameters.get(name);
            return shape === undefined ? [] : [[name, shape] as const];
          })
        : [],
    ),
  );

function allFinite(values: Float32Array): boolean {
  // the difference is 0 for finite numbers and NaN for all others
  for (let i = 0; i < values.length; i++) if (values[i]! - values[i]! !== 0) return false;
  return true;
}

const countCorrect = (scores: Float32Array, labels: readonly number[], classes: number): number =>
  labels.filter((label, i) => argmax(scores.subarray(i * classes, (i + 1) * classes)) === label)
    .length;

/**
 * Compiles training for batches of a fixed size.
 * @param mean the mean image or colour of the preprocessing, in the network's own units
 */
export async function compileTrainer(
  engine: Engine,
  network: Network,
  mean: WeightTensor,
  state: TrainingState,
  images: number,
  adam: AdamOptions,
): Promise<Trainer> {
  const bound: BoundNetwork = { network, linear: new Map(), mean };
  const x = input('x', [images, 3, network.height, network.width]);
  const target = input('target', [images, network.classes]);
  const inputs = new Map<string, Tensor>(
    [...trainable(network)].map(([name, shape]) => [name, input(name, shape)]),
  );
  const parameters: Parameters = {
    weight: (layer) => inputs.get(`${layer}.weight`)!,
    bias: (layer) => inputs.get(`${layer}.bias`)!,
  };
  const { scores } = lower(bound, x, network.activation, parameters);
  const loss = crossEntropy(scores, target);
  const names = [...inputs.keys()];
  const gradients = gradient(loss, [...inputs.values()]);
  const stepProgram: Program = program({
    scores,
    loss,
    ...Object.fromEntries(names.map((name, i) => [`gradient.${name}`, gradients[i]!])),
  });
  const executable: Executable = await engine.compile(stepProgram);
  const forward = await engine.compile(program({ scores }));
  const weights = () => Object.fromEntries(state.parameters);
  return {
    flops: flopsOf(stepProgram),
    async step({ x, target, labels }) {
      const out = await executable.run({ x, target, ...weights() });
      const value = out.loss![0]!;
      const found = names.map((name) => out[`gradient.${name}`]!);
      if (!Number.isFinite(value) || !found.every(allFinite))
        throw new NotFinite(`the loss is ${value} at step ${state.step + 1}`);
      state.step++;
      names.forEach((name, i) => {
        adamStep(
          state.parameters.get(name)!,
          found[i]!,
          state.moments.get(name)!,
          state.step,
          adam,
        );
      });
      return { loss: value, correct: countCorrect(out.scores!, labels, network.classes) };
    },
    async correct({ x, labels }, count) {
      const out = await forward.run({ x, ...weights() });
      return countCorrect(out.scores!, labels.slice(0, count), network.classes);
    },
    async release() {
      await executable.release();
      await forward.release();
    },
  };
}
