import { describe, expect, test } from 'vitest';
import { ssim } from './ssim.js';
import { draw, fastest, golden, mapsOf, titleOf } from './testing/golden.js';

describe('ssim', () => {
  test.each(golden.maps.map((c) => [titleOf(c), c] as const))('as scikit-image on %s', (_, c) => {
    const [a, b] = mapsOf(c);
    expect(ssim(a, b, c.height, c.width)).toBeCloseTo(c.ssim, 11);
    expect(ssim(a, b, c.height, c.width, { dataRange: 0.01 })).toBeCloseTo(c.ssimRange, 11);
  });

  test('the window sums of one 11 x 11 image, by the definition', () => {
    const x = draw(9, 121);
    const y = draw(10, 121);
    const distance = (i: number) => (Math.floor(i / 11) - 5) ** 2 + ((i % 11) - 5) ** 2;
    const window = x.map((_, i) => Math.exp(-distance(i) / (2 * 1.5 ** 2)));
    const total = window.reduce((sum, weight) => sum + weight, 0);
    const mean = (of: (i: number) => number) =>
      window.reduce((sum, weight, i) => sum + (weight / total) * of(i), 0);
    const [mx, my] = [mean((i) => x[i]!), mean((i) => y[i]!)];
    const vx = mean((i) => (x[i]! - mx) ** 2);
    const vy = mean((i) => (y[i]! - my) ** 2);
    const cov = mean((i) => (x[i]! - mx) * (y[i]! - my));
    const [c1, c2] = [40.95 ** 2, 122.85 ** 2];
    const expected =
      ((2 * mx * my + c1) * (2 * cov + c2)) / ((mx ** 2 + my ** 2 + c1) * (vx + vy + c2));
    expect(ssim(x, y, 11, 11, { dataRange: 4095 })).toBeCloseTo(expected, 12);
  });

  test('of a map with itself is 1', () => {
    const map = draw(11, 13 * 17);
    expect(ssim(map, map, 13, 17)).toBeCloseTo(1, 14);
  });

  test('takes its range from the reference, not from the other map', () => {
    const a = draw(12, 256);
    const b = a.map((value, i) => (i === 0 ? 1e6 : value));
    expect(ssim(a, b, 16, 16)).not.toBeCloseTo(ssim(b, a, 16, 16)!, 3);
  });

  test('does not look at the border through reflection: the far corner counts once', () => {
    const a = draw(13, 13 * 13);
    const b = a.map((value, i) => (i === 0 ? value + 4095 : value));
    const inner = a.map((value, i) => (i === 6 * 13 + 6 ? value + 4095 : value));
    expect(1 - ssim(a, b, 13, 13)!).toBeGreaterThan(0);
    expect(1 - ssim(a, b, 13, 13)!).toBeLessThan(1e-3 * (1 - ssim(a, inner, 13, 13)!));
  });

  test('is undefined without a range, below 11 pixels and for values that are not finite', () => {
    const map = draw(14, 121);
    expect(ssim(new Float64Array(121).fill(0.1), map, 11, 11)).toBeUndefined();
    expect(ssim(map, map, 11, 11, { dataRange: 0 })).toBeUndefined();
    expect(ssim(map.subarray(0, 110), map.subarray(0, 110), 10, 11)).toBeUndefined();
    expect(ssim(map.subarray(0, 110), map.subarray(0, 110), 11, 10)).toBeUndefined();
    const broken = map.map((value, i) => (i === 60 ? Number.NaN : value));
    expect(ssim(map, broken, 11, 11)).toBeUndefined();
    expect(ssim(broken, map, 11, 11)).toBeUndefined();
  });

  test('refuses maps of another size', () => {
    expect(() => ssim(new Float64Array(5), new Float64Array(6), 2, 3)).toThrow(/5 and 6/);
    expect(() => ssim(new Float64Array(5), new Float64Array(5), 2, 3)).toThrow(/2 x 3/);
  });

  test('a map of 227 x 227 takes less than 50 ms', () => {
    const [a, b] = mapsOf(golden.maps[4]!);
    expect(fastest(5, () => ssim(a, b, 227, 227))).toBeLessThan(50);
  });
});
