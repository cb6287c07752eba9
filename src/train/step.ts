// A step of training as tensors: a network's loss on a batch, from inputs that hold its parameters, and what its
// batch norms see on the way.
import { fill, input, mul, reshape, type Tensor } from '../graph/index.js';
import {
  type BoundNetwork,
  isStatistic,
  lower,
  type Network,
  type Parameters,
} from '../model/index.js';
import { normaliseBatch } from './batch-norm.js';
import { crossEntropy } from './cross-entropy.js';

/** Names and shapes of the parameters that training moves: all but the mean image and running statistics. */
export const trainable = (network: Network): ReadonlyMap<string, readonly number[]> => {
  const first = network.layers[0]!;
  const image = first.kind === 'preprocess' && 'parameter' in first.mean && first.mean.parameter;
  return new Map([...network.parameters].filter(([name]) => name !== image && !isStatistic(name)));
};

/** Names and shapes of the running means and variances of a network's batch norms. */
export const statistics = (network: Network): ReadonlyMap<string, readonly number[]> =>
  new Map([...network.parameters].filter(([name]) => isStatistic(name)));

/** What a network makes of a batch while it learns. */
export interface Step {
  /** Its parameters by name, inputs of their own beside `x` [N,3,H,W] in 0..255 and `target` [N, classes]. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly scores: Tensor;
  readonly loss: Tensor;
  /** What the batch adds to running statistics, by their names: its means and unbiased variances, [C]. */
  readonly observed: ReadonlyMap<string, Tensor>;
}

/** Builds a step on batches of so many images; `target` is one in the true class's column and zero elsewhere. */
export function stepOf(bound: BoundNetwork, images: number): Step {
  const { network } = bound;
  const inputs = new Map<string, Tensor>(
    [...trainable(network)].map(([name, shape]) => [name, input(name, shape)]),
  );
  const observed = new Map<string, Tensor>();
  const parameters: Parameters = {
    weight: (layer) => inputs.get(`${layer}.weight`)!,
    bias: (layer) =>
      inputs.get(`${layer}.bias`) ?? fill(0, [network.parameters.get(`${layer}.weight`)![0]!]),
    normalise({ name, epsilon }, a, scale) {
      const part = (which: string) => mul(inputs.get(`${name}.${which}`)!, scale);
      const { y, mean, variance } = normaliseBatch(
        a,
        part('weight'),
        part('bias'),
        epsilon * scale ** 2,
      );
      const [, channels, height, width] = a.shape as [number, number, number, number];
      const counted = images * height * width;
      const unbiased = counted / ((counted - 1) * scale ** 2);
      observed.set(`${name}.running_mean`, mul(reshape(mean, [channels]), 1 / scale));
      observed.set(`${name}.running_var`, mul(reshape(variance, [channels]), unbiased));
      return y;
    },
  };
  const x = input('x', [images, 3, network.height, network.width]);
  const { scores } = lower(bound, x, network.activation, parameters);
  const loss = crossEntropy(scores, input('target', [images, network.classes]));
  return { parameters: inputs, scores, loss, observed };
}
