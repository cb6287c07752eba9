// Outlines of regions along the edges of pixels.
import { describe, expect, it } from 'vitest';
import { outlineOf } from './outline.js';

const regionOf = (...rows: readonly string[]) => ({
  mask: Float32Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0)),
  height: rows.length,
  width: rows[0]!.length,
});

describe('an outline', () => {
  it('of a box has four sides, in pixels of the drawing', () => {
    const data = outlineOf(regionOf('....', '.##.', '.##.', '....'), 100, 200, 6);
    expect(data.match(/M[^M]+/g)).toEqual([
      'M106 206H118',
      'M106 218H118',
      'M106 206V218',
      'M118 206V218',
    ]);
  });

  it('runs along the border of the map, around holes and between parts', () => {
    const region = regionOf('###..', '#.#.#', '###..');
    const lengths = [...outlineOf(region, 0, 0, 1).matchAll(/M(\d+) (\d+)([HV])(\d+)/g)].map(
      ([, x, y, way, to]) => Number(to) - Number(way === 'H' ? x : y),
    );
    // 12 around the ring, 4 around its hole, 4 around the pixel apart
    expect(lengths.reduce((a, b) => a + b)).toBe(20);
  });

  it('of nothing is nothing', () => {
    expect(outlineOf(regionOf('..', '..'), 0, 0, 1)).toBe('');
  });
});
