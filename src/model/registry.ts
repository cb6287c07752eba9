// Every network the program knows, by name: how to build it and how sharp its surrogate is by default.
import { alexnet } from './alexnet.js';
import { cifarCnn } from './cifar-cnn.js';
import { densenet121 } from './densenet.js';
import { inceptionV3 } from './inception.js';
import type { Network } from './layers.js';
import { resnet18 } from './resnet.js';
import { resnet20Cifar10 } from './resnet-cifar.js';
import { type Rounding, squeezenet } from './squeezenet.js';
import { vgg16, vgg16Cifar10 } from './vgg.js';

/** Options of a model in a config; each network reads those it knows. */
export interface ModelOptions {
  readonly pool?: Rounding | undefined;
  readonly width?: number | undefined;
  readonly batchNorm?: boolean | undefined;
}

interface Entry {
  readonly build: (options: ModelOptions) => Network;
  /** β of the softplus surrogate of the sign attacks, in units of the network's own input; none for a smooth network, which is its own. */
  readonly surrogateBeta?: number;
  /** From and to which β match-target's grows by default; none likewise. */
  readonly matchBeta?: { readonly from: number; readonly to: number };
  /** Pixels of the top-k metrics where a config names none. */
  readonly k: number;
}

/** Of Dombrowski et al. 2019, for inputs of unit variance; SqueezeNet's are 57 times as large. */
const growing = { from: 10, to: 100 };
const growingOnGreyLevels = { from: 10 / 57, to: 100 / 57 };

export const models = {
  squeezenet1_0: {
    build: (o) => squeezenet('squeezenet1_0', o),
    surrogateBeta: 1,
    matchBeta: growingOnGreyLevels,
    k: 1000,
  },
  squeezenet1_1: {
    build: (o) => squeezenet('squeezenet1_1', o),
    surrogateBeta: 1,
    matchBeta: growingOnGreyLevels,
    k: 1000,
  },
  resnet18: { build: resnet18, surrogateBeta: 50, matchBeta: growing, k: 1000 },
  vgg16: { build: vgg16, surrogateBeta: 50, matchBeta: growing, k: 1000 },
  alexnet: { build: alexnet, surrogateBeta: 50, matchBeta: growing, k: 1000 },
  densenet121: {
    build: densenet121,
    surrogateBeta: 150,
    matchBeta: { from: 30, to: 300 },
    k: 1000,
  },
  inception_v3: { build: inceptionV3, surrogateBeta: 50, matchBeta: growing, k: 1000 },
  'cifar-cnn': {
    build: (o) => cifarCnn('cifar-cnn', 'relu', o),
    surrogateBeta: 50,
    matchBeta: growing,
    k: 100,
  },
  'cifar-cnn-softplus': {
    build: (o) => cifarCnn('cifar-cnn-softplus', { softplus: 1 }, o),
    k: 100,
  },
  'resnet20-cifar10': { build: resnet20Cifar10, surrogateBeta: 50, matchBeta: growing, k: 100 },
  'vgg16-cifar10': { build: vgg16Cifar10, surrogateBeta: 50, matchBeta: growing, k: 100 },
} as const satisfies Record<string, Entry>;

export type ModelName = keyof typeof models;

/** The network of a name; throws when there is none. */
export function networkOf(name: ModelName, options: ModelOptions = {}): Network {
  const { build }: Entry = models[name];
  return build(options);
}
