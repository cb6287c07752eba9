// Removing pixels of an image in the order of a map: they get the color that the network's preprocessing maps to zero.
import { stableOrder } from '../../metric/order.js';

/** The indices of a map's pixels, the largest value first; of equal values the lower index first. */
export const mostSalientFirst = (map: Float32Array): Uint32Array =>
  stableOrder(map.map((value) => -value));

/**
 * An image [3,H,W] without its first pixels of an order, in all channels.
 * @param order indices of pixels, H·W of them
 * @param percent of the pixels, rounded down to whole pixels
 * @param zero the image that preprocessing maps to zero [3,H,W]
 */
export function withoutFirst(
  image: Float32Array,
  order: Uint32Array,
  percent: number,
  zero: Float32Array,
): Float32Array {
  const left = image.slice();
  const pixels = order.length;
  for (const pixel of order.subarray(0, Math.floor((percent * pixels) / 100)))
    for (let at = pixel; at < left.length; at += pixels) left[at] = zero[at]!;
  return left;
}
