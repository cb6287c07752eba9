// What the benchmark times, each as a function that does the thing once: convolutions for the peak, and
// the steps of attacks on SqueezeNet as the runner takes them, with random weights and a random image.
import { compileDirector, topKDissimilarity } from '../attack/index.js';
import type { Engine } from '../engine/engine.js';
import { drawsOf } from '../experiment/draws.js';
import {
  compileEvaluator,
  gradient,
  integratedGradients,
  type Method,
  oneHot,
} from '../explain/index.js';
import { constant, conv2d, flopsOf, input, program, sum } from '../graph/index.js';
import { type BoundNetwork, bind, lower, models, networkOf } from '../model/index.js';
import { keyedRandom } from '../random.js';

export interface Task {
  /** Floating-point operations that count as useful: those of a convolution, or of one forward pass. */
  readonly flops: number;
  readonly once: () => Promise<unknown>;
}

const random = keyedRandom('benchmark');
export const numbers = (count: number, scale: number) =>
  Float32Array.from({ length: count }, () => scale * (2 * random.uniform() - 1));

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

type Timed = 'squeezenet1_0' | 'squeezenet1_1' | 'cifar-cnn';

/** A network with weights of He's scale: speed does not depend on them. */
export function withRandomWeights(name: Timed): BoundNetwork {
  const network = networkOf(name, name === 'cifar-cnn' ? {} : { pool: 'floor' });
  const tensors = new Map(
    [...network.parameters].map(([parameter, shape]) => {
      const count = shape.reduce((n, d) => n * d, 1);
      return [parameter, { shape, data: numbers(count, Math.sqrt((6 * shape[0]!) / count)) }];
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
  const { height, width, classes } = network.network;
  const dissimilarity = topKDissimilarity(models[name].k);
  const director = await compileDirector(engine, network, method, dissimilarity, {
    softplus: models[name].surrogateBeta,
  });
  const evaluator = await compileEvaluator(engine, network, method, 'relu');
  const x = numbers(3 * height * width, 127).map((v) => v + 128);
  const draws = drawsOf(x, [1, 'benchmark']);
  const target = oneHot(classes, 1);
  const references = dissimilarity.clean(numbers(height * width, 1), height, width);
  return {
    flops: forwardFlops(network),
    async once() {
      const { next, map } = await director.step({
        x,
        origin: x,
        target,
        references,
        epsilon: 8,
        step: 0.5,
        draws,
      });
      if (look) await evaluator.evaluate(next, target, draws);
      next.release();
      map.release();
    },
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
} as const satisfies Record<string, (engine: Engine) => Promise<Task>>;

export type TaskName = keyof typeof tasks;
