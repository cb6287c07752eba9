// Maps of methods on small networks with random weights, as programs, and every propagation method beside its twin.
import { input, type Tensor } from '../../graph/index.js';
import { type Activation, type BoundNetwork, bind } from '../../model/index.js';
import type { Network } from '../../model/layers.js';
import {
  convolutional,
  imageOf,
  plain,
  preactivated,
  residual,
  weightsOf,
} from '../../model/testing/networks.js';
import { values } from '../../testing/cases.js';
import type { WeightTensor } from '../../weights/safetensors.js';
import { deeplift } from '../deeplift.js';
import { guidedBackprop } from '../guided-backprop.js';
import { lrp } from '../lrp.js';
import type { Method } from '../method.js';
import { patternAttribution } from '../pattern-attribution.js';
import {
  deepliftTwin,
  guidedTwin,
  lrpTwin,
  type Propagated,
  patternTwin,
} from './propagation-twins.js';

/** Networks that together have every kind of layer. */
export const networks: readonly Network[] = [
  plain(),
  residual(),
  residual('floor'),
  convolutional(),
  convolutional(3),
  preactivated(),
];

export const activations: readonly (readonly [string, Activation, number | undefined])[] = [
  ['ReLU', 'relu', undefined],
  ['softplus', { softplus: 2 }, 2],
];

/** A network with random weights. */
export const boundOf = (network: Network): BoundNetwork => bind(network, weightsOf(network));

/** Random patterns for a network. */
export function patternsOf(network: Network): Map<string, WeightTensor> {
  const { linear } = boundOf(network);
  const weighted = network.layers.filter(({ kind }) => kind === 'conv' || kind === 'dense');
  return new Map(
    weighted.map(({ name }) => {
      const { shape } = linear.get(name)!.weight;
      return [name, { shape, data: values(shape, `pattern ${name}`, [-1, 1]) }];
    }),
  );
}

/** A method as it is built, and as its definition has it. */
export interface Compared {
  readonly name: string;
  readonly method: (network: Network) => Method;
  readonly twin: (e: Propagated, image: ArrayLike<number>) => Float64Array;
}
export const methods: readonly Compared[] = [
  { name: 'guided', method: () => guidedBackprop(), twin: (e, image) => guidedTwin(e, image) },
  {
    name: 'guided, β 3',
    method: () => guidedBackprop({ relevanceBeta: 3 }),
    twin: (e, image) => guidedTwin(e, image, 3),
  },
  {
    name: 'patterns',
    method: (network) => patternAttribution(patternsOf(network)),
    twin: (e, image) => patternTwin(e, image, patternsOf(e.network)),
  },
  {
    name: 'DeepLIFT',
    method: () => deeplift(),
    twin: (e, image) => deepliftTwin(e, image).contribution,
  },
  {
    name: 'DeepLIFT by quotients',
    method: () => deeplift({ quotient: true }),
    twin: (e, image) => deepliftTwin(e, image, true).contribution,
  },
  {
    name: 'DeepLIFT’s multipliers',
    method: () => deeplift({ multiplier: true }),
    twin: (e, image) => deepliftTwin(e, image).relevance.get('input')!,
  },
  {
    name: 'LRP',
    method: () => lrp(),
    twin: (e, image) => lrpTwin(e, image).relevance.get('preprocess')!,
  },
  {
    name: 'LRP, scalar bounds',
    method: () => lrp({ bounds: 'scalar' }),
    twin: (e, image) => lrpTwin(e, image, 'scalar').relevance.get('preprocess')!,
  },
];

/** A raw map as a graph of its image and target. */
export function rawOf(
  method: Method,
  network: BoundNetwork,
  activation: Activation,
  images = 1,
): { x: Tensor; raw: Tensor } {
  const { height, width, classes } = network.network;
  const x = input('x', [images, 3, height, width]);
  const target = input('target', [images, classes]);
  return { x, raw: method.contribution({ network, activation, x, target }, undefined) };
}

/** Two images of a batch, each explained for its own class. */
export function batchOf(network: Network) {
  const images = [imageOf(network, 'first'), imageOf(network, 'second')];
  const labels = [0, 2];
  const target = new Float32Array(2 * network.classes);
  for (const [n, label] of labels.entries()) target[n * network.classes + label] = 1;
  return { images, labels, target, x: Float32Array.from(images.flatMap((i) => [...i])) };
}
