// The colors of maps: every method has some, they go from dark to bright, and a map is clipped where it is said.
import { interpolateInferno, interpolateViridis } from 'd3-scale-chromatic';
import { describe, expect, it } from 'vitest';
import { type MethodItem, methodNames, resolveMethod, type SingleItem } from '../config/methods.js';
import { brightestOf, colorMapOf, drawnMap } from './colors.js';

const rgb = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
/** Relative luminance (sRGB, IEC 61966-2-1). */
const luminance = (hex: string) => {
  const [r, g, b] = rgb(hex).map((v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
};
const steps = Array.from({ length: 33 }, (_, i) => i / 32);
const itemOf = (name: MethodItem['name']): MethodItem => resolveMethod({ name });
const [sensitivity, contribution] = [itemOf('gradient'), itemOf('lrp')].map(colorMapOf);

describe('colors', () => {
  const singles = methodNames.filter((name) => name !== 'smoothgrad');

  it.each(methodNames)('are there for %s, and go from dark to bright', (name) => {
    const colors = colorMapOf(itemOf(name));
    expect(colors(0.5)).toMatch(/^#[0-9a-f]{6}$/);
    const bright = steps.map((v) => luminance(colors(v)));
    expect(bright[0]).toBeLessThan(0.03);
    expect(bright.at(-1)).toBeGreaterThan(0.7);
    for (let i = 1; i < bright.length; i++)
      expect(bright[i], `at ${steps[i]}`).toBeGreaterThan(bright[i - 1]!);
  });

  it.each(singles)('of SmoothGrad of %s are its own', (name) => {
    const smoothed: MethodItem = {
      ...(itemOf('smoothgrad') as Extract<MethodItem, { name: 'smoothgrad' }>),
      of: itemOf(name) as SingleItem,
    };
    expect(colorMapOf(smoothed)).toBe(colorMapOf(itemOf(name)));
  });

  it('tell the two families of methods apart', () => {
    expect([sensitivity, contribution]).toEqual([interpolateInferno, interpolateViridis]);
    const sensitivities = singles.filter((name) => colorMapOf(itemOf(name)) === sensitivity);
    expect(sensitivities).toEqual(['gradient', 'guided-backprop']);
    const others = singles.filter((name) => !sensitivities.includes(name));
    for (const name of others) expect(colorMapOf(itemOf(name)), name).toBe(contribution);
  });
});

describe('a map', () => {
  it('is brightest at its 99th percentile', () => {
    // 1 to 1000 in some order; numpy.percentile gives the same
    const map = Float32Array.from({ length: 1000 }, (_, i) => ((i * 7) % 1000) + 1);
    expect(brightestOf(map)).toBeCloseTo(990.01, 9);
  });

  it('is brightest at its largest value where the percentile is zero', () => {
    const map = new Float32Array(1000);
    map[17] = 0.5;
    expect(brightestOf(map)).toBe(0.5);
    expect(brightestOf(new Float32Array(4))).toBe(0);
  });

  it('is drawn in proportion, and above the percentile as at it', () => {
    const map = Float32Array.from({ length: 200 }, (_, i) => Math.min(i, 100));
    map[199] = 1e6;
    const { data, height, width } = drawnMap(map, 10, 20, sensitivity!);
    expect([height, width, data.length]).toEqual([10, 20, 600]);
    const at = (i: number) => [...data.subarray(3 * i, 3 * i + 3)];
    expect(at(0)).toEqual(rgb(sensitivity!(0)));
    expect(at(40)).toEqual(rgb(sensitivity!(0.4)));
    expect(at(150)).toEqual(rgb(sensitivity!(1)));
    expect(at(199)).toEqual(at(150));
  });

  it('without any saliency is dark', () => {
    const { data } = drawnMap(new Float32Array(4), 2, 2, contribution!);
    expect([...data]).toEqual([1, 2, 3, 4].flatMap(() => rgb(contribution!(0))));
  });
});
