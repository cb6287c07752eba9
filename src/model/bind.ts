// Puts weights into a network: checks that a file holds exactly the tensors the network names, and
// folds batch normalisation into the convolution before it.
import { UserError } from '../errors.js';
import { constant, type Tensor } from '../graph/index.js';
import type { WeightFile, WeightTensor } from '../weights/safetensors.js';
import type { Layer, Network } from './layers.js';

/** The numbers of one convolution or dense layer after folding. */
export interface Linear {
  readonly weight: WeightTensor;
  readonly bias: WeightTensor;
}

/** A network with its weights. */
export interface BoundNetwork {
  readonly network: Network;
  readonly linear: ReadonlyMap<string, Linear>;
  /** Mean of the preprocessing in the network's own units, per channel or per pixel. */
  readonly mean: WeightTensor;
}

const NORM_EPSILON = 1e-5;

/**
 * Binds the tensors of a weight file to a network.
 * Throws a UserError when a tensor is missing, has another shape, or is not the network's.
 */
export function bind(network: Network, file: WeightFile): BoundNetwork {
  const misfit = (why: string) =>
    new UserError(`${file.file}: not weights of ${network.name}: ${why}`);
  for (const [name, shape] of network.parameters) {
    const tensor = file.tensors.get(name);
    if (tensor === undefined) throw misfit(`tensor ${name} is missing`);
    if (tensor.shape.join() !== shape.join())
      throw misfit(`tensor ${name} has shape [${tensor.shape}], expected [${shape}]`);
    if (!tensor.data.every(Number.isFinite))
      throw misfit(`tensor ${name} holds numbers that are not finite`);
  }
  // bookkeeping of batch normalisation that has no part in the network's output
  for (const name of file.tensors.keys())
    if (!network.parameters.has(name) && !name.endsWith('.num_batches_tracked'))
      throw misfit(`tensor ${name} is not part of it`);

  const parameter = (name: string) => file.tensors.get(name)!;
  const linear = new Map<string, Linear>();
  let mean: WeightTensor = { shape: [3], data: new Float32Array(3) };
  for (const layer of network.layers) {
    if (layer.kind === 'preprocess')
      mean =
        'parameter' in layer.mean
          ? parameter(layer.mean.parameter)
          : { shape: [3], data: Float32Array.from(layer.mean) };
    if (layer.kind === 'conv' || layer.kind === 'dense')
      linear.set(layer.name, folded(layer, parameter));
  }
  return { network, linear, mean };
}

function folded(
  layer: Layer & { kind: 'conv' | 'dense' },
  parameter: (name: string) => WeightTensor,
): Linear {
  const weight = parameter(`${layer.name}.weight`);
  const channels = weight.shape[0]!;
  const bias =
    layer.kind === 'dense' || layer.bias
      ? parameter(`${layer.name}.bias`)
      : { shape: [channels], data: new Float32Array(channels) };
  if (layer.kind === 'dense' || layer.norm === undefined) return { weight, bias };

  const part = (name: string) => parameter(`${layer.norm}.${name}`).data;
  const [gamma, beta, mean, variance] = [
    part('weight'),
    part('bias'),
    part('running_mean'),
    part('running_var'),
  ];
  const scale = Float64Array.from(gamma, (g, i) => g / Math.sqrt(variance[i]! + NORM_EPSILON));
  const perChannel = weight.data.length / channels;
  return {
    weight: {
      shape: weight.shape,
      data: weight.data.map((w, i) => w * scale[Math.floor(i / perChannel)]!),
    },
    bias: {
      shape: [channels],
      data: bias.data.map((b, i) => beta[i]! + (b - mean[i]!) * scale[i]!),
    },
  };
}

/** The image 0..255, [1,3,1,1] or [1,3,H,W], that preprocessing maps to zero: the mean colour or mean image. */
export function zeroOf({ network, mean }: BoundNetwork): Tensor {
  const { scale } = network.layers[0] as Layer & { kind: 'preprocess' };
  const shape = mean.shape.length === 1 ? [1, 3, 1, 1] : [1, ...mean.shape];
  return constant(
    mean.data.map((m) => m * scale),
    shape,
    'zero',
  );
}
