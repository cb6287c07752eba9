// A network from an ONNX file: an ordinary list of layers with weights, so that nothing else in the program knows whether a
// network was imported.
import { UserError } from '../errors.js';
import { concat, reshape, sub, transpose } from '../graph/index.js';
import {
  type Activation,
  type BoundNetwork,
  hasKink,
  type Layer,
  type Linear,
  type Network,
  type Plane,
} from '../model/index.js';
import { shown } from '../shown.js';
import type { Channelwise } from './draft.js';
import {
  type InputForm,
  type InputPlanes,
  inputColors,
  inputPlanes,
  type Layout,
} from './input.js';
import { isNewer, type ModelFile, type ModelValue } from './model-file.js';
import { neededNodes, type Operations, operationsOf } from './operations.js';
import { neededLayers, type Recognized, recognized } from './recognized.js';

/** Raised when a network of a file computes something else, or its layers are recognized otherwise. */
export const IMPORT_VERSION = 1;

/** What a config says of a model file. */
export interface ImportOptions {
  readonly input: InputForm & {
    readonly layout?: Layout | undefined;
    readonly size?: readonly [number, number] | undefined;
  };
  /** Which of several outputs are the class scores. */
  readonly output?: string | undefined;
  /** What the network is called in results. */
  readonly name: string;
}

export interface Imported {
  readonly bound: BoundNetwork;
  /** What a user should know: what was taken off, what is read from where. */
  readonly notes: readonly string[];
  /** The name of the output that holds the scores, or what a softmax makes of them. */
  readonly output: string;
  /** What was taken off behind the scores. */
  readonly off: Squashing | undefined;
  /** The input of the model. */
  readonly planes: InputPlanes;
  /** How often each operator is computed. */
  readonly operators: ReadonlyMap<string, number>;
}

const PREPROCESS = 'preprocess';

/** The output that holds class scores: the given one, the only one, or the only one of two axes. */
export function scoresOutput({ file, outputs }: ModelFile, wanted: string | undefined): string {
  const names = outputs.map(({ name }) => shown(name, 40)).join(', ');
  if (wanted !== undefined) {
    if (!outputs.some(({ name }) => name === wanted))
      throw new UserError(`${file}: model.output: ${shown(wanted)}, expected one of ${names}`);
    return wanted;
  }
  const isTable = ({ shape }: ModelValue) => shape === undefined || shape.length === 2;
  const tables = outputs.length === 1 ? outputs : outputs.filter(isTable);
  const [only, ...others] = tables;
  if (only === undefined || others.length > 0)
    throw new UserError(`${file}: model.output: missing, expected one of ${names}`);
  return only.name;
}

/** What stands behind scores and is taken off: probabilities are no scores. */
const squashing = ['Softmax', 'LogSoftmax', 'Sigmoid'] as const;
export type Squashing = (typeof squashing)[number];
const squashingOf = (op: string): Squashing | undefined => squashing.find((name) => name === op);
const shaping = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];

/** The value before a last softmax or sigmoid, and what was taken off; the output itself where there is none. */
function beforeSquashing({ list, output }: Operations): {
  value: string;
  off: Squashing | undefined;
} {
  const made = new Map(list.map((operation) => [operation.output, operation]));
  let operation = made.get(output);
  while (operation !== undefined && shaping.includes(operation.node.op))
    operation = made.get(operation.reads[0]!);
  const off = operation === undefined ? undefined : squashingOf(operation.node.op);
  return off === undefined ? { value: output, off } : { value: operation!.reads[0]!, off };
}

/** An input whose channels are then scaled and shifted by the model itself. */
function withLeading(form: InputForm, { scale, shift }: Channelwise): InputForm {
  // a network of one channel has the same for all three colors
  const of = (list: readonly number[], c: number) => list[Math.min(c, list.length - 1)]!;
  const each = (f: (c: number) => number) => [f(0), f(1), f(2)] as const;
  return {
    ...form,
    mean: each((c) => form.mean[c]! - (form.std[c]! * of(shift, c)) / of(scale, c)),
    std: each((c) => form.std[c]! / of(scale, c)),
  };
}

/** A layer that mixes red, green and blue into the channels of the network, worked into the first convolution where it can be. */
function withMixing(
  { layers, linear, ...rest }: Recognized,
  mixing: Float32Array,
  channels: number,
  { height, width }: { readonly height: number; readonly width: number },
): Recognized {
  const readers = layers.filter(({ from }) => from.includes(PREPROCESS));
  const [first] = readers;
  if (readers.length === 1 && first?.kind === 'conv' && first.groups === undefined) {
    const { weight, bias } = linear.get(first.name)!;
    const [out, , rows, columns] = weight.shape as [number, number, number, number];
    const area = rows * columns;
    const data = new Float32Array(out * 3 * area);
    for (let o = 0; o < out; o++)
      for (let color = 0; color < 3; color++)
        for (let c = 0; c < channels; c++)
          for (let p = 0; p < area; p++)
            data[(o * 3 + color) * area + p]! +=
              weight.data[(o * channels + c) * area + p]! * mixing[c * 3 + color]!;
    const mixed = new Map(linear).set(first.name, {
      weight: { shape: [out, 3, rows, columns], data },
      bias,
    });
    return { layers, linear: mixed, ...rest };
  }
  const name = 'colors';
  const mixer: Layer = {
    name,
    from: [PREPROCESS],
    shape: [channels, height, width],
    kind: 'conv',
    kernel: [1, 1],
    stride: [1, 1],
    pads: [0, 0, 0, 0],
    bias: true,
  };
  const own: Linear = {
    weight: { shape: [channels, 3, 1, 1], data: mixing },
    bias: { shape: [channels], data: new Float32Array(channels) },
  };
  const others = layers.map((layer) => ({
    ...layer,
    from: layer.from.map((one) => (one === PREPROCESS ? name : one)),
  }));
  return { layers: [mixer, ...others], linear: new Map(linear).set(name, own), ...rest };
}

/** Scores for two classes from one number z, the logit of the second: 0 and z. */
const twoClasses = (last: string): Layer => ({
  name: 'two classes',
  from: [last],
  shape: [2, 1, 1],
  kind: 'scale',
  operator: 'Concat',
  compute([z]) {
    const images = z!.shape[0]!;
    const one = reshape(z!, [images, 1, 1, 1]);
    return concat([sub(one, one), one], 1);
  },
});

/** Layers that keep classes apart. */
function keepsClasses(layer: Layer): boolean {
  if (layer.kind === 'activation')
    return layer.function?.name !== 'leaky' || typeof layer.function.slope === 'number';
  return ['globalAverage', 'averagePool', 'maxPool'].includes(layer.kind);
}

/** The last layer with weights, if its rows are the classes'; else the last layer. */
function classLayerOf(layers: readonly Layer[], classes: number): string {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  let layer = layers.at(-1)!;
  while (keepsClasses(layer)) layer = byName.get(layer.from[0]!)!;
  const isLinear = layer.kind === 'conv' || layer.kind === 'dense';
  return isLinear && layer.shape[0] === classes ? layer.name : layers.at(-1)!.name;
}

/** The network's own nonlinearity: without a kink it needs no surrogate, as if it had a softplus. */
const nonlinearityOf = (layers: readonly Layer[]): Activation =>
  layers.some(
    (layer) =>
      layer.kind === 'activation' && (layer.function === undefined || hasKink(layer.function)),
  )
    ? 'relu'
    : { softplus: 1 };

/** The input of a network whose channels come last. */
const channelsLast = ([channels, height, width]: Plane): Layer => ({
  name: 'channels last',
  from: [PREPROCESS],
  shape: [height, width, channels],
  kind: 'rearrange',
  operator: 'Transpose',
  compute: ([x]) => transpose(x!, [0, 2, 3, 1]),
});

/**
 * A network from the operations of a model file.
 * Throws a UserError that names the file, and the node or field, where it is none that can be explained.
 */
export function importNetwork(model: ModelFile, options: ImportOptions): Imported {
  const { file } = model;
  const planes = inputPlanes(model, options.input);
  const { channels, height, width, layout } = planes;
  const wanted = scoresOutput(model, options.output);
  const last = layout === 'channels-last';
  const shape = last ? [1, height, width, channels] : [1, channels, height, width];
  const walked = operationsOf(model, { name: planes.name, shape }, wanted);
  const { value, off } = beforeSquashing(walked);
  const plane: Plane = [channels, height, width];
  const found = recognized(
    { ...walked, output: value },
    {
      name: planes.name,
      channelsFirst: PREPROCESS,
      shape,
      layers: last ? [channelsLast(plane)] : [],
      plane,
    },
  );
  const form = withLeading(options.input, found.leading);
  const { preprocessing, mixing } = inputColors(file, form, channels);
  const mixed = mixing === undefined ? found : withMixing(found, mixing, channels, planes);
  const first: Layer = {
    name: PREPROCESS,
    from: ['input'],
    shape: [3, height, width],
    kind: 'preprocess',
    ...preprocessing,
  };
  const end = mixed.layers.find(({ name }) => name === mixed.last);
  const count = end === undefined ? 0 : end.shape[0] * end.shape[1] * end.shape[2];
  const one = count === 1;
  const body = one ? [...mixed.layers, twoClasses(mixed.last)] : mixed.layers;
  const layers = neededLayers([first, ...body], one ? 'two classes' : mixed.last);
  const classes = one ? 2 : count;
  const table = walked.shape.filter((d) => d !== 1).length <= 1;
  if (classes < 2 || !table)
    throw new UserError(
      `${file}: its output ${shown(wanted)} has shape [${walked.shape}], expected class scores [1, classes]`,
    );
  const network: Network = {
    name: options.name,
    height,
    width,
    classes,
    classNames: [],
    activation: nonlinearityOf(layers),
    layers,
    classLayer: classLayerOf(layers, classes),
    parameters: new Map(),
    auxiliary: [],
  };
  const notes = [
    ...(off === undefined ? [] : [`its last ${off} is taken off: class scores are explained`]),
    ...(one ? ['its one output z becomes two classes with scores 0 and z'] : []),
    ...(isNewer(model.opset)
      ? [`opset ${model.opset} is newer than the operators that are known`]
      : []),
    ...(model.half ? ['its weights of 16 bits are computed in float32'] : []),
  ];
  return {
    bound: {
      network,
      file,
      linear: mixed.linear,
      mean: { shape: [3], data: Float32Array.from(preprocessing.mean as readonly number[]) },
    },
    notes,
    output: wanted,
    off,
    planes,
    operators: counted(neededNodes(model, wanted).map(({ op }) => op)),
  };
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
