// Weights of other programs, as the networks here have them.
import type { WeightTensor } from '../weights/safetensors.js';
import type { Layer, Network, Plane } from './layers.js';

/** A matrix [out, H·W·C] as [out, C·H·W]. */
function channelsFirst(
  { shape, data }: WeightTensor,
  [channels, height, width]: Plane,
): WeightTensor {
  const area = height * width;
  const inputs = channels * area;
  const out = new Float32Array(data.length);
  for (let row = 0; row < data.length; row += inputs)
    for (let place = 0; place < area; place++)
      for (let c = 0; c < channels; c++)
        out[row + c * area + place] = data[row + place * channels + c]!;
  return { shape, data: out };
}

/** Variances that are with one ε what the given ones are with their own. */
const withEpsilon = ({ shape, data, epsilon }: WeightTensor, own: number): WeightTensor => ({
  shape,
  data: epsilon === undefined ? data : data.map((v) => v + (epsilon - own)),
});

/** The parameters of a layer that other programs keep otherwise, by name, as they are in the network. */
function* adoptedOf(
  layer: Layer,
  shapeOf: (layer: string) => Plane,
  tensors: ReadonlyMap<string, WeightTensor>,
): Generator<[string, WeightTensor]> {
  if (layer.kind === 'dense') {
    const name = `${layer.name}.weight`;
    const weight = tensors.get(name);
    if (weight?.channelsLast) yield [name, channelsFirst(weight, shapeOf(layer.from[0]!))];
  }
  if ('norm' in layer && layer.norm !== undefined) {
    const name = `${layer.norm.name}.running_var`;
    const variance = tensors.get(name);
    if (variance?.epsilon !== undefined) yield [name, withEpsilon(variance, layer.norm.epsilon)];
  }
}

/**
 * Tensors that fit a network, as the network has them: columns of a dense layer behind a plane in the order channel,
 * row, column, and variances that go with the network's own ε.
 */
export function adopted(
  network: Network,
  tensors: ReadonlyMap<string, WeightTensor>,
): ReadonlyMap<string, WeightTensor> {
  const shapes = new Map(network.layers.map(({ name, shape }) => [name, shape]));
  const changes = network.layers.flatMap((layer) => [
    ...adoptedOf(layer, (name) => shapes.get(name)!, tensors),
  ]);
  return changes.length === 0 ? tensors : new Map([...tensors, ...changes]);
}
