// Sizes and offsets below are worked out by hand from the rule; pixels are compared with a triangle filter
// written out in plain loops.
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../random.js';
import type { Picture } from './picture.js';
import { fitTo, type Resizing, type Size } from './resize.js';

/** Waves of three colors with some noise: detail at all scales. */
function draw(height: number, width: number): Picture {
  const random = keyedRandom('picture', height, width);
  const data = Buffer.alloc(3 * height * width);
  data.forEach((_, i) => {
    const [row, column] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width];
    const wave = Math.sin((9 * row) / height + (i % 3)) * Math.cos((7 * column) / width);
    data[i] = 127 + 80 * wave + 80 * (random.uniform() - 0.5);
  });
  return { data, height, width };
}

/** A picture at another size: each pixel the mean under a triangle over it, one old pixel or one new one wide to each side. */
function resampled(picture: Picture, to: Size): Picture {
  const inside = (i: number, n: number) => Math.min(n - 1, Math.max(0, i));
  const weights = (n: number, m: number, i: number) => {
    const center = ((i + 0.5) * n) / m;
    const reach = Math.max(1, n / m);
    const found: { at: number; weight: number }[] = [];
    for (let at = Math.floor(center - reach) - 1; at <= center + reach; at++)
      found.push({ at, weight: Math.max(0, 1 - Math.abs(at + 0.5 - center) / reach) });
    const total = found.reduce((sum, { weight }) => sum + weight, 0);
    return found.map(({ at, weight }) => ({ at: inside(at, n), weight: weight / total }));
  };
  const rows = Array.from({ length: to.height }, (_, i) => weights(picture.height, to.height, i));
  const columns = Array.from({ length: to.width }, (_, i) => weights(picture.width, to.width, i));
  const data = Buffer.alloc(3 * to.height * to.width);
  for (let row = 0; row < to.height; row++)
    for (let column = 0; column < to.width; column++)
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (const y of rows[row]!)
          for (const x of columns[column]!)
            sum += y.weight * x.weight * picture.data[3 * (y.at * picture.width + x.at) + channel]!;
        data[3 * (row * to.width + column) + channel] = Math.round(sum);
      }
  return { data, ...to };
}

function cropped(picture: Picture, top: number, left: number, { height, width }: Size): Picture {
  const data = Buffer.alloc(3 * height * width);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let channel = 0; channel < 3; channel++)
        data[3 * (row * width + column) + channel] =
          picture.data[3 * ((top + row) * picture.width + left + column) + channel]!;
  return { data, height, width };
}

/** Largest and mean difference of two pictures of one size, in gray levels. */
function difference(a: Picture, b: Picture) {
  expect([a.height, a.width, a.data.length]).toEqual([b.height, b.width, b.data.length]);
  let [largest, sum] = [0, 0];
  a.data.forEach((v, i) => {
    const apart = Math.abs(v - b.data[i]!);
    largest = Math.max(largest, apart);
    sum += apart;
  });
  return { largest, mean: sum / a.data.length };
}

const size = (height: number, width: number): Size => ({ height, width });

describe('fitTo', () => {
  it.each([
    ['whatever else is asked for', {}],
    ['even with a crop', { resize: 40, crop: 20 }],
  ])('leaves a picture of the input size as it is, %s', async (_, options) => {
    const picture = draw(224, 200);
    const fitted = await fitTo(picture, size(224, 200), options);
    expect(difference(fitted, draw(224, 200)).largest).toBe(0);
  });

  it.each<[string, Size, Size, number, number]>([
    ['a short side of 256', size(256, 300), size(224, 224), 16, 38],
    ['a short side between the input and 256', size(251, 240), size(224, 224), 13, 8],
    ['a short side of the input', size(227, 300), size(227, 227), 0, 36],
    ['a tall picture', size(400, 230), size(224, 224), 88, 3],
    ['an input that is not square', size(256, 256), size(200, 130), 28, 63],
  ])('crops the center, pixel for pixel, of %s', async (_, from, input, top, left) => {
    const picture = draw(from.height, from.width);
    const fitted = await fitTo(picture, input);
    expect(difference(fitted, cropped(picture, top, left, input)).largest).toBe(0);
  });

  // picture, input, options, size it is scaled to, offset of the crop from it
  it.each<[string, Size, Size, Resizing, Size, number, number]>([
    ['a wide picture to 256', size(300, 400), size(224, 224), {}, size(256, 341), 16, 58],
    ['a tall picture to 256', size(450, 301), size(224, 224), {}, size(383, 256), 79, 16],
    ['a side of 257 to 256', size(257, 300), size(224, 224), {}, size(256, 299), 16, 37],
    [
      'a large one, for an input above 256',
      size(400, 500),
      size(299, 299),
      {},
      size(299, 374),
      0,
      37,
    ],
    ['a small one up', size(150, 200), size(224, 224), {}, size(224, 299), 0, 37],
    ['a small tall one up', size(51, 40), size(227, 227), {}, size(289, 227), 31, 0],
    ['one with a single small side up', size(100, 300), size(224, 224), {}, size(224, 672), 0, 224],
    ['a single pixel up', size(1, 1), size(130, 130), {}, size(130, 130), 0, 0],
    ['one for a small input to all of it', size(60, 90), size(32, 32), {}, size(32, 48), 0, 8],
    ['a small one up for a small input', size(20, 25), size(32, 32), {}, size(32, 40), 0, 4],
    ['to what `resize` says', size(300, 200), size(64, 64), { resize: 80 }, size(120, 80), 28, 8],
    ['no further than the input', size(300, 200), size(64, 64), { resize: 9 }, size(96, 64), 16, 0],
  ])('scales %s', async (_, from, input, options, to, top, left) => {
    const picture = draw(from.height, from.width);
    const fitted = await fitTo(picture, input, options);
    const expected = cropped(resampled(picture, to), top, left, input);
    const { largest, mean } = difference(fitted, expected);
    expect(largest).toBeLessThanOrEqual(2);
    expect(mean).toBeLessThan(0.6);
  });

  it('never enlarges to reach `resize`', async () => {
    const picture = draw(70, 80);
    const fitted = await fitTo(picture, size(64, 64), { resize: 100 });
    expect(difference(fitted, cropped(picture, 3, 8, size(64, 64))).largest).toBe(0);
  });

  it.each<[string, number, number, number, Size]>([
    ['down', 90, 5, 15, size(64, 64)],
    ['up', 50, 25, 35, size(64, 64)],
    ['down one way and up the other', 60, 20, 30, size(45, 75)],
  ])(
    'brings the center square that `crop` keeps to the input: %s',
    async (_, crop, top, left, input) => {
      const picture = draw(100, 121);
      const square = cropped(picture, top, left, size(crop, crop));
      const fitted = await fitTo(picture, input, { resize: 100, crop });
      expect(difference(fitted, resampled(square, input)).largest).toBeLessThanOrEqual(2);
    },
  );

  it('stays close on a large photograph, which libvips first shrinks by whole numbers', async () => {
    const picture = draw(700, 550);
    const fitted = await fitTo(picture, size(100, 100));
    const expected = cropped(resampled(picture, size(127, 100)), 13, 0, size(100, 100));
    const { largest, mean } = difference(fitted, expected);
    expect(mean).toBeLessThan(1);
    expect(largest).toBeLessThan(5);
  });

  it('does not move what is in the center, up or down', async () => {
    const picture: Picture = { data: Buffer.alloc(3 * 9 * 9), height: 9, width: 9 };
    picture.data.fill(250, 3 * 40, 3 * 41);
    for (const side of [5, 7, 13, 18, 40]) {
      const fitted = await fitTo(picture, size(side, side));
      const turned = { ...fitted, data: Buffer.from(fitted.data.toReversed()) };
      expect(difference(fitted, turned).largest).toBeLessThanOrEqual(1);
    }
  });
});
