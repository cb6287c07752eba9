// What a network from elsewhere is given: how pixels become its input. A file does not say it, and a wrong guess gives
// plausible nonsense, so that a user does.
import { UserError } from '../errors.js';
import { imagenetColors, type Preprocessing } from '../model/index.js';
import { shown } from '../shown.js';
import type { ModelFile, ModelValue } from './model-file.js';

export type ColorOrder = 'rgb' | 'bgr' | 'gray';
export type Layout = 'channels-first' | 'channels-last';

type Triple = readonly [number, number, number];

/** How pixels 0..255 become an input: (x/scale − mean)/std of each channel, in the order of the network. */
export interface InputForm {
  readonly scale: number;
  readonly mean: Triple;
  readonly std: Triple;
  readonly order: ColorOrder;
}

const same = (value: number): Triple => [value, value, value];

/** Inputs by the names of who publishes networks with them. */
export const presets = {
  /** RGB/255 less ImageNet's mean over its standard deviation. */
  torchvision: {
    scale: imagenetColors.scale,
    mean: imagenetColors.mean as Triple,
    std: imagenetColors.std,
    order: 'rgb',
  },
  /** −1 … 1. */
  'keras-tf': { scale: 127.5, mean: same(1), std: same(1), order: 'rgb' },
  /** Blue, green, red, less ImageNet's means. */
  'keras-caffe': { scale: 1, mean: [103.939, 116.779, 123.68], std: same(1), order: 'bgr' },
  /** 0 … 1. */
  unit: { scale: 255, mean: same(0), std: same(1), order: 'rgb' },
  /** 0 … 255: the network has its preprocessing inside. */
  none: { scale: 1, mean: same(0), std: same(1), order: 'rgb' },
} as const satisfies Record<string, InputForm>;

export type PresetName = keyof typeof presets;

/** The planes that a network takes. */
export interface InputPlanes {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly layout: Layout;
}

const COLORS = [1, 3];

/** Which of four sizes are channels, rows and columns. */
const axesOf = (layout: Layout) =>
  layout === 'channels-first' ? ([1, 2, 3] as const) : ([3, 1, 2] as const);

/**
 * The planes that a model takes, from its file.
 * @param layout where the file does not tell; by default the axis of one or three elements is that of the channels
 * @param size of its input, where the file does not say it
 * Throws a UserError where it does not take one picture.
 */
export function inputPlanes(
  { file, inputs }: Pick<ModelFile, 'file' | 'inputs'>,
  {
    layout,
    size,
  }: {
    readonly layout?: Layout | undefined;
    readonly size?: readonly [number, number] | undefined;
  },
): InputPlanes {
  const [only, ...others] = inputs;
  if (only === undefined || others.length > 0)
    throw new UserError(
      `${file}: ${inputs.length} inputs (${listed(inputs)}), expected one, a picture`,
    );
  const { name, shape } = only;
  if (shape === undefined || shape.length !== 4)
    throw new UserError(
      `${file}: input ${shown(name)} of shape ${text(shape)}, expected a picture [N,3,H,W] or [N,H,W,3]`,
    );
  const isColor = (d: number | undefined) => d === undefined || COLORS.includes(d);
  const own: Layout =
    layout ??
    (COLORS.includes(shape[1]!) || !COLORS.includes(shape[3]!)
      ? 'channels-first'
      : 'channels-last');
  const [c, h, w] = axesOf(own).map((axis) => shape[axis]);
  if (!isColor(c))
    throw new UserError(
      `${file}: input ${shown(name)} of shape ${text(shape)}, expected 1 or 3 channels`,
    );
  const [height, width] = [h ?? size?.[0], w ?? size?.[1]];
  if (height === undefined || width === undefined)
    throw new UserError(
      `${file}: model.input.size: missing, expected [rows, columns]: its input is ${text(shape)}`,
    );
  if (size !== undefined && (size[0] !== height || size[1] !== width))
    throw new UserError(
      `${file}: model.input.size: [${size}], expected [${height}, ${width}], as its input says`,
    );
  return { name, channels: c ?? 3, height, width, layout: own };
}

const text = (shape: ModelValue['shape']): string =>
  shape === undefined ? 'unknown' : `[${shape.map((d) => d ?? '?').join(',')}]`;
const listed = (values: readonly ModelValue[]): string =>
  values.map(({ name, shape }) => `${shown(name, 40)} ${text(shape)}`).join(', ');

/** How pixels of red, green and blue become the input: the preprocessing, and how its channels are mixed. */
export interface InputColors {
  readonly preprocessing: Preprocessing & { readonly mean: Triple };
  /** [channels, 3], where the network does not take red, green and blue as they are. */
  readonly mixing: Float32Array | undefined;
}

/** Throws a UserError where a form does not fit the channels. */
export function inputColors(file: string, form: InputForm, channels: number): InputColors {
  const { scale, order } = form;
  if (channels === 1 && order === 'gray') {
    const [mean, std] = [form.mean[0], form.std[0]];
    const third = Float32Array.of(1 / 3, 1 / 3, 1 / 3);
    return { preprocessing: { scale, mean: same(mean), std: same(std) }, mixing: third };
  }
  if (channels !== 3 || order === 'gray')
    throw new UserError(
      `${file}: model.input.order: ${order}, expected ${channels === 1 ? 'gray' : 'rgb or bgr'}: its input has ${channels} channel${channels === 1 ? '' : 's'}`,
    );
  const triple = ([a, b, c]: Triple): Triple => (order === 'bgr' ? [c, b, a] : [a, b, c]);
  const preprocessing = { scale, mean: triple(form.mean), std: triple(form.std) };
  const exchange = Float32Array.of(0, 0, 1, 0, 1, 0, 1, 0, 0);
  return { preprocessing, mixing: order === 'bgr' ? exchange : undefined };
}
