// The convolution and its adjoints as ONNX nodes. Input gradients of stride 1 are convolutions with flipped
// filters, which run faster than the transposed convolution; filter gradients are matrix products.
import type { Shape } from '../../graph/shape.js';
import type { Node, Tensor } from '../../graph/tensor.js';
import type { Emitter } from './emitter.js';
import {
  seesWholePlane,
  wholeConvolution,
  wholeFilterGradient,
  wholeInputGradient,
} from './whole-plane.js';

/** Constant filters are laid out by the engine, once and faster than here. */
const isConstant = ({ op }: Tensor) => op === 'constant';

/** The convolution. */
export function convolution(
  e: Emitter,
  [x, w, ...bias]: readonly string[],
  { inputs, shape, attrs }: Node<'conv2d'>,
): string {
  const [image, filter] = inputs as [Tensor, Tensor];
  const geometry = { x: image.shape, w: filter.shape, y: shape, ...attrs };
  if (!isConstant(filter) && seesWholePlane(geometry)) {
    const y = wholeConvolution(e, x!, w!, geometry);
    if (bias[0] === undefined) return y;
    return e.node('Add', [y, e.node('Reshape', [bias[0], e.int64([1, shape[1]!, 1, 1])])]);
  }
  return e.node('Conv', [x!, w!, ...bias], {
    kernel_shape: filter.shape.slice(2),
    strides: attrs.stride,
    pads: attrs.pads,
  });
}

/** Filters [O,C,kh,kw] turned by 180° with inputs and outputs exchanged: [C,O,kh,kw]. */
function flipped(
  data: Float32Array,
  [o, c, kh, kw]: readonly [number, number, number, number],
): Float32Array {
  const out = new Float32Array(data.length);
  const area = kh * kw;
  for (let i = 0; i < o; i++)
    for (let j = 0; j < c; j++)
      for (let p = 0; p < area; p++)
        out[(j * o + i) * area + area - 1 - p] = data[(i * c + j) * area + p]!;
  return out;
}

/** The same of any filters: constant ones are turned here, so that the engine may lay them out for itself. */
function flippedFilters(e: Emitter, w: string, filter: Tensor): string {
  const [o, c, kh, kw] = filter.shape as [number, number, number, number];
  if (filter.op === 'constant')
    return e.floats(flipped(filter.attrs.data, [o, c, kh, kw]), [c, o, kh, kw]);
  const beforeFirst = [-kh - 1, -kw - 1];
  return e.node('Slice', [
    e.node('Transpose', [w], { perm: [1, 0, 2, 3] }),
    e.int64([kh - 1, kw - 1]),
    e.int64(beforeFirst),
    e.int64([2, 3]),
    e.int64([-1, -1]),
  ]);
}

/** The adjoint of the convolution in its input. */
export function inputGradient(
  e: Emitter,
  [g, w]: readonly string[],
  t: Node<'conv2dInputGrad'>,
): string {
  const { stride, pads, shape } = t.attrs;
  const filter = t.inputs[1]!;
  const [, , kh, kw] = filter.shape as [number, number, number, number];
  const [rows, columns] = [t.inputs[0]!.shape[2]!, t.inputs[0]!.shape[3]!];
  const geometry = { x: shape, w: filter.shape, y: t.inputs[0]!.shape, stride, pads };
  if (!isConstant(filter) && seesWholePlane(geometry))
    return wholeInputGradient(e, g!, w!, geometry);
  const within = pads.every((pad, side) => pad < (side % 2 === 0 ? kh : kw));
  if (stride[0] === 1 && stride[1] === 1 && within) {
    const turned = e.once(`flipped ${w}`, () => flippedFilters(e, w!, filter));
    const [top, left] = [kh - 1 - pads[0], kw - 1 - pads[1]];
    const [bottom, right] = [shape[2]! - rows - top + kh - 1, shape[3]! - columns - left + kw - 1];
    return e.node('Conv', [g!, turned], {
      kernel_shape: [kh, kw],
      pads: [top, left, bottom, right],
    });
  }
  // the last rows and columns that no window reached
  const rest = [
    shape[2]! - ((rows - 1) * stride[0] + kh - pads[0] - pads[2]),
    shape[3]! - ((columns - 1) * stride[1] + kw - pads[1] - pads[3]),
  ];
  return e.node('ConvTranspose', [g!, w!], {
    kernel_shape: [kh, kw],
    strides: stride,
    pads,
    output_padding: rest,
  });
}

/**
 * The filter gradient as one matrix product per position of the filter: g as [O, N·H'·W'] with the part of x
 * that the position saw as [C, N·H'·W'].
 */
export function filterGradient(
  e: Emitter,
  [x, g]: readonly string[],
  t: Node<'conv2dFilterGrad'>,
): string {
  const { stride, pads, shape } = t.attrs;
  const [images, channels, height, width] = t.inputs[0]!.shape as [number, number, number, number];
  const [, , rows, columns] = t.inputs[1]!.shape as [number, number, number, number];
  const [out, , kh, kw] = shape as [number, number, number, number];
  const geometry = { x: t.inputs[0]!.shape, w: shape, y: t.inputs[1]!.shape, stride, pads };
  if (seesWholePlane(geometry)) return wholeFilterGradient(e, x!, g!, geometry);
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
  const flat = e.node('Reshape', [channelsFirst(g!, t.inputs[1]!.shape), e.int64([out, places])]);
  const products = Array.from({ length: kh * kw }, (_, p) => {
    const from = [Math.floor(p / kw), p % kw] as const;
    const part = e.strided(source, from, [rows, columns], stride);
    const product = e.node('Gemm', [flat, e.node('Reshape', [part, e.int64([channels, places])])], {
      transB: 1,
    });
    return e.node('Reshape', [product, e.int64([out, channels, 1])]);
  });
  return e.node('Reshape', [e.node('Concat', products, { axis: 2 }), e.int64(shape)]);
}
