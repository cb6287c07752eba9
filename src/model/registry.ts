// Every network that comes with the program, by name: how it is built, its options, and the defaults of experiments on
// it.
import type { Resize } from '../data/resize.js';
import type { WeightFile } from '../weights/safetensors.js';
import { alexnet } from './alexnet.js';
import { cifarCnn } from './cifar-cnn.js';
import { densenet121 } from './densenet.js';
import { inceptionV3 } from './inception.js';
import type { Head, Network } from './layers.js';
import { resnet } from './resnet.js';
import { resnet20Cifar10 } from './resnet-cifar.js';
import { type Rounding, squeezenet } from './squeezenet.js';
import { vgg, vgg16Cifar10 } from './vgg.js';

/** Options of a model in a config; a network has some of them. */
export interface ModelOptions {
  readonly pool?: Rounding | undefined;
  readonly width?: number | undefined;
  readonly batchNorm?: boolean | undefined;
}

/** Options, and the number of classes where the weights have another than is published. */
export type Form = ModelOptions & Head;

/** What experiments on a network take where a config says nothing. */
export interface ModelDefaults {
  /** β of the softplus surrogate of the sign attacks, in units of the network's own input; absent for a smooth network, which needs no surrogate. */
  readonly surrogateBeta?: number | undefined;
  /** The β that match-target's surrogate begins and ends with; absent likewise. */
  readonly matchBeta?: { readonly from: number; readonly to: number } | undefined;
  /** Pixels of the top-k metrics. */
  readonly k: number;
  /** How its publisher scales pictures, of which the input is the center. */
  readonly resize: Resize;
}

interface Entry extends ModelDefaults {
  readonly build: (options: Form) => Network;
  /** The options it has, with their defaults. */
  readonly options?: ModelOptions;
}

/** Of Dombrowski et al. 2019, for inputs of unit variance; those of the Caffe SqueezeNets are 57 times as large. */
const growing = { from: 10, to: 100 };
const growingOnGrayLevels = { from: 10 / 57, to: 100 / 57 };

/** Networks of torchvision for ImageNet. */
const torchvision = { surrogateBeta: 50, matchBeta: growing, k: 1000, resize: 256 } as const;

/** Without batch norms a config says nothing of them. */
const plainVgg: ModelOptions = { batchNorm: undefined };

/** A picture that has the size of the input already is taken as it is. */
const caffe = { shortSide: 256, unless: 227 };

export const models = {
  squeezenet1_0: {
    build: (o) => squeezenet('squeezenet1_0', o),
    options: { pool: 'ceil' },
    surrogateBeta: 1,
    matchBeta: growingOnGrayLevels,
    k: 1000,
    resize: caffe,
  },
  squeezenet1_1: {
    build: (o) => squeezenet('squeezenet1_1', o),
    options: { pool: 'ceil' },
    surrogateBeta: 1,
    matchBeta: growingOnGrayLevels,
    k: 1000,
    resize: caffe,
  },
  'squeezenet1_1-torchvision': {
    build: (o) => squeezenet('squeezenet1_1-torchvision', { classes: o.classes }),
    surrogateBeta: 50,
    matchBeta: growing,
    k: 1000,
    resize: 256,
  },
  resnet18: { build: (o) => resnet('resnet18', o), ...torchvision },
  resnet34: { build: (o) => resnet('resnet34', o), ...torchvision },
  resnet50: { build: (o) => resnet('resnet50', o), ...torchvision },
  vgg11: { build: (o) => vgg('vgg11', o), options: plainVgg, ...torchvision },
  vgg13: { build: (o) => vgg('vgg13', o), options: plainVgg, ...torchvision },
  vgg16: { build: (o) => vgg('vgg16', o), options: plainVgg, ...torchvision },
  vgg19: { build: (o) => vgg('vgg19', o), options: plainVgg, ...torchvision },
  alexnet: { build: alexnet, ...torchvision },
  densenet121: {
    build: densenet121,
    surrogateBeta: 150,
    matchBeta: { from: 30, to: 300 },
    k: 1000,
    resize: 256,
  },
  inception_v3: { build: inceptionV3, surrogateBeta: 50, matchBeta: growing, k: 1000, resize: 342 },
  'cifar-cnn': {
    build: (o) => cifarCnn('cifar-cnn', 'relu', o),
    options: { width: 1 },
    surrogateBeta: 50,
    matchBeta: growing,
    k: 100,
    resize: 32,
  },
  'cifar-cnn-softplus': {
    build: (o) => cifarCnn('cifar-cnn-softplus', { softplus: 1 }, o),
    options: { width: 1 },
    k: 100,
    resize: 32,
  },
  'resnet20-cifar10': {
    build: resnet20Cifar10,
    surrogateBeta: 50,
    matchBeta: growing,
    k: 100,
    resize: 32,
  },
  'vgg16-cifar10': {
    build: vgg16Cifar10,
    options: { width: 1, batchNorm: false },
    surrogateBeta: 50,
    matchBeta: growing,
    k: 100,
    resize: 32,
  },
} as const satisfies Record<string, Entry>;

export type ModelName = keyof typeof models;

/** The entry of a network; throws where there is none. */
function entryOf(name: string): Entry {
  if (!Object.hasOwn(models, name)) throw new Error(`no network is called ${name}`);
  return models[name as ModelName];
}

/** The network of a name; throws where there is none. */
export const networkOf = (name: string, options: Form = {}): Network =>
  entryOf(name).build(options);

/**
 * The network that weights are for: of a name, with as many classes as its class layer has rows there.
 * Throws where there is none of the name.
 */
export function networkFor(
  name: string,
  { pool, width, batchNorm }: ModelOptions,
  { tensors }: Pick<WeightFile, 'tensors'>,
): Network {
  const options = { pool, width, batchNorm };
  const published = networkOf(name, options);
  const weight = `${published.classLayer}.weight`;
  const rows = tensors.get(weight)?.shape[0];
  // what is no class layer is refused when it is bound
  return rows === undefined || rows < 2 || rows === published.classes
    ? published
    : { ...networkOf(name, { ...options, classes: rows }), classNames: [] };
}

/** The defaults of experiments on a network; throws where there is none of the name. */
export const defaultsOf = (name: string): ModelDefaults => entryOf(name);

/** The options that a network has, with their defaults; throws where there is none of the name. */
export const optionsOf = (name: string): ModelOptions => entryOf(name).options ?? {};
