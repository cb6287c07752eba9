// Puts weights into a network: checks that a file holds exactly the tensors the network names, and
// folds batch normalization into the convolution before it, or into one scale and shift per channel.
import { UserError } from '../errors.js';
import { constant, type Tensor } from '../graph/index.js';
import { shown } from '../shown.js';
import type { WeightFile, WeightTensor } from '../weights/safetensors.js';
import { adopted } from './adopted.js';
import type { Layer, Network, Norm } from './layers.js';

/** The numbers of one convolution, dense or affine layer after folding. */
export interface Linear {
  /** Filters [O,C,kh,kw], a matrix [O,C·H·W], or the scales [C] of an affine layer. */
  readonly weight: WeightTensor;
  readonly bias: WeightTensor;
}

/** A network with its weights. */
export interface BoundNetwork {
  readonly network: Network;
  /** The file of the weights. */
  readonly file: string;
  readonly linear: ReadonlyMap<string, Linear>;
  /** Mean of the preprocessing in the network's own units, per channel or per pixel. */
  readonly mean: WeightTensor;
}

/** The parameters of a batch normalization that say what it has seen, without which its weight and bias are all there is to it. */
const STATISTICS = ['running_mean', 'running_var'] as const;

/** Whether a parameter of that name is a running mean or variance. */
export const isStatistic = (name: string): boolean =>
  STATISTICS.some((part) => name.endsWith(`.${part}`));

const hasStatistics = ({ tensors }: WeightFile): boolean => [...tensors.keys()].some(isStatistic);

/** Whether a file says in its metadata, `batchnorm: folded …`, that its running means and variances are worked into its batch norms. */
const isFolded = (file: WeightFile): boolean =>
  /^folded\b/.test(file.metadata.batchnorm ?? '') && !hasStatistics(file);

/** What is said of a file that has everything but the running means and variances. */
function withoutStatistics(needed: readonly string[]): string {
  const [first, ...others] = needed;
  const missing =
    others.length === 0
      ? `tensor ${first} is missing`
      : `tensors ${first} and ${others.length} others are missing`;
  return `${missing}; expected all of state_dict(), named_parameters() has no running means and variances; a safetensors file whose batch norms are x · weight + bias says "batchnorm": "folded" in its metadata`;
}

/** Throws a UserError for a tensor that is missing, has another shape or holds what no weight can be. */
function requireParameter(
  name: string,
  shape: readonly number[],
  tensor: WeightTensor | undefined,
  misfit: (why: string) => UserError,
): void {
  if (tensor === undefined) throw misfit(`tensor ${name} is missing`);
  if (tensor.shape.join() !== shape.join())
    throw misfit(`tensor ${name} has shape ${listed(tensor.shape)}, expected ${listed(shape)}`);
  if (!tensor.data.every(Number.isFinite))
    throw misfit(`tensor ${name} holds numbers that are not finite`);
  if (!name.endsWith('.running_var')) return;
  const negative = tensor.data.find((v) => v < 0);
  if (negative !== undefined)
    throw misfit(`tensor ${name} holds ${negative}, expected variances, none below 0`);
}

const listed = (shape: readonly number[]): string => shown(`[${shape}]`);

/**
 * Checks that a file holds the weights of a network, and gives them as the network has them: columns of a dense layer
 * in the order channel, row, column, and variances that go with the network's own ε.
 * Throws a UserError when a tensor is missing, has another shape, is not the network's, or holds what is no weight.
 */
export function parametersOf(
  network: Network,
  file: WeightFile,
): ReadonlyMap<string, WeightTensor> {
  const misfit = (why: string) =>
    new UserError(`${file.file}: not weights of ${network.name}: ${why}`);
  const some = hasStatistics(file);
  for (const [name, shape] of network.parameters)
    if (some || !isStatistic(name)) requireParameter(name, shape, file.tensors.get(name), misfit);
  // bookkeeping of batch normalization and what only training uses have no part in the network's output
  const without = (name: string) =>
    name.endsWith('.num_batches_tracked') || network.auxiliary.some((a) => name.startsWith(a));
  for (const name of file.tensors.keys())
    if (!network.parameters.has(name) && !without(name))
      throw misfit(`tensor ${shown(name)} is not part of it`);
  const needed = [...network.parameters.keys()].filter(isStatistic);
  if (!some && needed.length > 0 && !isFolded(file)) throw misfit(withoutStatistics(needed));
  return adopted(network, file.tensors);
}

/**
 * Binds the tensors of a weight file to a network. The batch norms of a file whose metadata say so are x · weight + bias.
 * Throws a UserError when the file does not hold the weights of the network.
 */
export function bind(network: Network, file: WeightFile): BoundNetwork {
  const tensors = parametersOf(network, file);
  const normalized = isFolded(file);
  const parameter = (name: string) => tensors.get(name)!;
  const linear = new Map<string, Linear>();
  let mean: WeightTensor = { shape: [3], data: new Float32Array(3) };
  for (const layer of network.layers) {
    if (layer.kind === 'preprocess')
      mean =
        'parameter' in layer.mean
          ? parameter(layer.mean.parameter)
          : { shape: [3], data: Float32Array.from(layer.mean) };
    if (layer.kind === 'conv' || layer.kind === 'dense')
      linear.set(layer.name, folded(layer, parameter, normalized));
    if (layer.kind === 'affine')
      linear.set(layer.name, vectors(scaleAndShift(layer.norm, parameter, normalized)));
  }
  requireFinite(network, file.file, linear);
  return { network, file: file.file, linear, mean };
}

/** Throws a UserError where a batch norm takes finite weights beyond float32. */
function requireFinite(network: Network, file: string, linear: ReadonlyMap<string, Linear>): void {
  for (const layer of network.layers) {
    if (!('norm' in layer) || layer.norm === undefined) continue;
    const { weight, bias } = linear.get(layer.name)!;
    if (!weight.data.every(Number.isFinite) || !bias.data.every(Number.isFinite))
      throw new UserError(
        `${file}: not weights of ${network.name}: the batch norm ${layer.norm.name} makes numbers that are not finite`,
      );
  }
}

/** Per channel, in float64. */
interface ScaleAndShift {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** A batch normalization as x · scale + shift. */
function scaleAndShift(
  norm: Norm,
  parameter: (name: string) => WeightTensor,
  normalized: boolean,
): ScaleAndShift {
  const part = (name: string) => Float64Array.from(parameter(`${norm.name}.${name}`).data);
  const [weight, bias] = [part('weight'), part('bias')];
  if (normalized) return { scale: weight, shift: bias };
  const [mean, variance] = STATISTICS.map(part) as [Float64Array, Float64Array];
  const scale = weight.map((w, i) => w / Math.sqrt(variance[i]! + norm.epsilon));
  return { scale, shift: bias.map((b, i) => b - mean[i]! * scale[i]!) };
}

const vectors = ({ scale, shift }: ScaleAndShift): Linear => ({
  weight: { shape: [scale.length], data: Float32Array.from(scale) },
  bias: { shape: [shift.length], data: Float32Array.from(shift) },
});

function folded(
  layer: Layer & { kind: 'conv' | 'dense' },
  parameter: (name: string) => WeightTensor,
  normalized: boolean,
): Linear {
  const weight = parameter(`${layer.name}.weight`);
  const channels = weight.shape[0]!;
  const bias =
    layer.kind === 'dense' || layer.bias
      ? parameter(`${layer.name}.bias`)
      : { shape: [channels], data: new Float32Array(channels) };
  if (layer.kind === 'dense' || layer.norm === undefined) return { weight, bias };

  const { scale, shift } = scaleAndShift(layer.norm, parameter, normalized);
  const perChannel = weight.data.length / channels;
  return {
    weight: {
      shape: weight.shape,
      data: weight.data.map((w, i) => w * scale[Math.floor(i / perChannel)]!),
    },
    bias: { shape: [channels], data: bias.data.map((b, i) => shift[i]! + b * scale[i]!) },
  };
}

/** The image 0..255 [3,H,W] that preprocessing maps to zero. */
export function zeroImageOf({ network, mean }: BoundNetwork): Float32Array {
  const { scale } = network.layers[0] as Layer & { kind: 'preprocess' };
  const pixels = network.height * network.width;
  const each = mean.shape.length > 1;
  return Float32Array.from(
    { length: 3 * pixels },
    (_, i) => mean.data[each ? i : Math.floor(i / pixels)]! * scale,
  );
}

/** The image 0..255, [1,3,1,1] or [1,3,H,W], that preprocessing maps to zero: the mean color or mean image. */
export function zeroOf({ network, mean }: BoundNetwork): Tensor {
  const { scale } = network.layers[0] as Layer & { kind: 'preprocess' };
  const shape = mean.shape.length === 1 ? [1, 3, 1, 1] : [1, ...mean.shape];
  return constant(
    mean.data.map((m) => m * scale),
    shape,
    'zero',
  );
}
