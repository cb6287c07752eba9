// SqueezeNet's weights of the Caffe release: its layers by the names of the network's, and the filters of the first
// layer, which are for blue, green, red, turned to red, green, blue.
import { UserError } from '../errors.js';
import { type CaffeLayers, shownLayer } from '../weights/caffe.js';
import type { WeightTensor } from '../weights/safetensors.js';
import type { Network } from './layers.js';
import { networkOf } from './registry.js';

const FIRST = 'conv1';
const LAST = 'conv10';

/** Caffe's names of the convolutions of a SqueezeNet by the network's own: fire2 is the first module. */
function caffeNames({ layers }: Network): ReadonlyMap<string, string> {
  const names = layers.filter(({ kind }) => kind === 'conv').map(({ name }) => name);
  let module = 1;
  return new Map(
    names.map((name, i) => {
      if (i === 0) return [name, FIRST];
      if (i === names.length - 1) return [name, LAST];
      const part = name.slice(name.lastIndexOf('.') + 1);
      if (part === 'squeeze') module += 1;
      return [name, `fire${module}/${part === 'squeeze' ? 'squeeze1x1' : part}`];
    }),
  );
}

/** A shape with the four axes that Caffe's oldest blobs have. */
const fourAxes = (shape: readonly number[]): string =>
  [...Array(Math.max(0, 4 - shape.length)).fill(1), ...shape].join();

/** Filters [O,3,kh,kw] with the order of their input channels turned round. */
export function reversed({ shape, data }: WeightTensor): WeightTensor {
  const [, channels, rows, columns] = shape as [number, number, number, number];
  const plane = rows * columns;
  const turned = data.map((_, i) => {
    const at = Math.floor(i / plane);
    const channel = at % channels;
    return data[(at - channel + channels - 1 - channel) * plane + (i % plane)]!;
  });
  return { shape, data: turned };
}

/**
 * The tensors of SqueezeNet 1.0 or 1.1, whichever the first layer is of, from the layers of a Caffe model.
 * Throws a UserError that names the first layer that is missing, has another shape, or is not part of the network.
 */
export function squeezenetFromCaffe(
  file: string,
  layers: CaffeLayers,
): { name: 'squeezenet1_0' | 'squeezenet1_1'; tensors: ReadonlyMap<string, WeightTensor> } {
  const name = layers.get(FIRST)?.[0]?.shape[0] === 96 ? 'squeezenet1_0' : 'squeezenet1_1';
  const misfit = (why: string) => new UserError(`${file}: not weights of ${name}: ${why}`);
  const network = networkOf(name);
  const caffe = caffeNames(network);
  const tensors = new Map<string, WeightTensor>();
  for (const [own, theirs] of caffe) {
    const blobs = layers.get(theirs);
    if (blobs === undefined) throw misfit(`layer ${theirs} is missing`);
    if (blobs.length !== 2)
      throw misfit(`layer ${theirs} has ${blobs.length} blobs, expected filters and bias`);
    (['weight', 'bias'] as const).forEach((part, i) => {
      const shape = network.parameters.get(`${own}.${part}`)!;
      const tensor = blobs[i]!;
      const what = part === 'weight' ? 'filters' : 'a bias';
      if (fourAxes(tensor.shape) !== fourAxes(shape))
        throw misfit(`layer ${theirs} has ${what} of shape [${tensor.shape}], expected [${shape}]`);
      if (!tensor.data.every(Number.isFinite))
        throw misfit(`layer ${theirs} holds numbers that are not finite`);
      const { data } = theirs === FIRST && part === 'weight' ? reversed(tensor) : tensor;
      tensors.set(`${own}.${part}`, { shape, data });
    });
  }
  const expected = new Set(caffe.values());
  for (const theirs of layers.keys())
    if (!expected.has(theirs)) throw misfit(`layer ${shownLayer(theirs)} is not part of it`);
  return { name, tensors };
}
