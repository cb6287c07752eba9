// Sizes and offsets below are worked out by hand from the rule; pixels are compared with a triangle filter
// written out in plain loops. torchvision.test.ts compares with torchvision's.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../random.js';
import { refusal, useFolder } from '../testing/files.js';
import { encodePng, type Picture, planesOf, type Size } from './picture.js';
import { resample } from './resample.js';
import { fitTo, loadPicture, type Resizing } from './resize.js';

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

/**
 * A picture at another size: each pixel the mean under a triangle over it, one old pixel or one new one wide to each
 * side; what is outside of the picture has no part.
 */
function resampled(picture: Picture, to: Size): Picture {
  const weights = (n: number, m: number, i: number) => {
    const center = ((i + 0.5) * n) / m;
    const reach = Math.max(1, n / m);
    const found: { at: number; weight: number }[] = [];
    for (let at = 0; at < n; at++)
      found.push({ at, weight: Math.max(0, 1 - Math.abs(at + 0.5 - center) / reach) });
    const total = found.reduce((sum, { weight }) => sum + weight, 0);
    return found.flatMap(({ at, weight }) => (weight > 0 ? [{ at, weight: weight / total }] : []));
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

const at = useFolder();

/** A drawn picture brought to size. */
const fitted = (from: Size, input: Size, resizing: Resizing) =>
  fitTo(draw(from.height, from.width), input, resizing, 'drawn');

describe('fitTo', () => {
  it.each<[string, Size, Size, Resizing, number, number]>([
    [
      'a short side that is `resize` already',
      size(256, 300),
      size(224, 224),
      { resize: 256 },
      16,
      38,
    ],
    ['a tall picture', size(400, 256), size(224, 224), { resize: 256 }, 88, 16],
    ['an input that is not square', size(256, 256), size(200, 130), { resize: 256 }, 28, 63],
    ['any picture without scaling', size(251, 240), size(224, 224), { resize: 'none' }, 13, 8],
    ['a picture of the input size', size(227, 227), size(227, 227), { resize: 'none' }, 0, 0],
    [
      'a picture that is taken as it is',
      size(227, 227),
      size(227, 227),
      { resize: { shortSide: 256, unless: 227 } },
      0,
      0,
    ],
  ])('crops the center, pixel for pixel, of %s', (_, from, input, resizing, top, left) => {
    const expected = cropped(draw(from.height, from.width), top, left, input);
    expect(difference(fitted(from, input, resizing), expected).largest).toBe(0);
  });

  const caffe = { resize: { shortSide: 256, unless: 227 } };
  // picture, input, options, size it is scaled to, offset of the crop from it
  it.each<[string, Size, Size, Resizing, Size, number, number]>([
    ['a wide picture', size(300, 400), size(224, 224), { resize: 256 }, size(256, 341), 16, 58],
    ['a tall picture', size(450, 301), size(224, 224), { resize: 256 }, size(382, 256), 79, 16],
    ['a side of 257', size(257, 300), size(224, 224), { resize: 256 }, size(256, 298), 16, 37],
    ['a short side up', size(240, 300), size(224, 224), { resize: 256 }, size(256, 320), 16, 48],
    ['a small one up', size(150, 200), size(224, 224), { resize: 256 }, size(256, 341), 16, 58],
    ['a single pixel up', size(1, 1), size(130, 130), { resize: 140 }, size(140, 140), 5, 5],
    ['the input size up', size(224, 224), size(224, 224), { resize: 256 }, size(256, 256), 16, 16],
    ['the input size down', size(40, 40), size(16, 16), { resize: 20 }, size(20, 20), 2, 2],
    ['one not quite as it is', size(227, 228), size(227, 227), caffe, size(256, 257), 14, 15],
    ['one for a small input', size(60, 90), size(32, 32), { resize: 32 }, size(32, 48), 0, 8],
    [
      'a large photograph',
      size(1100, 900),
      size(100, 100),
      { resize: 128 },
      size(156, 128),
      28,
      14,
    ],
  ])('scales %s', (_, from, input, resizing, to, top, left) => {
    const expected = cropped(resampled(draw(from.height, from.width), to), top, left, input);
    const { largest, mean } = difference(fitted(from, input, resizing), expected);
    // each direction is rounded to whole gray levels
    expect(largest).toBeLessThanOrEqual(1);
    expect(mean).toBeLessThan(0.4);
  });

  it.each<[string, number, number, number, Size]>([
    ['down', 90, 5, 15, size(64, 64)],
    ['up', 50, 25, 35, size(64, 64)],
    ['down one way and up the other', 60, 20, 30, size(45, 75)],
    ['not at all', 64, 18, 28, size(64, 64)],
  ])('brings the center square that `crop` keeps to the input: %s', (_, crop, top, left, input) => {
    const square = cropped(draw(100, 121), top, left, size(crop, crop));
    for (const resize of [100, 'none'] as const) {
      const made = fitted(size(100, 121), input, { resize, crop });
      expect(difference(made, resampled(square, input)).largest).toBeLessThanOrEqual(1);
    }
  });

  it('does not move what is in the center, up or down', () => {
    const picture: Picture = { data: Buffer.alloc(3 * 9 * 9), height: 9, width: 9 };
    picture.data.fill(250, 3 * 40, 3 * 41);
    for (const side of [5, 7, 13, 18, 40]) {
      const made = fitTo(picture, size(side, side), { resize: side }, 'a point');
      const turned = { ...made, data: Buffer.from(made.data.toReversed()) };
      expect(difference(made, turned).largest).toBe(0);
    }
  });

  it.each<[string, Size, Resizing, string]>([
    [
      'than the input',
      size(200, 300),
      { resize: 'none' },
      '300×200 pixels, expected at least 224×224',
    ],
    ['than its crop', size(240, 250), { crop: 245 }, '250×240 pixels, expected at least 245×245'],
  ])('refuses to crop a picture that is smaller %s', async (_, from, resizing, message) => {
    const work = Promise.resolve().then(() => fitted(from, size(224, 224), resizing));
    expect(await refusal(work)).toBe(
      `drawn: ${message}, the crop, since pictures are not scaled (data.resize: none)`,
    );
  });
});

describe('resample', () => {
  it.each<[string, Size, Size]>([
    ['up', size(20, 30), size(47, 91)],
    ['down', size(90, 130), size(21, 40)],
    ['one way each', size(20, 130), size(50, 40)],
  ])('gives the same pixels in a window as in the whole: %s', (_, from, to) => {
    const picture = draw(from.height, from.width);
    const window = { top: 7, left: 11, height: 9, width: 13 };
    const expected = cropped(resample(picture, to), 7, 11, size(9, 13));
    expect(difference(resample(picture, to, window), expected).largest).toBe(0);
  });

  it.each([
    ['a tall strip', size(5000, 1)],
    ['a wide strip', size(1, 5000)],
    ['a strip beyond what memory holds', size(1, 1_000_000)],
  ])('enlarges the center of %s alone', (_, from) => {
    const made = fitted(from, size(224, 224), { resize: 256 });
    expect([made.height, made.width]).toEqual([224, 224]);
    // the center is narrower than an old pixel: what is far from it has no part
    const middle = Math.max(from.height, from.width) / 2 - 4;
    const near =
      from.width === 1
        ? cropped(draw(from.height, 1), middle, 0, size(8, 1))
        : cropped(draw(1, from.width), 0, middle, size(1, 8));
    const expected = fitTo(near, size(224, 224), { resize: 256 }, 'drawn');
    expect(difference(made, expected).largest).toBe(0);
  });
});

it('loadPicture gives a file at the input size, and names the file that is too small', async () => {
  const picture = draw(30, 40);
  await writeFile(at('a.png'), await encodePng(planesOf(picture), 30, 40));
  const expected = planesOf(fitTo(picture, size(20, 20), { resize: 24 }, 'drawn'));
  expect(await loadPicture(at('a.png'), size(20, 20), { resize: 24 })).toEqual(expected);
  expect(await refusal(loadPicture(at('a.png'), size(32, 32), {}))).toContain(
    `${at('a.png')}: 40×30 pixels, expected at least 32×32, the crop`,
  );
});
