// Pictures at another size: bilinear with antialiasing, to the last bit as Pillow does it for torchvision. Only the
// window that is asked for is computed, so that a strip can be enlarged beyond what memory holds.
import type { Picture, Size } from './picture.js';

/** A part of a picture: its size, and the row and column of its first pixel. */
export interface Window extends Size {
  readonly top: number;
  readonly left: number;
}

/** Weights are whole numbers, in parts of 2²² of 1. */
const BITS = 22;

/** What the pixels of a line are made of. */
interface Taps {
  /** The first of a pixel's old pixels. */
  readonly first: Int32Array;
  /** Where its weights begin, and behind the last pixel where they end. */
  readonly at: Int32Array;
  readonly weights: Int32Array;
}

/**
 * The taps of `count` pixels from `start` on in a line of `from` pixels that is scaled to `to`. A pixel is the mean
 * under a triangle around its center, which reaches one old pixel to each side, or one new pixel if that is more.
 */
function tapsOf(from: number, to: number, start: number, count: number): Taps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const first = new Int32Array(count);
  const at = new Int32Array(count + 1);
  const weights = new Int32Array(count * (2 * Math.ceil(reach) + 1));
  for (let i = 0; i < count; i++) {
    const center = (start + i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - reach + 0.5));
    const high = Math.min(from, Math.trunc(center + reach + 0.5));
    const triangle = Array.from({ length: high - low }, (_, n) =>
      Math.max(0, 1 - Math.abs((low + n - center + 0.5) * (1 / reach))),
    );
    const total = triangle.reduce((a, b) => a + b, 0);
    first[i] = low;
    at[i + 1] = at[i]! + triangle.length;
    triangle.forEach((weight, n) => {
      weights[at[i]! + n] = 0.5 + (weight / total) * 2 ** BITS;
    });
  }
  return { first, at, weights };
}

/** Half a gray level, for rounding. */
const HALF = 2 ** (BITS - 1);

/** The columns of a window, of rows of RGB scaled to a width. */
function alongRows(data: Buffer, width: number, { first, at, weights }: Taps): Buffer {
  const count = first.length;
  const height = data.length / (3 * width);
  const made = Buffer.allocUnsafe(3 * height * count);
  let place = 0;
  for (let row = 0; row < height; row++)
    for (let i = 0; i < count; i++) {
      const end = at[i + 1]!;
      let old = 3 * (row * width + first[i]!);
      let [red, green, blue] = [HALF, HALF, HALF];
      for (let n = at[i]!; n < end; n++) {
        const weight = weights[n]!;
        red += data[old]! * weight;
        green += data[old + 1]! * weight;
        blue += data[old + 2]! * weight;
        old += 3;
      }
      made[place] = Math.min(255, red >> BITS);
      made[place + 1] = Math.min(255, green >> BITS);
      made[place + 2] = Math.min(255, blue >> BITS);
      place += 3;
    }
  return made;
}

/** The rows of a window: sums of rows that are `line` values long, of which the first given one is row `low`. */
function alongColumns(data: Buffer, line: number, low: number, taps: Taps): Buffer {
  const { first, at, weights } = taps;
  const made = Buffer.allocUnsafe(line * first.length);
  const sums = new Int32Array(line);
  first.forEach((top, row) => {
    sums.fill(HALF);
    for (let n = at[row]!; n < at[row + 1]!; n++) {
      const weight = weights[n]!;
      const old = (top - low + n - at[row]!) * line;
      for (let i = 0; i < line; i++) sums[i]! += data[old + i]! * weight;
    }
    for (let i = 0; i < line; i++) made[row * line + i] = Math.min(255, sums[i]! >> BITS);
  });
  return made;
}

function cropped({ data, width }: Picture, { top, left, ...size }: Window): Picture {
  const rows = Array.from({ length: size.height }, (_, row) => {
    const start = 3 * ((top + row) * width + left);
    return data.subarray(start, start + 3 * size.width);
  });
  return { data: Buffer.concat(rows), ...size };
}

/** A window of a picture that is scaled to a size; by default the whole. */
export function resample(
  picture: Picture,
  to: Size,
  window: Window = { top: 0, left: 0, ...to },
): Picture {
  if (to.height === picture.height && to.width === picture.width) return cropped(picture, window);
  const { top, left, height, width } = window;
  const columns = tapsOf(picture.width, to.width, left, width);
  const rows = tapsOf(picture.height, to.height, top, height);
  const low = rows.first[0]!;
  const high = rows.first[height - 1]! + rows.at[height]! - rows.at[height - 1]!;

  const needed = picture.data.subarray(3 * picture.width * low, 3 * picture.width * high);
  const lines = alongRows(needed, picture.width, columns);
  return { data: alongColumns(lines, 3 * width, low, rows), height, width };
}
