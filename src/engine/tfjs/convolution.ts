// Convolutions and their adjoints through the one kernel that is fast everywhere, the forward
// convolution, and through matrix products. The input gradient of a strided convolution is a convolution of
// stride 1 that computes the s×s phases of the image as channels, which are then woven together; for
// stride 1 that is the usual convolution with turned filters.
import * as tf from '@tensorflow/tfjs-core';
import { type Shape, sizeOf } from '../../graph/shape.js';
import type { Conv } from '../../graph/tensor.js';
import type { Plan, Slot } from './plan.js';
import { padded, permuted, planePart, reshaped, sliced, zeros } from './shaping.js';

type Pair = readonly [number, number];
type Sides = readonly [number, number, number, number];

const onBoth = <T>(f: (axis: 0 | 1) => T): readonly [T, T] => [f(0), f(1)];

function convolve(
  plan: Plan,
  operands: readonly Slot[],
  shape: Shape,
  stride: Pair,
  [top, left, bottom, right]: Sides,
): Slot {
  const strides: [number, number] = [...stride];
  const pad: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return plan.step(operands, shape, (image, filters, bias) => {
    const x = image as tf.Tensor4D;
    const filter = filters as tf.Tensor4D;
    return bias === undefined
      ? tf.conv2d(x, filter, strides, pad)
      : tf.fused.conv2d({ x, filter, strides, pad, bias, activation: 'linear' });
  });
}

export function convolution(
  plan: Plan,
  [x, w, bias]: readonly Slot[],
  shape: Shape,
  { stride, pads }: Conv,
): Slot {
  const filters = plan.once(`filters ${w!.place}`, () => permuted(plan, w!, [1, 2, 3, 0]));
  const operands = bias === undefined ? [x!, filters] : [x!, filters, bias];
  return convolve(plan, operands, shape, stride, pads);
}

/**
 * Filters [O,kh,kw,C] as those of the phases, [⌈kh/s⌉,⌈kw/s⌉,O,s·s·C]: phase p of the image takes the taps
 * p, p+s, p+2s … of a filter, the last of them first; missing ones are zero.
 */
function phaseFilters(plan: Plan, w: Slot, stride: Pair, taps: Pair): Slot {
  const [o, kh, kw, c] = w.shape as Sides;
  const whole = padded(
    plan,
    w,
    [0, 0, 0, 0],
    [0, taps[0] * stride[0] - kh, taps[1] * stride[1] - kw, 0],
  );
  const byPhase = reshaped(plan, whole, [o, taps[0], stride[0], taps[1], stride[1], c]);
  const turned = plan.step([byPhase], byPhase.shape, (t) => tf.reverse(t, [1, 3]));
  return reshaped(plan, permuted(plan, turned, [1, 3, 0, 2, 4, 5]), [
    ...taps,
    o,
    stride[0] * stride[1] * c,
  ]);
}

/** The adjoint of a convolution in its image, from g to `shape` [N,H,W,C]. */
export function inputGradient(
  plan: Plan,
  [g, w]: readonly Slot[],
  shape: Shape,
  { stride, pads }: Conv,
): Slot {
  const [n, , , c] = shape as Sides;
  // row r of the image is row r + pad of what the windows slide over: phase (r + pad) % s of cell (r + pad) / s
  const axes = onBoth((axis) => {
    const [size, out] = [shape[axis + 1]!, g!.shape[axis + 1]!];
    const [step, pad] = [stride[axis], pads[axis]];
    const taps = Math.ceil(w!.shape[axis + 1]! / step);
    const first = Math.floor(pad / step);
    const cells = Math.floor((size - 1 + pad) / step) - first + 1;
    // the cells need these rows of g; where there are none they count as zero
    const [from, to] = [first - taps + 1, first + cells];
    const start = Math.max(from, 0);
    const kept = Math.min(to, out) - start;
    return { step, taps, cells, offset: pad - first * step, start, kept, from, to };
  });
  if (axes.some(({ kept }) => kept <= 0)) return zeros(plan, shape);
  const of = (key: keyof (typeof axes)[0]) => onBoth((axis) => axes[axis][key]);

  const seen = sliced(plan, g!, planePart(g!.shape, of('start'), of('kept')));
  const filters = plan.once(`phases ${w!.place} ${stride}`, () =>
    phaseFilters(plan, w!, stride, of('taps')),
  );
  const [rows, columns] = of('cells');
  const phases = convolve(
    plan,
    [seen, filters],
    [n, rows, columns, filters.shape[3]!],
    [1, 1],
    [
      axes[0].start - axes[0].from,
      axes[1].start - axes[1].from,
      axes[0].to - axes[0].start - axes[0].kept,
      axes[1].to - axes[1].start - axes[1].kept,
    ],
  );
  const [down, right] = stride;
  const cells = reshaped(plan, phases, [n * rows, columns, down, right * c]);
  const woven = reshaped(plan, permuted(plan, cells, [0, 2, 1, 3]), [
    n,
    rows * down,
    columns * right,
    c,
  ]);
  return sliced(plan, woven, planePart(woven.shape, of('offset'), [shape[1]!, shape[2]!]));
}

/**
 * The adjoint of a convolution in its filters, `shape` [O,kh,kw,C]: for each tap the product of g with
 * the elements of the image that the tap meets.
 */
export function filterGradient(
  plan: Plan,
  [x, g]: readonly Slot[],
  shape: Shape,
  { stride, pads }: Conv,
): Slot {
  const [out, kh, kw, channels] = shape as Sides;
  const [, rows, columns] = g!.shape as Sides;
  const [, height, width] = x!.shape as Sides;
  const places = sizeOf(g!.shape) / out;
  const after = [
    (rows - 1) * stride[0] + kh - pads[0] - height,
    (columns - 1) * stride[1] + kw - pads[1] - width,
  ].map((d) => Math.max(d, 0));
  const image = padded(plan, x!, [0, pads[0], pads[1], 0], [0, ...after, 0]);
  const slopes = permuted(plan, reshaped(plan, g!, [places, out]), [1, 0]);
  const products = Array.from({ length: kh * kw }, (_, tap) => {
    const from = [Math.floor(tap / kw), tap % kw] as const;
    const met = sliced(plan, image, planePart(image.shape, from, [rows, columns], stride));
    return plan.step([slopes, reshaped(plan, met, [places, channels])], [out, channels], (a, b) =>
      tf.matMul(a, b),
    );
  });
  const all = plan.step(products, [out, kh * kw * channels], (...parts) => tf.concat(parts, 1));
  return reshaped(plan, all, shape);
}
