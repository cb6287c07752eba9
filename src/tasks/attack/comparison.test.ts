// The metrics of a row on maps and images whose similarities follow from their definitions by hand.
import { describe, expect, it } from 'vitest';
import { ssim } from '../../metric/ssim.js';
import { keyedRandom } from '../../random.js';
import { formatRows } from '../../record/table.js';
import { compareImages, compareMaps } from './comparison.js';

const [HEIGHT, WIDTH] = [12, 15];
const PIXELS = HEIGHT * WIDTH;
/** A map with all its mass on one pixel. */
const spike = (row: number, column: number) => {
  const map = new Float32Array(PIXELS);
  map[row * WIDTH + column] = 1;
  return map;
};
const evaluation = (map: Float32Array, scores = [0, 0]) => ({
  map,
  scores: Float32Array.from(scores),
});
const compare = (a: Float32Array, b: Float32Array, k = 1) =>
  compareMaps(evaluation(a), evaluation(b), HEIGHT, WIDTH, k);
const noise = (key: string) => {
  const random = keyedRandom('comparison', key);
  return Float32Array.from({ length: PIXELS }, () => random.uniform() / PIXELS);
};

describe('two maps', () => {
  it('are compared pixel by pixel', () => {
    const metrics = compare(spike(2, 3), spike(5, 7));
    expect(metrics.topk_intersection).toBe(0);
    expect(metrics.center_shift).toBe(5);
    expect(metrics.mse).toBeCloseTo(2 / PIXELS, 15);
    // of two different spikes on n pixels: (0 − 1/n²) / (1/n − 1/n²); ranks of two values change nothing
    for (const metric of ['pcc', 'spearman', 'kendall'] as const)
      expect(metrics[metric], metric).toBeCloseTo(-1 / (PIXELS - 1), 12);
  });

  it('of one order have perfect rank correlations, whatever their values', () => {
    const map = noise('a');
    const metrics = compare(
      map,
      map.map((v) => v * v * PIXELS),
      20,
    );
    expect(metrics.spearman).toBeCloseTo(1, 12);
    expect(metrics.kendall).toBeCloseTo(1, 12);
    expect(metrics.topk_intersection).toBe(1);
    expect(metrics.pcc).toBeLessThan(0.99);
    expect(metrics.pcc).toBeGreaterThan(0.9);
  });

  it('with every two neighbours exchanged are nearly in one order', () => {
    const rising = Float32Array.from({ length: PIXELS }, (_, i) => i);
    const { spearman, kendall } = compare(
      rising,
      rising.map((i) => i ^ 1),
    );
    // all ranks are off by one; n/2 of the n(n − 1)/2 pairs are turned round
    expect(spearman).toBeCloseTo(1 - 6 / (PIXELS ** 2 - 1), 12);
    expect(kendall).toBeCloseTo(1 - 2 / (PIXELS - 1), 12);
  });

  it('share the part of their k largest pixels that k asks for', () => {
    const falling = Float32Array.from({ length: PIXELS }, (_, i) => PIXELS - i);
    // the 30 largest of one are pixels 0 to 29, of the other 15 to 44
    const shifted = falling.map((_, i) => falling[(i + PIXELS - 15) % PIXELS]!);
    expect(compare(falling, shifted, 30).topk_intersection).toBe(0.5);
    expect(compare(falling, shifted, 15).topk_intersection).toBe(0);
  });

  it('have the range of the clean one in their structural similarity', () => {
    const [a, b] = [noise('a'), noise('b').map((v) => 10 * v)];
    expect(ssim(a, b, HEIGHT, WIDTH)).not.toBe(ssim(b, a, HEIGHT, WIDTH));
    expect(compare(a, b).ssim).toBe(ssim(a, b, HEIGHT, WIDTH));
    expect(compare(a, a).ssim).toBeCloseTo(1, 12);
  });

  it('come with the distance of the scores', () => {
    const a = evaluation(spike(0, 0), [0, Math.log(3)]); // probabilities 1/4 and 3/4
    const b = evaluation(spike(0, 0), [5, 5]);
    const metrics = compareMaps(a, b, HEIGHT, WIDTH, 1);
    expect(metrics.output_change).toBeCloseTo(Math.SQRT2 / 4, 7);
    expect(metrics.softmax_mse_half).toBeCloseTo(1 / 32, 7);
    expect(metrics.logit_mse_half).toBeCloseTo((25 + (5 - Math.log(3)) ** 2) / 4, 5);
  });

  it.each([
    ['clean', new Float32Array(PIXELS).fill(1 / PIXELS), noise('a')],
    ['perturbed', noise('a'), new Float32Array(PIXELS).fill(1 / PIXELS)],
    ['vanished', noise('a'), new Float32Array(PIXELS)],
  ])('have no correlation where the %s one is constant', (which, a, b) => {
    const { spearman, kendall, pcc, center_shift } = compare(a, b);
    expect([spearman, kendall, pcc]).toEqual([undefined, undefined, undefined]);
    // a map of zeros has no center either
    const shift = which === 'vanished' ? /^,$/ : /^,\d/;
    expect(formatRows([{ spearman, center_shift }], ['spearman', 'center_shift']).trim()).toMatch(
      shift,
    );
  });
});

describe('two images', () => {
  /** An image of one grey level per channel. */
  const flat = (...levels: readonly number[]) =>
    Float32Array.from({ length: 3 * PIXELS }, (_, i) => levels[Math.floor(i / PIXELS)]!);

  it('are as far apart as the value that changed most, in grey levels', () => {
    const [a, b] = [flat(10, 20, 30), flat(10, 20, 30)];
    b[5] = 6.5;
    b[2 * PIXELS + 7] = 34;
    expect(compareImages(a, b, HEIGHT, WIDTH).linf).toBe(4);
  });

  it('are scaled to [0, 1] for the other measures', () => {
    const [a, b] = [
      [0, 51, 255],
      [51, 102, 153],
    ] as const;
    const metrics = compareImages(flat(...a), flat(...b), HEIGHT, WIDTH);
    expect(metrics.linf).toBe(102);
    // differences of 0.2, 0.2 and 0.4
    expect(metrics.image_mse).toBeCloseTo(0.24 / 3, 12);
    // where nothing varies within a channel, only its level counts
    const level = (x: number, y: number) => (2 * x * y + 1e-4) / (x * x + y * y + 1e-4);
    expect(metrics.image_ssim).toBeCloseTo(
      (level(0, 0.2) + level(0.2, 0.4) + level(1, 0.6)) / 3,
      9,
    );
    // deviations (−.4, −.2, .6) and (−.2, 0, .2)
    expect(metrics.image_pcc).toBeCloseTo(0.2 / Math.sqrt(0.56 * 0.08), 12);
  });
});
