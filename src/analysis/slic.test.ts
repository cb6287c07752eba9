// Superpixels against a slow twin, against scikit-image's, and by what must hold of any segmentation.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodePicture, planesOf } from '../data/picture.js';
import { fixturePath } from '../package.js';
import { keyedRandom } from '../random.js';
import { slic } from './slic.js';
import { pieces, slicTwin } from './testing/slic-twin.js';

/** Made by scripts/slic-golden.py. */
const { scenes } = JSON.parse(readFileSync(fixturePath('slic.json'), 'utf8')) as {
  scenes: { image: string; segments: number; compactness: number; labels: string[] }[];
};

/** Noise over patches of colors, in whole gray levels. */
function patchy(height: number, width: number, key: string, noise = 40): Float32Array {
  const random = keyedRandom('slic', key);
  const patches = Array.from({ length: 3 * 16 }, () => random.uniform() * (255 - noise));
  return Float32Array.from({ length: 3 * height * width }, (_, at) => {
    const [channel, i] = [Math.floor(at / (height * width)), at % (height * width)];
    const [row, column] = [Math.floor(i / width), i % width];
    const patch = 4 * Math.floor((4 * row) / height) + Math.floor((4 * column) / width);
    return Math.round(patches[3 * patch + channel]! + random.uniform() * noise);
  });
}

/** The adjusted Rand index of two partitions (Hubert & Arabie 1985): 1 when equal, 0 as by chance. */
function adjustedRand(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const pairs = (n: number) => (n * (n - 1)) / 2;
  const within = (key: (i: number) => string) => {
    const sizes = new Map<string, number>();
    for (let i = 0; i < a.length; i++) sizes.set(key(i), (sizes.get(key(i)) ?? 0) + 1);
    return [...sizes.values()].reduce((sum, n) => sum + pairs(n), 0);
  };
  const [both, one, other] = [
    within((i) => `${a[i]} ${b[i]}`),
    within((i) => `${a[i]}`),
    within((i) => `${b[i]}`),
  ];
  const chance = (one * other) / pairs(a.length);
  return (both - chance) / ((one + other) / 2 - chance);
}

describe('SLIC', () => {
  it.each([
    [12, 14, 6, 10],
    [16, 11, 9, 1],
    [9, 9, 4, 40],
    [10, 8, 80, 10],
    [7, 20, 3, 5],
    [13, 13, 20, 0.1],
  ])('is what the paper says, on %i×%i pixels in %i segments', (height, width, segments, m) => {
    for (const key of ['a', 'b']) {
      const image = patchy(height, width, key);
      const { labels, count } = slic(image, height, width, { segments, compactness: m });
      const expected = slicTwin(image, height, width, segments, m);
      expect([...labels]).toEqual(expected);
      expect(count).toBe(Math.max(...expected) + 1);
    }
  });

  it('agrees with scikit-image far better than a grid does', async () => {
    const agreements = await Promise.all(
      scenes.map(async ({ image, segments, compactness, labels }) => {
        const x = planesOf(await decodePicture(fixturePath('embedded', image)));
        for (const channel of [0, 1, 2]) {
          x[1024 * channel] = 0;
          x[1024 * channel + 1023] = 255;
        }
        const theirs = labels.flatMap((row) => row.split(' ').map(Number));
        const grid = theirs.map((_, i) => 4 * (i >> 8) + ((i >> 3) & 3));
        const ours = slic(x, 32, 32, { segments, compactness }).labels;
        return [adjustedRand(ours, theirs), adjustedRand(grid, theirs)] as const;
      }),
    );
    const mean = (which: 0 | 1) =>
      agreements.reduce((sum, pair) => sum + pair[which], 0) / agreements.length;
    expect(mean(0)).toBeGreaterThan(0.75);
    expect(mean(1)).toBeLessThan(0.6);
  });

  it.each([
    [60, 10, 0.3],
    [12, 30, 0.3],
    [200, 20, 0.3],
    // clusters fall into pieces
    [60, 1, 1],
  ])('gives connected regions, about %i of them, none tiny', (segments, compactness, within) => {
    const [height, width] = [90, 120];
    const image = patchy(height, width, 'large', 20);
    const { labels, count } = slic(image, height, width, { segments, compactness });
    // numbered in reading order, each in one piece
    expect([...labels]).toEqual(pieces([...labels], height, width));
    expect(new Set(labels).size).toBe(count);
    expect(Math.abs(count / segments - 1)).toBeLessThan(within);
    const sizes = new Int32Array(count);
    for (const label of labels) sizes[label]!++;
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual((height * width) / segments / 4);
    // the same again
    expect(slic(image, height, width, { segments, compactness }).labels).toEqual(labels);
  });

  it('is a grid on an image of one color', () => {
    const { labels, count } = slic(new Float32Array(3 * 729).fill(90), 27, 27, {
      segments: 9,
      compactness: 10,
    });
    expect(count).toBe(9);
    const grid = Array.from(
      { length: 729 },
      (_, i) => 3 * Math.floor(i / 243) + Math.floor((i % 27) / 9),
    );
    expect([...labels]).toEqual(grid);
  });

  it('is nearly a grid where place weighs most, and follows an edge where color does', () => {
    // a slanting edge
    const side = 36;
    const image = Float32Array.from({ length: 3 * side * side }, (_, at) => {
      const [row, column] = [Math.floor((at % (side * side)) / side), at % side];
      return column > 9 + row / 2 ? 220 : 30;
    });
    const bright = (i: number) => image[i]! > 100;
    const grid = Array.from(
      { length: side * side },
      (_, i) => 4 * Math.floor(i / side / 9) + Math.floor((i % side) / 9),
    );
    const at = (compactness: number) =>
      slic(image, side, side, { segments: 16, compactness }).labels;
    /** Pixels that are of the color that most of their region does not have. */
    const across = (labels: Int32Array) => {
      const counts = Array.from({ length: Math.max(...labels) + 1 }, () => [0, 0]);
      for (const [i, label] of labels.entries()) counts[label]![bright(i) ? 1 : 0]!++;
      return counts.reduce((sum, [dark, light]) => sum + Math.min(dark!, light!), 0);
    };
    expect(adjustedRand(at(1e5), grid)).toBeGreaterThan(0.95);
    expect(across(at(1e5))).toBeGreaterThan(50);
    expect(across(at(1))).toBe(0);
  });
});
