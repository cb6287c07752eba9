// Max-pooling and the routing of values to and from its winners. There is no kernel for winners that
// is right on every backend (in WebAssembly it mistakes negative planes and takes the last of equal
// ones), so they are found by comparing each window's elements with its largest, in row-major order.
import * as tf from '@tensorflow/tfjs-core';
import { type Shape, sizeOf, type Window } from '../../graph/shape.js';
import type { Node, Tensor } from '../../graph/tensor.js';
import { stored } from './layout.js';
import type { Plan, Slot } from './plan.js';
import { padded, planePart, reshaped, sliced } from './shaping.js';

/** The largest value under each window. */
export function maxPool(plan: Plan, x: Slot, { kernel, stride, pads }: Window, shape: Shape): Slot {
  const [top, left, bottom, right] = pads;
  const [, rows, columns] = shape;
  // the kernel in WebAssembly refuses windows of one element
  if (kernel[0] * kernel[1] === 1)
    return sliced(plan, x, planePart(x.shape, [0, 0], [rows!, columns!], stride));
  return plan.once(`pool ${x.place} ${JSON.stringify([kernel, stride, pads])}`, () => {
    // not every backend pools with other paddings than those it can name
    const image = padded(
      plan,
      x,
      [0, top, left, 0],
      [0, bottom, right, 0],
      Number.NEGATIVE_INFINITY,
    );
    return plan.step([image], shape, (t) =>
      tf.maxPool(t as tf.Tensor4D, [...kernel], [...stride], 'valid'),
    );
  });
}

/** For each place of a window and each window [R,C], which element of the plane stands there. */
function places(
  [, height, width]: Shape,
  [, rows, columns]: Shape,
  { kernel, stride, pads }: Window,
): Int32Array[] {
  // a window that hangs over the edge sees its own edge element again, which changes no winner
  const clamped = (at: number, size: number) => Math.min(Math.max(at, 0), size - 1);
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => {
    const [a, b] = [Math.floor(tap / kernel[1]), tap % kernel[1]];
    return Int32Array.from({ length: rows! * columns! }, (_, window) => {
      const row = Math.floor(window / columns!) * stride[0] + a - pads[0];
      const column = (window % columns!) * stride[1] + b - pads[1];
      return clamped(row, height!) * width! + clamped(column, width!);
    });
  });
}

/**
 * Where in memory each window's first winner stands, a list of positions [size,1]. Counted from the
 * window's first place, the winner stands at m₀(d₁ + m₁(d₂ + m₂(…))) where m is 1 for a place that does
 * not hold the largest value, else 0, and d is the distance from one place to the next.
 */
export function winners(plan: Plan, x: Slot, window: Window, shape: Shape): Slot {
  const [n, rows, columns, channels] = shape as [number, number, number, number];
  const [, height, width] = x.shape as [number, number, number];
  const largest = maxPool(plan, x, window, shape);
  const found = places(x.shape, shape, window);
  const planes = reshaped(plan, x, [n * height * width, channels]);

  const misses = (tap: number): Slot => {
    const rowsOfAll = Int32Array.from(
      { length: n * rows * columns },
      (_, i) =>
        Math.floor(i / (rows * columns)) * height * width + found[tap]![i % (rows * columns)]!,
    );
    const at = plan.constant(tf.tensor(rowsOfAll, [rowsOfAll.length, 1], 'int32'));
    const held = plan.step([planes, at], [rowsOfAll.length, channels], (t, i) =>
      tf.gatherND(t, i as tf.Tensor2D),
    );
    const different = plan.step([reshaped(plan, held, shape), largest], shape, tf.notEqual);
    return plan.step([different], shape, (t) => tf.cast(t, 'float32'));
  };
  const distance = (tap: number): Slot =>
    plan.constant(
      tf.tensor(
        Float32Array.from(found[tap]!, (at, i) => (at - found[tap - 1]![i]!) * channels),
        [1, rows, columns, 1],
      ),
    );
  let further: Slot | undefined;
  for (let tap = found.length - 1; tap > 0; tap--) {
    const beyond =
      further === undefined ? distance(tap) : plan.step([further, distance(tap)], shape, tf.add);
    further = plan.step([misses(tap - 1), beyond], shape, tf.mul);
  }

  // positions are too large for float32 to hold, so the last sum is one of whole numbers
  const first = Int32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const [of, channel] = [Math.floor(i / channels), i % channels];
    const image = Math.floor(of / (rows * columns));
    return (image * height * width + found[0]![of % (rows * columns)]!) * channels + channel;
  });
  const start = plan.constant(tf.tensor(first, [...shape], 'int32'));
  const positions =
    further === undefined
      ? start
      : plan.step([start, further], shape, (whole, more) => tf.add(whole, tf.cast(more, 'int32')));
  return reshaped(plan, positions, [first.length, 1]);
}

/** Fails unless an index was found in planes of the given size: its positions mean nothing in others. */
function needFoundIn(index: Tensor, [height, width]: Shape): void {
  const [, , rows, columns] = index.inputs[0]!.shape;
  if (index.op !== 'maxPoolIndex' || rows !== height || columns !== width)
    throw new Error(`the tfjs engine has no ${index.op} of planes [${height},${width}]`);
}

/** The elements of z that stand where the winners of a plane of the same size stand. */
export function gathered(plan: Plan, [z, index]: readonly Slot[], t: Node<'gatherPlane'>): Slot {
  needFoundIn(t.inputs[1]!, t.inputs[0]!.shape.slice(2));
  const flat = reshaped(plan, z!, [sizeOf(z!.shape)]);
  const picked = plan.step([flat, index!], [sizeOf(t.shape)], (values, at) =>
    tf.gatherND(values, at as tf.Tensor2D),
  );
  return reshaped(plan, picked, stored(t.shape));
}

/** Zeros to which g is added where the winners stand. */
export function scattered(plan: Plan, [g, index]: readonly Slot[], t: Node<'scatterPlane'>): Slot {
  needFoundIn(t.inputs[1]!, t.shape.slice(2));
  const size = sizeOf(t.shape);
  const flat = reshaped(plan, g!, [sizeOf(g!.shape)]);
  const added = plan.step([index!, flat], [size], (at, values) =>
    tf.scatterND(at as tf.Tensor2D, values, [size]),
  );
  return reshaped(plan, added, stored(t.shape));
}
