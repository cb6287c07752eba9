// Lowers a network to graph nodes with a chosen nonlinearity. The scores of all classes need the
// whole last layer; the score of one class per image needs only that class's row of it, which is
// what explanations differentiate.
import {
  add,
  averagePool,
  broadcast,
  concat,
  constant,
  conv2d,
  detach,
  div,
  embed,
  fill,
  greater,
  matmul,
  maxPool,
  mean,
  mul,
  relu,
  reshape,
  slice,
  softplus,
  sub,
  sum,
  type Tensor,
  where,
} from '../graph/index.js';
import { type BoundNetwork, zeroOf } from './bind.js';
import { type ElementFunction, elementFunction, type Rectify } from './element-function.js';
import {
  isSmooth,
  type Layer,
  type Network,
  type Nonlinearity,
  type Norm,
  smoothsPools,
} from './layers.js';
import { poolFirst } from './pool-first.js';
import { logSumExpPool } from './smooth-pool.js';

/** A network as a function of one tensor of images. */
export interface Lowered {
  /** Scores of all classes, [N, classes]. */
  readonly scores: Tensor;
  /** The score of one class per image, [N, 1]; `target` [N, classes] is one in the class's column and zero elsewhere. */
  score(target: Tensor): Tensor;
  /** What the class layer reads, each channel averaged over its plane: [N, channels]. */
  readonly features: Tensor;
}

/** Where the numbers of layers with parameters come from: constants, or inputs of a program that trains them. */
export interface Parameters {
  /** Filters [O,C,kh,kw], a matrix [O,C·H·W], or scales [C]. */
  weight(layer: string): Tensor;
  /** [O]. */
  bias(layer: string): Tensor;
  /**
   * Normalises what a layer gives, a batch multiplied by `scale`, to values multiplied likewise; absent where
   * normalizations are folded into weights and biases.
   */
  normalise?(norm: Norm, a: Tensor, scale: number): Tensor;
}

/** A network's own weights, as constants. */
export function constantsOf({ linear }: BoundNetwork): Parameters {
  const of = (layer: string, part: 'weight' | 'bias') => {
    const { data, shape } = linear.get(layer)![part];
    return constant(data, shape, `${layer}.${part}`);
  };
  return { weight: (layer) => of(layer, 'weight'), bias: (layer) => of(layer, 'bias') };
}

/** ReLUs, which differ in their derivative at 0. */
const rectifiers = {
  relu,
  'open-relu': (a: Tensor) => where(greater(0, a), 0, a),
} as const;

/** The products of factors of rows and columns, [1,1,rows,columns]. */
function planeOf([rows, columns]: readonly [readonly number[], readonly number[]]): Tensor {
  const products = rows.flatMap((row) => columns.map((column) => row * column));
  return constant(Float32Array.from(products), [1, 1, rows.length, columns.length], 'factors');
}

/** Layers as functions of tensors, all values multiplied by β of the softplus. */
interface Functions {
  readonly beta: number | Tensor;
  apply(layer: Layer, inputs: readonly Tensor[]): Tensor;
  /** The class layer for one class per image: [N,1,rows,columns] from its input. */
  classRow(layer: Layer, a: Tensor, target: Tensor): Tensor;
}

/** What was multiplied by β of a softplus, divided by it again. */
export const unscaled = (x: Tensor, beta: number | Tensor): Tensor =>
  typeof beta !== 'number' ? div(x, beta) : beta === 1 ? x : mul(x, 1 / beta);

/**
 * With softplus_β every layer but the nonlinearity is positively homogeneous once biases are scaled
 * along, so the network runs on βx̂ with biases βb and the plain softplus, and its scores are divided
 * by β at the end: no multiplication by β remains inside. Where β is an input, convolutions have no bias and
 * βb is added behind them: with a bias that is computed, ONNX Runtime takes a slower convolution.
 */
function functionsOf(
  bound: BoundNetwork,
  activation: Nonlinearity,
  parameters: Parameters,
): Functions {
  const { network } = bound;
  const beta = isSmooth(activation) ? activation.softplus : 1;
  const nonlinearity = isSmooth(activation) ? softplus : rectifiers[activation];
  const pool = smoothsPools(activation) ? logSumExpPool : maxPool;

  const weightOf = (layer: Layer) => parameters.weight(layer.name);
  const fixed = typeof beta === 'number';
  if (!fixed && parameters.normalise)
    throw new Error(`${network.name}: one β is needed where layers are normalized by their batch`);
  // a known β is multiplied into parameters, which is done once; one that is an input, into what they make
  const biasOf = (layer: Layer) =>
    fixed ? mul(parameters.bias(layer.name), beta) : parameters.bias(layer.name);
  const scaled = (x: Tensor) => (fixed ? x : mul(x, beta));
  /** Biases by which channels of N images are shifted, [1,O,1,1] or [N,O,1,1]. */
  const shiftOf = (layer: Layer) => scaled(reshape(biasOf(layer), [1, layer.shape[0], 1, 1]));

  /** What is multiplied by β behind a layer that is not homogeneous. */
  const rescaled = (x: Tensor) => (beta === 1 ? x : mul(x, beta));
  const rectify: Rectify = isSmooth(activation)
    ? (x) => unscaled(softplus(rescaled(x)), beta)
    : 'exact';
  const elementwise = (f: ElementFunction, a: Tensor) =>
    rescaled(elementFunction(f, unscaled(a, beta), rectify));

  const apply = (layer: Layer, inputs: readonly Tensor[]): Tensor => {
    const a = inputs[0]!;
    const images = a.shape[0]!;
    switch (layer.kind) {
      case 'preprocess': {
        const std = layer.std.map((s) => (fixed ? beta : 1) / (s * layer.scale));
        const centered = sub(a, zeroOf(bound));
        const own = std.every((s) => s === 1)
          ? centered
          : mul(centered, constant(Float32Array.from(std), [1, 3, 1, 1], 'scale'));
        return scaled(own);
      }
      case 'conv': {
        const { stride, pads, groups = 1 } = layer;
        const window = { stride, pads, groups };
        if (!fixed) return add(conv2d(a, weightOf(layer), undefined, window), shiftOf(layer));
        if (layer.norm === undefined || parameters.normalise === undefined)
          return conv2d(a, weightOf(layer), biasOf(layer), window);
        // the batch's mean takes the bias out again, and what its slope would be is rounding
        const y = conv2d(a, weightOf(layer), detach(biasOf(layer)), window);
        return parameters.normalise(layer.norm, y, beta);
      }
      case 'dense': {
        const flat = reshape(a, [images, a.shape.slice(1).reduce((n, d) => n * d, 1)]);
        const product = matmul(flat, weightOf(layer), { transposeB: true });
        const shift = shiftOf(layer);
        const dense = add(product, reshape(shift, [shift.shape[0]!, layer.shape[0]]));
        return reshape(dense, [images, layer.shape[0], 1, 1]);
      }
      case 'affine': {
        if (fixed && parameters.normalise) return parameters.normalise(layer.norm, a, beta);
        const perChannel = (t: Tensor) => reshape(t, [1, layer.shape[0], 1, 1]);
        return add(mul(a, perChannel(weightOf(layer))), shiftOf(layer));
      }
      case 'activation':
        return layer.function === undefined ? nonlinearity(a) : elementwise(layer.function, a);
      case 'maxPool':
        return pool(a, layer.window);
      case 'averagePool': {
        const { window, factors } = layer;
        return factors === undefined
          ? averagePool(a, window)
          : mul(averagePool(a, window), planeOf(factors));
      }
      case 'globalAverage':
        return mean(a, [2, 3]);
      case 'concat':
        return concat(inputs, 1);
      case 'add':
        return add(a, inputs[1]!);
      case 'rearrange':
        return layer.compute(inputs);
      case 'scale':
      case 'multiply':
      case 'function':
        return rescaled(layer.compute(inputs.map((one) => unscaled(one, beta))));
      case 'subsample': {
        const [, , height, width] = a.shape as [number, number, number, number];
        const halved = slice(a, [0, 0, 0, 0], a.shape, [1, 1, 2, 2]);
        return embed(
          halved,
          [0, layer.before, 0, 0],
          [1, 1, 1, 1],
          [images, layer.shape[0], Math.ceil(height / 2), Math.ceil(width / 2)],
        );
      }
    }
  };

  const classRow = (layer: Layer, a: Tensor, target: Tensor): Tensor => {
    const images = target.shape[0]!;
    const bias = matmul(target, reshape(biasOf(layer), [network.classes, 1]));
    const pads = layer.kind === 'conv' ? layer.pads : ([0, 0, 0, 0] as const);
    const [, channels, height, width] = a.shape as [number, number, number, number];
    const padded = embed(
      a,
      [0, 0, pads[0], pads[1]],
      [1, 1, 1, 1],
      [images, channels, height + pads[0] + pads[2], width + pads[1] + pads[3]],
    );
    const [, , rows, columns] = padded.shape as [number, number, number, number];
    // a 1×1 convolution is a product at every position; a dense layer is one product with the whole input
    const positions = layer.kind === 'conv' ? rows * columns : 1;
    const inputs = (channels * rows * columns) / positions;
    const row = matmul(target, reshape(weightOf(layer), [network.classes, inputs]));
    const product = matmul(
      reshape(row, [images, 1, inputs]),
      reshape(padded, [images, inputs, positions]),
    );
    const shape = layer.kind === 'conv' ? [images, 1, rows, columns] : [images, 1, 1, 1];
    return add(reshape(product, shape), scaled(reshape(bias, [images, 1, 1, 1])));
  };

  return { beta, apply, classRow };
}

/** Whether the class layer's rows can be taken one by one. */
const takesRows = (classLayer: Layer): boolean =>
  classLayer.kind === 'dense' ||
  (classLayer.kind === 'conv' &&
    classLayer.kernel.every((size) => size === 1) &&
    classLayer.stride.every((step) => step === 1));

/** Layers with max-pools before activations where these commute: log Σ exp does not commute with softplus. */
const cheapest = ({ layers }: Network, activation: Nonlinearity): readonly Layer[] =>
  smoothsPools(activation) ? layers : poolFirst(layers);

/** What layers make of an image, by their names; a layer that comes twice is computed once. */
function computed(
  layers: readonly Layer[],
  x: Tensor,
  apply: (layer: Layer, inputs: readonly Tensor[]) => Tensor,
): Map<string, Tensor> {
  const values = new Map<string, Tensor>([['input', x]]);
  for (const layer of layers)
    if (!values.has(layer.name))
      values.set(
        layer.name,
        apply(
          layer,
          layer.from.map((name) => values.get(name)!),
        ),
      );
  return values;
}

/** What every layer makes of images x [N,3,H,W] in 0..255, by name, all multiplied by β of a softplus. */
export function outputsOf(
  bound: BoundNetwork,
  x: Tensor,
  activation: Nonlinearity,
): ReadonlyMap<string, Tensor> {
  const { apply } = functionsOf(bound, activation, constantsOf(bound));
  return computed(bound.network.layers, x, apply);
}

/** Builds the network on images x [N,3,H,W] in 0..255. */
export function lower(
  bound: BoundNetwork,
  x: Tensor,
  activation: Nonlinearity,
  parameters: Parameters = constantsOf(bound),
): Lowered {
  const { network } = bound;
  const { beta, apply, classRow } = functionsOf(bound, activation, parameters);
  const images = x.shape[0]!;

  const columns = (scores: Tensor, count: number): Tensor =>
    reshape(unscaled(scores, beta), [images, count]);

  const layers = cheapest(network, activation);
  const at = layers.findIndex((layer) => layer.name === network.classLayer);
  const values = computed(layers, x, apply);
  const read = (layer: Layer) => layer.from.map((name) => values.get(name)!);
  const [penultimate] = read(layers[at]!);
  return {
    scores: columns(values.get(network.layers.at(-1)!.name)!, network.classes),
    features: columns(mean(penultimate!, [2, 3]), penultimate!.shape[1]!),
    score(target) {
      const classLayer = layers[at]!;
      if (!takesRows(classLayer))
        return sum(
          mul(columns(values.get(network.layers.at(-1)!.name)!, network.classes), target),
          [1],
        );
      let y = classRow(classLayer, read(classLayer)[0]!, target);
      for (const layer of layers.slice(at + 1)) y = apply(layer, [y]);
      return columns(y, 1);
    },
  };
}

/**
 * A network whose layers' outputs can be had one by one. From the class layer on they are those of one
 * class per image, [N,1,rows,columns], where that layer's rows can be taken one by one.
 */
export interface Trace {
  readonly layers: readonly Layer[];
  /** All values are multiplied by this: β of a softplus, else 1. */
  readonly scale: number | Tensor;
  /** What layers give, by their names; `input` is the image. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** One at the explained score among those the last layer gives. */
  readonly explained: Tensor;
  /** What a layer makes of other inputs, or with other parameters than its own. */
  apply(layer: Layer, inputs: readonly Tensor[], parameters?: Parameters): Tensor;
}

/**
 * Builds the network layer by layer on images x [N,3,H,W] in 0..255.
 * @param target one in the explained class's column, [N, classes]; with a single image in x, every row explains it
 * Throws an Error with smooth pools, which have no winner that relevance could go to.
 * @param order the network's own layers; or, where max-pools only route, the equivalent and cheaper ones with pools before activations
 */
export function trace(
  bound: BoundNetwork,
  x: Tensor,
  activation: Nonlinearity,
  target: Tensor,
  order: 'own' | 'pool-first' = 'own',
): Trace {
  const { network } = bound;
  if (smoothsPools(activation))
    throw new Error(`${network.name}: relevance has no rule for smooth pools`);
  const own = functionsOf(bound, activation, constantsOf(bound));
  const classLayer = network.layers.find(({ name }) => name === network.classLayer)!;
  const byRow = takesRows(classLayer);
  const images = target.shape[0]!;
  const apply: Trace['apply'] = (layer, inputs, parameters) => {
    const functions = parameters === undefined ? own : functionsOf(bound, activation, parameters);
    if (layer.name !== network.classLayer || !byRow) return functions.apply(layer, inputs);
    const a = inputs[0]!;
    const each = a.shape[0] === images ? a : broadcast(a, [images, ...a.shape.slice(1)]);
    return functions.classRow(layer, each, target);
  };

  // pools before activations give the same values for less; layers that only stand in the network's own order follow
  const pooled = poolFirst(network.layers);
  const layers = order === 'own' ? network.layers : pooled;
  const values = computed([...pooled, ...layers], x, apply);
  const last = values.get(layers.at(-1)!.name)!;
  const classes = last.shape[1]!;
  return {
    layers,
    scale: own.beta,
    values,
    explained:
      classes === 1 ? fill(1, [images, 1, 1, 1]) : reshape(target, [images, classes, 1, 1]),
    apply,
  };
}
