// Max-pools without corners: log Σ exp over the window, which goes with softplus as the maximum goes with ReLU. Behind
// softplus alone a network still switches where the winner of a window does, and its curvature does not see it.
import {
  add,
  constant,
  detach,
  embed,
  exp,
  log,
  maxPool,
  slice,
  sub,
  type Tensor,
} from '../graph/index.js';
import type { Window } from '../graph/shape.js';

/** What padding counts as: exp of it, less the largest value of a window, is 0. */
const NEVER = -1e30;

/** x [N,C,H,W] in planes with padding on all sides. */
function padded(x: Tensor, [top, left, bottom, right]: Window['pads']): Tensor {
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = [height + top + bottom, width + left + right];
  if (rows === height && columns === width) return x;
  const outside = new Float32Array(rows * columns).fill(NEVER);
  for (let row = top; row < top + height; row++)
    outside.fill(0, row * columns + left, row * columns + left + width);
  const within = embed(x, [0, 0, top, left], [1, 1, 1, 1], [images, channels, rows, columns]);
  return add(within, constant(outside, [1, 1, rows, columns], 'outside'));
}

/** log Σ exp of the values under each window of x [N,C,H,W], without padding. */
export function logSumExpPool(x: Tensor, window: Window): Tensor {
  const { kernel, stride, pads } = window;
  // a number that could be any other: derivatives do not depend on it
  const largest = detach(maxPool(x, window));
  const [images, channels, rows, columns] = largest.shape as [number, number, number, number];
  const planes = padded(x, pads);
  const offsets = Array.from({ length: kernel[0] * kernel[1] }, (_, i) => [
    Math.floor(i / kernel[1]),
    i % kernel[1],
  ]);
  const total = offsets
    .map(([i, j]) => {
      const ends = [i! + (rows - 1) * stride[0] + 1, j! + (columns - 1) * stride[1] + 1];
      const one = slice(planes, [0, 0, i!, j!], [images, channels, ...ends], [1, 1, ...stride]);
      return exp(sub(one, largest));
    })
    .reduce((a, b) => add(a, b));
  return add(largest, log(total));
}
