// A picture of an image's regions: their outlines, and the number of each in its middle. It is drawn pixel by
// pixel, digits too, since a machine may have no fonts.
import sharp from 'sharp';
import type { Size } from './picture.js';

/** Digits in 3×5 dots, rows from above. */
const digits = [
  '###|#.#|#.#|#.#|###',
  '.#.|##.|.#.|.#.|###',
  '###|..#|###|#..|###',
  '###|..#|.##|..#|###',
  '#.#|#.#|###|..#|..#',
  '###|#..|###|..#|###',
  '###|#..|###|#.#|###',
  '###|..#|.#.|.#.|.#.',
  '###|#.#|###|#.#|###',
  '###|#.#|###|..#|###',
].map((rows) => rows.split('|'));
const DIGIT = { height: 5, width: 3 };

/** The least side of a picture, and the side of a digit's dot, in pixels. */
const SIDE = 900;
const DOT = 3;

type Color = readonly [number, number, number];
const OUTLINE: Color = [255, 255, 0];
const INK: Color = [255, 255, 255];
const PAPER: Color = [0, 0, 0];

/** The pixel of each region that is nearest to the region's center of mass. */
function middles(labels: Int32Array, count: number, width: number): number[] {
  const sums = Array.from({ length: count }, () => ({ n: 0, row: 0, column: 0 }));
  for (const [i, label] of labels.entries()) {
    const sum = sums[label]!;
    sum.n++;
    sum.row += Math.floor(i / width);
    sum.column += i % width;
  }
  const best = Array.from({ length: count }, () => ({ pixel: 0, distance: Infinity }));
  for (const [i, label] of labels.entries()) {
    const { n, row, column } = sums[label]!;
    const distance = Math.hypot(Math.floor(i / width) - row / n, (i % width) - column / n);
    if (distance < best[label]!.distance) best[label] = { pixel: i, distance };
  }
  return best.map(({ pixel }) => pixel);
}

/**
 * An image with its regions drawn over it, enlarged until the numbers can be read, as a PNG.
 * @param image [3,H,W] in 0..255
 * @param labels the number of each pixel's region [H,W], from 0 to `count` − 1
 */
export async function drawRegions(
  image: Float32Array,
  labels: Int32Array,
  count: number,
  { height, width }: Size,
): Promise<Buffer> {
  const scale = Math.ceil(SIDE / Math.min(height, width));
  const [tall, wide] = [scale * height, scale * width];
  const data = new Uint8ClampedArray(3 * tall * wide);
  const paint = (row: number, column: number, color: Color) => {
    if (row >= 0 && row < tall && column >= 0 && column < wide)
      data.set(color, 3 * (row * wide + column));
  };
  const label = (row: number, column: number) =>
    labels[Math.floor(row / scale) * width + Math.floor(column / scale)];
  for (let row = 0; row < tall; row++)
    for (let column = 0; column < wide; column++) {
      const i = Math.floor(row / scale) * width + Math.floor(column / scale);
      const here = labels[i];
      const outline =
        (row + 1 < tall && label(row + 1, column) !== here) ||
        (column + 1 < wide && label(row, column + 1) !== here);
      const plane = height * width;
      paint(row, column, outline ? OUTLINE : [image[i]!, image[plane + i]!, image[2 * plane + i]!]);
    }

  for (const [number, pixel] of middles(labels, count, width).entries()) {
    const text = [...String(number)].map(Number);
    // a dot of space around every digit
    const [high, long] = [DIGIT.height + 2, text.length * (DIGIT.width + 1) + 1];
    const top = Math.floor((Math.floor(pixel / width) + 0.5) * scale - (high * DOT) / 2);
    const left = Math.floor(((pixel % width) + 0.5) * scale - (long * DOT) / 2);
    for (let row = 0; row < high * DOT; row++)
      for (let column = 0; column < long * DOT; column++) {
        const [y, x] = [Math.floor(row / DOT) - 1, Math.floor(column / DOT) - 1];
        const digit = digits[text[Math.floor(x / (DIGIT.width + 1))] ?? -1];
        const inked = digit?.[y]?.[x % (DIGIT.width + 1)] === '#';
        paint(top + row, left + column, inked ? INK : PAPER);
      }
  }
  return sharp(data, { raw: { width: wide, height: tall, channels: 3 } })
    .png()
    .toBuffer();
}
