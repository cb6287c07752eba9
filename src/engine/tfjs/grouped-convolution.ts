// Convolutions of groups and their adjoints. With one input channel to each group they are depthwise convolutions, for
// which there is a kernel; other groups are convolved one by one.
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '../../graph/shape.js';
import type { Conv } from '../../graph/tensor.js';
import { convolution, filterGradient, inputGradient } from './convolution.js';
import type { Plan, Slot } from './plan.js';
import { embedded, permuted, reshaped, sliced } from './shaping.js';

type Sides = readonly [number, number, number, number];

/** Axes as they lie in memory: output channels of filters, and channels of images. */
const [OUTPUTS, CHANNELS] = [0, 3] as const;

/** One of equal parts along an axis. */
function partOf(plan: Plan, x: Slot, axis: number, [part, parts]: readonly [number, number]): Slot {
  const counts = x.shape.map((d, i) => (i === axis ? d / parts : d));
  const starts = x.shape.map((d, i) => (i === axis ? (part * d) / parts : 0));
  return sliced(plan, x, { starts, counts, steps: x.shape.map(() => 1) });
}

/** Computes every group on its own and joins the results along an axis. */
function byGroup(
  plan: Plan,
  shape: Shape,
  axis: number,
  groups: number,
  of: (part: readonly [number, number], shape: Shape) => Slot,
): Slot {
  const one = shape.map((d, i) => (i === axis ? d / groups : d));
  const parts = Array.from({ length: groups }, (_, group) => of([group, groups], one));
  return plan.step(parts, shape, (...all) => tf.concat(all, axis));
}

function depthwise(
  plan: Plan,
  [x, filters]: readonly [Slot, Slot],
  shape: Shape,
  { stride, pads: [top, left, bottom, right] }: Conv,
): Slot {
  const pad: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return plan.step([x, filters], shape, (image, filter) =>
    tf.depthwiseConv2d(image as tf.Tensor4D, filter as tf.Tensor4D, [...stride], pad),
  );
}

/** Filters [O,kh,kw,1] as [kh,kw,C,O/C]. */
function depthwiseFilters(plan: Plan, w: Slot, channels: number): Slot {
  const [o, kh, kw] = w.shape as Sides;
  return plan.once(`depthwise filters ${w.place}`, () =>
    reshaped(plan, permuted(plan, w, [1, 2, 0, 3]), [kh, kw, channels, o / channels]),
  );
}

/** The convolution of x [N,H,W,C] with filters [O,kh,kw,C/groups]. */
export function groupedConvolution(
  plan: Plan,
  [x, w, bias]: readonly Slot[],
  shape: Shape,
  { groups = 1, ...options }: Conv,
): Slot {
  const y =
    w!.shape[CHANNELS] === 1
      ? depthwise(plan, [x!, depthwiseFilters(plan, w!, groups)], shape, options)
      : byGroup(plan, shape, CHANNELS, groups, (part, one) =>
          convolution(
            plan,
            [partOf(plan, x!, CHANNELS, part), partOf(plan, w!, OUTPUTS, part)],
            one,
            options,
          ),
        );
  return bias === undefined ? y : plan.step([y, bias], shape, tf.add);
}

/**
 * The adjoint of a depthwise convolution in its image, as a depthwise convolution with turned filters of g with zeros
 * between its rows and columns; undefined where a window lies in the padding alone.
 */
function depthwiseInputGradient(
  plan: Plan,
  [g, w]: readonly [Slot, Slot],
  shape: Shape,
  { stride, pads }: Conv,
): Slot | undefined {
  const [n, height, width, c] = shape as Sides;
  const [, kh, kw] = w.shape as Sides;
  const [, rows, columns] = g.shape as Sides;
  const [top, left] = [kh - 1 - pads[0], kw - 1 - pads[1]];
  const inside =
    Math.min(top, left) >= 0 &&
    (rows - 1) * stride[0] - pads[0] < height &&
    (columns - 1) * stride[1] - pads[1] < width;
  if (!inside) return undefined;
  const apart = embedded(plan, g, [n, height + kh - 1, width + kw - 1, c], {
    starts: [0, top, left, 0],
    steps: [1, ...stride, 1],
  });
  const turned = plan.once(`turned depthwise filters ${w.place}`, () =>
    plan.step([depthwiseFilters(plan, w, c)], [kh, kw, c, 1], (t) => tf.reverse(t, [0, 1])),
  );
  return depthwise(plan, [apart, turned], shape, { stride: [1, 1], pads: [0, 0, 0, 0] });
}

/** The adjoint in the image, from g to `shape` [N,H,W,C]. */
export function groupedInputGradient(
  plan: Plan,
  [g, w]: readonly Slot[],
  shape: Shape,
  { groups = 1, ...options }: Conv,
): Slot {
  const single = w!.shape[CHANNELS] === 1 && w!.shape[OUTPUTS] === groups;
  const whole = single ? depthwiseInputGradient(plan, [g!, w!], shape, options) : undefined;
  return (
    whole ??
    byGroup(plan, shape, CHANNELS, groups, (part, one) =>
      inputGradient(
        plan,
        [partOf(plan, g!, CHANNELS, part), partOf(plan, w!, OUTPUTS, part)],
        one,
        options,
      ),
    )
  );
}

/** The adjoint in the filters, `shape` [O,kh,kw,C/groups]. */
export const groupedFilterGradient = (
  plan: Plan,
  [x, g]: readonly Slot[],
  shape: Shape,
  { groups = 1, ...options }: Conv,
): Slot =>
  byGroup(plan, shape, OUTPUTS, groups, (part, one) =>
    filterGradient(
      plan,
      [partOf(plan, x!, CHANNELS, part), partOf(plan, g!, CHANNELS, part)],
      one,
      options,
    ),
  );
