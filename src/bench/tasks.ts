// What the benchmark times, each as a function that does the thing once: convolutions for the peak, and
// the steps of attacks as the runner takes them, with random weights and a random image.
import { releaseStep } from '../attack/index.js';
import type { Engine } from '../engine/engine.js';
import { compileEvaluator, gradient, integratedGradients, type Method } from '../explain/index.js';
import { constant, conv2d, flopsOf, input, program, sum } from '../graph/index.js';
import { type BoundNetwork, bind, lower, models, networkOf } from '../model/index.js';
import { matchStepping, numbers, topKStepping } from './steps.js';

export interface Task {
  /** Floating-point operations that count as useful: those of a convolution, or of one forward pass. */
  readonly flops: number;
  readonly once: () => Promise<unknown>;
}

/** A convolution of C channels to C at H×H; the sum after it keeps the output from being copied out. */
async function convolution(
  engine: Engine,
  channels: number,
  size: number,
  kernel: number,
): Promise<Task> {
  const x = input('x', [1, channels, size, size]);
  const filters = constant(numbers(channels * channels * kernel ** 2, 0.1), [
    channels,
    channels,
    kernel,
    kernel,
  ]);
  const pad = (kernel - 1) / 2;
  const options = { stride: [1, 1], pads: [pad, pad, pad, pad] } as const;
  // ten in a row, so that what surrounds them does not count
  let y = x;
  for (let i = 0; i < 10; i++) y = conv2d(y, filters, undefined, options);
  const one = program({ total: sum(y) });
  const executable = await engine.compile(one);
  const image = numbers(channels * size * size, 1);
  return { flops: flopsOf(one), once: () => executable.run({ x: image }) };
}

type Timed = 'squeezenet1_0' | 'squeezenet1_1' | 'cifar-cnn' | 'resnet18' | 'vgg16';

/** A network with weights of He's scale: speed does not depend on them. */
export function withRandomWeights(name: Timed): BoundNetwork {
  const network = networkOf(name, name.startsWith('squeezenet') ? { pool: 'floor' } : {});
  const tensors = new Map(
    [...network.parameters].map(([parameter, shape]) => {
      const count = shape.reduce((n, d) => n * d, 1);
      const data = parameter.endsWith('running_var')
        ? new Float32Array(count).fill(1)
        : numbers(count, Math.sqrt((6 * shape[0]!) / count));
      return [parameter, { shape, data }];
    }),
  );
  return bind(network, { file: 'random weights', sha256: '', metadata: {}, tensors });
}

const forwardFlops = (network: BoundNetwork): number => {
  const { height, width } = network.network;
  return flopsOf(
    program({ scores: lower(network, input('x', [1, 3, height, width]), 'relu').scores }),
  );
};

/** One step of the top-k attack, with or without the ReLU network's look at the iterate. */
async function attackStep(
  engine: Engine,
  name: Timed,
  method: Method,
  look: boolean,
): Promise<Task> {
  const network = withRandomWeights(name);
  const { k, surrogateBeta } = models[name];
  const { director, state } = await topKStepping(
    engine,
    network,
    method,
    { softplus: surrogateBeta },
    k,
  );
  const evaluator = await compileEvaluator(engine, network, method, 'relu');
  return {
    flops: forwardFlops(network),
    async once() {
      const stepped = await director.step(state);
      if (look) await evaluator.evaluate(stepped.next, state.target, state.draws);
      releaseStep(stepped);
    },
  };
}

/** One step of the match-target attack on simple gradients, β growing. */
async function matchStep(engine: Engine, name: Timed): Promise<Task> {
  const network = withRandomWeights(name);
  const softplus = models[name].surrogateBeta;
  const { director, state } = await matchStepping(engine, network, gradient(), { softplus });
  return {
    flops: forwardFlops(network),
    once: async () => releaseStep(await director.step(state)),
  };
}

export const tasks = {
  'convolution 3×3, 64 channels, 56×56': (engine) => convolution(engine, 64, 56, 3),
  'convolution 3×3, 128 channels, 28×28': (engine) => convolution(engine, 128, 28, 3),
  'convolution 3×3, 256 channels, 14×14': (engine) => convolution(engine, 256, 14, 3),
  'convolution 1×1, 512 channels, 14×14': (engine) => convolution(engine, 512, 14, 1),
  'cifar-cnn direction and evaluation': (engine) =>
    attackStep(engine, 'cifar-cnn', gradient(), true),
  'squeezenet1_1 direction': (engine) => attackStep(engine, 'squeezenet1_1', gradient(), false),
  'squeezenet1_1 direction and evaluation': (engine) =>
    attackStep(engine, 'squeezenet1_1', gradient(), true),
  'squeezenet1_0 direction': (engine) => attackStep(engine, 'squeezenet1_0', gradient(), false),
  'squeezenet1_0 direction and evaluation': (engine) =>
    attackStep(engine, 'squeezenet1_0', gradient(), true),
  'squeezenet1_1 integrated gradients': (engine) =>
    attackStep(engine, 'squeezenet1_1', integratedGradients(), true),
  'vgg16 match-target': (engine) => matchStep(engine, 'vgg16'),
} as const satisfies Record<string, (engine: Engine) => Promise<Task>>;

export type TaskName = keyof typeof tasks;
