// The convolution and its adjoints as ONNX nodes. Input gradients of stride 1 are convolutions with flipped
// filters, which run faster than the transposed convolution; filter gradients are matrix products.
import type { Shape } from '../../graph/shape.js';
import type { Conv, Node, Tensor } from '../../graph/tensor.js';
import type { Emitter } from './emitter.js';
import {
  seesWholePlane,
  wholeConvolution,
  wholeFilterGradient,
  wholeInputGradient,
} from './whole-plane.js';

/** Constant filters are laid out by the engine, once and faster than here. */
const isConstant = ({ op }: Tensor) => op === 'constant';

/** The attribute of groups; a convolution of one group has none. */
const grouped = ({ groups }: Conv): { group?: number } =>
  groups === undefined ? {} : { group: groups };

/** The convolution. */
export function convolution(
  e: Emitter,
  [x, w, ...bias]: readonly string[],
  { inputs, shape, attrs }: Node<'conv2d'>,
): string {
  const [image, filter] = inputs as [Tensor, Tensor];
  const geometry = { x: image.shape, w: filter.shape, y: shape, ...attrs };
  if (!isConstant(filter) && attrs.groups === undefined && seesWholePlane(geometry)) {
    const y = wholeConvolution(e, x!, w!, geometry);
    if (bias[0] === undefined) return y;
    return e.node('Add', [y, e.node('Reshape', [bias[0], e.int64([1, shape[1]!, 1, 1])])]);
  }
  return e.node('Conv', [x!, w!, ...bias], {
    kernel_shape: filter.shape.slice(2),
    strides: attrs.stride,
    pads: attrs.pads,
    ...grouped(attrs),
  });
}

type Filters = readonly [number, number, number, number];

/**
 * Filters [O,C,kh,kw] turned by 180° with inputs and outputs exchanged within each group: [groups·C,O/groups,kh,kw].
 */
function flipped(data: Float32Array, [o, c, kh, kw]: Filters, groups: number): Float32Array {
  const out = new Float32Array(data.length);
  const area = kh * kw;
  const ofGroup = o / groups;
  for (let i = 0; i < o; i++) {
    const [group, within] = [Math.floor(i / ofGroup), i % ofGroup];
    for (let j = 0; j < c; j++)
      for (let p = 0; p < area; p++)
        out[((group * c + j) * ofGroup + within) * area + area - 1 - p] =
          data[(i * c + j) * area + p]!;
  }
  return out;
}

/** The same of any filters: constant ones are turned here, so that the engine may lay them out for itself. */
function flippedFilters(e: Emitter, w: string, filter: Tensor, groups: number): string {
  const [o, c, kh, kw] = filter.shape as [number, number, number, number];
  const exchanged = [groups * c, o / groups, kh, kw];
  if (filter.op === 'constant')
    return e.floats(flipped(filter.attrs.data, [o, c, kh, kw], groups), exchanged);
  const beforeFirst = [-kh - 1, -kw - 1];
  const byGroup = () => {
    const apart = e.node('Reshape', [w, e.int64([groups, o / groups, c, kh, kw])]);
    const turned = e.node('Transpose', [apart], { perm: [0, 2, 1, 3, 4] });
    return e.node('Reshape', [turned, e.int64(exchanged)]);
  };
  return e.node('Slice', [
    groups === 1 ? e.node('Transpose', [w], { perm: [1, 0, 2, 3] }) : byGroup(),
    e.int64([kh - 1, kw - 1]),
    e.int64(beforeFirst),
    e.int64([2, 3]),
    e.int64([-1, -1]),
  ]);
}

/** A transposed convolution of g with the filters w. */
type Transposed = (
  e: Emitter,
  g: string,
  w: string,
  filters: Tensor,
  attributes: { readonly group?: number; readonly [name: string]: number | readonly number[] },
) => string;

const transposed: Transposed = (e, g, w, _, attributes) =>
  e.node('ConvTranspose', [g, w], attributes);

/**
 * The same on WebGPU, where ONNX Runtime 1.30 reads other channels than it should if each group has one channel and an
 * even number of filters: such groups get a second channel, of zeros.
 */
export const transposedByPairs: Transposed = (e, g, w, filters, attributes) => {
  const [count, channels] = filters.shape as Filters;
  const { group = 1 } = attributes;
  if (group === 1 || channels !== 1 || (count / group) % 2 === 1)
    return transposed(e, g, w, filters, attributes);
  const pairs = e.node('Pad', [w, e.int64([0, 0, 0, 0, 0, 1, 0, 0])]);
  const both = transposed(e, g, pairs, filters, attributes);
  return e.node('Slice', [both, e.int64([0]), e.int64([2 * group]), e.int64([1]), e.int64([2])]);
};

/**
 * The adjoint of the convolution in its input.
 * @param transpose how a transposed convolution is written
 */
export function inputGradient(
  e: Emitter,
  [g, w]: readonly string[],
  t: Node<'conv2dInputGrad'>,
  transpose: Transposed = transposed,
): string {
  const { stride, pads, shape, groups } = t.attrs;
  const filter = t.inputs[1]!;
  const [, , kh, kw] = filter.shape as [number, number, number, number];
  const [rows, columns] = [t.inputs[0]!.shape[2]!, t.inputs[0]!.shape[3]!];
  const geometry = { x: shape, w: filter.shape, y: t.inputs[0]!.shape, stride, pads };
  if (!isConstant(filter) && groups === undefined && seesWholePlane(geometry))
    return wholeInputGradient(e, g!, w!, geometry);
  const within = pads.every((pad, side) => pad < (side % 2 === 0 ? kh : kw));
  if (stride[0] === 1 && stride[1] === 1 && within) {
    const turned = e.once(`flipped ${w}`, () => flippedFilters(e, w!, filter, groups ?? 1));
    const [top, left] = [kh - 1 - pads[0], kw - 1 - pads[1]];
    const [bottom, right] = [shape[2]! - rows - top + kh - 1, shape[3]! - columns - left + kw - 1];
    return e.node('Conv', [g!, turned], {
      kernel_shape: [kh, kw],
      pads: [top, left, bottom, right],
      ...grouped(t.attrs),
    });
  }
  // the last rows and columns that no window reached
  const rest = [
    shape[2]! - ((rows - 1) * stride[0] + kh - pads[0] - pads[2]),
    shape[3]! - ((columns - 1) * stride[1] + kw - pads[1] - pads[3]),
  ];
  return transpose(e, g!, w!, filter, {
    kernel_shape: [kh, kw],
    strides: stride,
    pads,
    output_padding: rest,
    ...grouped(t.attrs),
  });
}

/**
 * The filter gradient as one matrix product per position of the filter: g as [O, N·H'·W'] with the part of x
 * that the position saw as [C, N·H'·W'], or a batch of such products, one for each group.
 */
export function filterGradient(
  e: Emitter,
  [x, g]: readonly string[],
  t: Node<'conv2dFilterGrad'>,
): string {
  const { stride, pads, shape, groups = 1 } = t.attrs;
  const [images, channels, height, width] = t.inputs[0]!.shape as [number, number, number, number];
  const [, , rows, columns] = t.inputs[1]!.shape as [number, number, number, number];
  const [out, , kh, kw] = shape as [number, number, number, number];
  const geometry = { x: t.inputs[0]!.shape, w: shape, y: t.inputs[1]!.shape, stride, pads };
  if (groups === 1 && seesWholePlane(geometry)) return wholeFilterGradient(e, x!, g!, geometry);
  const places = images * rows * columns;
  const channelsFirst = (v: string, dims: Shape) =>
    images === 1
      ? e.node('Reshape', [v, e.int64([dims[1]!, 1, dims[2]!, dims[3]!])])
      : e.node('Transpose', [v], { perm: [1, 0, 2, 3] });

  const seen = [(rows - 1) * stride[0] + kh, (columns - 1) * stride[1] + kw] as const;
  const [top, left] = [pads[0], pads[1]];
  const after = [seen[0] - top - height, seen[1] - left - width].map((d) => Math.max(d, 0));
  const padded = pads.some((p) => p > 0)
    ? e.node('Pad', [x!, e.int64([0, 0, top, left, 0, 0, ...after])])
    : x!;
  const source = channelsFirst(padded, [
    images,
    channels,
    Math.max(seen[0], top + height),
    Math.max(seen[1], left + width),
  ]);
  const perGroup = (count: number) =>
    groups === 1 ? [count, places] : [groups, count / groups, places];
  const flat = e.node('Reshape', [channelsFirst(g!, t.inputs[1]!.shape), e.int64(perGroup(out))]);
  const product = (seen: string) =>
    groups === 1
      ? e.node('Gemm', [flat, seen], { transB: 1 })
      : e.node('MatMul', [flat, e.node('Transpose', [seen], { perm: [0, 2, 1] })]);
  const products = Array.from({ length: kh * kw }, (_, p) => {
    const from = [Math.floor(p / kw), p % kw] as const;
    const part = e.strided(source, from, [rows, columns], stride);
    const seenThere = e.node('Reshape', [part, e.int64(perGroup(channels))]);
    return e.node('Reshape', [product(seenThere), e.int64([out, channels / groups, 1])]);
  });
  return e.node('Reshape', [e.node('Concat', products, { axis: 2 }), e.int64(shape)]);
}
