// The convolution and its adjoints as ONNX nodes. Input gradients of stride 1 are convolutions with flipped
// filters, which run faster than the transposed convolution; filter gradients are matrix products.
import type { Shape } from '../../graph/shape.js';
import type { Conv, Node, Tensor } from '../../graph/tensor.js';
import type { ConvolutionForms, Emitter } from './emitter.js';
import {
  seesWholePlane,
  wholeConvolution,
  wholeFilterGradient,
  wholeInputGradient,
} from './whole-plane.js';

/** Constant filters are laid out by the engine, once and faster than here. */
const isConstant = ({ op }: Tensor) => op === 'constant';

type Attributes = { readonly group?: number; readonly [name: string]: number | readonly number[] };

/** A convolution as an operator: shapes of the image, of the filters and of the result, and ONNX's attributes. */
export interface Operation {
  readonly image: Shape;
  readonly filters: Shape;
  readonly result: Shape;
  readonly attributes: Attributes;
}

/** How Conv and ConvTranspose are written for a device: `inputs` are the image, the filters and perhaps a bias. */
export type Operators = {
  readonly [Name in 'Conv' | 'ConvTranspose']: (
    e: Emitter,
    inputs: readonly string[],
    operation: Operation,
  ) => string;
};

/** The operators as they are. */
export const plainOperators: Operators = {
  Conv: (e, inputs, { attributes }) => e.node('Conv', inputs, attributes),
  ConvTranspose: (e, inputs, { attributes }) => e.node('ConvTranspose', inputs, attributes),
};

/** The attribute of groups; a convolution of one group has none. */
const grouped = ({ groups }: Conv): { group?: number } =>
  groups === undefined ? {} : { group: groups };

/** The convolution. */
function convolution(
  operators: Operators,
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
  const attributes = {
    kernel_shape: filter.shape.slice(2),
    strides: attrs.stride,
    pads: attrs.pads,
    ...grouped(attrs),
  };
  return operators.Conv(e, [x!, w!, ...bias], {
    image: image.shape,
    filters: filter.shape,
    result: shape,
    attributes,
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

/** The shape of filters with inputs and outputs exchanged within each group. */
const exchanged = ([o, c, ...size]: Shape, groups: number): Shape => [
  groups * c!,
  o! / groups,
  ...size,
];

/** The same of any filters: constant ones are turned here, so that the engine may lay them out for itself. */
function flippedFilters(e: Emitter, w: string, filter: Tensor, groups: number): string {
  const [o, c, kh, kw] = filter.shape as [number, number, number, number];
  const dims = exchanged(filter.shape, groups);
  if (filter.op === 'constant')
    return e.floats(flipped(filter.attrs.data, [o, c, kh, kw], groups), dims);
  const beforeFirst = [-kh - 1, -kw - 1];
  const byGroup = () => {
    const apart = e.node('Reshape', [w, e.int64([groups, o / groups, c, kh, kw])]);
    const turned = e.node('Transpose', [apart], { perm: [0, 2, 1, 3, 4] });
    return e.node('Reshape', [turned, e.int64(dims)]);
  };
  return e.node('Slice', [
    groups === 1 ? e.node('Transpose', [w], { perm: [1, 0, 2, 3] }) : byGroup(),
    e.int64([kh - 1, kw - 1]),
    e.int64(beforeFirst),
    e.int64([2, 3]),
    e.int64([-1, -1]),
  ]);
}

/** The adjoint of the convolution in its input. */
function inputGradient(
  operators: Operators,
  e: Emitter,
  [g, w]: readonly string[],
  t: Node<'conv2dInputGrad'>,
): string {
  const { stride, pads, shape, groups } = t.attrs;
  const filter = t.inputs[1]!;
  const [, , kh, kw] = filter.shape as [number, number, number, number];
  const [rows, columns] = [t.inputs[0]!.shape[2]!, t.inputs[0]!.shape[3]!];
  const geometry = { x: shape, w: filter.shape, y: t.inputs[0]!.shape, stride, pads };
  if (!isConstant(filter) && groups === undefined && seesWholePlane(geometry))
    return wholeInputGradient(e, g!, w!, geometry);
  const of = { image: t.inputs[0]!.shape, filters: filter.shape, result: shape };
  const within = pads.every((pad, side) => pad < (side % 2 === 0 ? kh : kw));
  if (stride[0] === 1 && stride[1] === 1 && within) {
    const turned = e.once(`flipped ${w}`, () => flippedFilters(e, w!, filter, groups ?? 1));
    const [top, left] = [kh - 1 - pads[0], kw - 1 - pads[1]];
    const [bottom, right] = [shape[2]! - rows - top + kh - 1, shape[3]! - columns - left + kw - 1];
    return operators.Conv(e, [g!, turned], {
      ...of,
      filters: exchanged(filter.shape, groups ?? 1),
      attributes: {
        kernel_shape: [kh, kw],
        pads: [top, left, bottom, right],
        ...grouped(t.attrs),
      },
    });
  }
  // the last rows and columns that no window reached
  const rest = [
    shape[2]! - ((rows - 1) * stride[0] + kh - pads[0] - pads[2]),
    shape[3]! - ((columns - 1) * stride[1] + kw - pads[1] - pads[3]),
  ];
  return operators.ConvTranspose(e, [g!, w!], {
    ...of,
    attributes: {
      kernel_shape: [kh, kw],
      strides: stride,
      pads,
      output_padding: rest,
      ...grouped(t.attrs),
    },
  });
}

/**
 * The filter gradient as one matrix product per position of the filter: g as [O, N·H'·W'] with the part of x
 * that the position saw as [C, N·H'·W'], or a batch of such products, one for each group.
 */
function filterGradient(
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

/** The forms of the convolution and of its adjoints. */
export const convolutionForms = (operators: Operators): ConvolutionForms => ({
  conv2d: (e, inputs, t) => convolution(operators, e, inputs, t),
  conv2dInputGrad: (e, inputs, t) => inputGradient(operators, e, inputs, t),
  conv2dFilterGrad: filterGradient,
});
