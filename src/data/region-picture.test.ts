import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawRegions } from './region-picture.js';

/** A picture's pixels as colors in hexadecimal, and its size. */
async function pixelsOf(png: Buffer) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const at = (row: number, column: number) =>
    data
      .subarray(3 * (row * info.width + column), 3 * (row * info.width + column) + 3)
      .toString('hex');
  return { at, height: info.height, width: info.width };
}
const [YELLOW, WHITE, BLACK] = ['ffff00', 'ffffff', '000000'];

/** Two regions of 6×9 pixels, one above the other's middle, on an image that is darker to the right. */
const size = { height: 6, width: 9 };
const labels = Int32Array.from({ length: 54 }, (_, i) => (i < 27 ? 0 : 1));
const level = (column: number) => 200 - 10 * column;
const image = Float32Array.from({ length: 3 * 54 }, (_, i) => level(i % 9));

describe('a picture of regions', () => {
  it('is the image, enlarged, with a line where regions meet', async () => {
    const { at, height, width } = await pixelsOf(await drawRegions(image, labels, 2, size));
    expect([height, width]).toEqual([900, 1350]);
    const gray = (column: number) =>
      level(Math.floor(column / 150))
        .toString(16)
        .repeat(3);
    for (const column of [0, 149, 150, 1349]) {
      for (const row of [0, 448, 450, 899]) expect(at(row, column)).toBe(gray(column));
      expect(at(449, column)).toBe(YELLOW);
    }
  });

  it('has the number of each region in its middle', async () => {
    const { at } = await pixelsOf(await drawRegions(image, labels, 2, size));
    // dots of three pixels; a digit with a dot of space around it
    const drawn = (row: number, column: number) =>
      Array.from({ length: 7 }, (_, y) =>
        Array.from({ length: 5 }, (_, x) => at(row + 3 * y + 1, column + 3 * x + 1))
          .map((color) => {
            expect([WHITE, BLACK]).toContain(color);
            return color === WHITE ? '#' : '.';
          })
          .join(''),
      );
    const top = (pixelRow: number) => Math.floor((pixelRow + 0.5) * 150 - 10.5);
    const left = Math.floor(4.5 * 150 - 7.5);
    expect(drawn(top(1), left)).toEqual([
      '.....',
      '.###.',
      '.#.#.',
      '.#.#.',
      '.#.#.',
      '.###.',
      '.....',
    ]);
    expect(drawn(top(4), left)).toEqual([
      '.....',
      '..#..',
      '.##..',
      '..#..',
      '..#..',
      '.###.',
      '.....',
    ]);
  });

  it('has a number inside a region that bends around its center of mass', async () => {
    // a ring: its center is in the other region
    const ring = Int32Array.from({ length: 81 }, (_, i) => {
      const [row, column] = [Math.floor(i / 9), i % 9];
      return row % 8 === 0 || column % 8 === 0 ? 0 : 1;
    });
    const gray = new Float32Array(3 * 81).fill(128);
    const { at } = await pixelsOf(await drawRegions(gray, ring, 2, { height: 9, width: 9 }));
    // the first of the nearest: the middle of the upper side
    expect(at(50, 450)).toBe(BLACK);
    expect(at(450, 450 - 6)).toBe(BLACK);
    expect(at(250, 450)).toBe('808080');
  });
});
