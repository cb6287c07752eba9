import { describe, expect, it } from 'vitest';
import { NetworkBuilder } from './layers.js';

/** Rows of a pooled square plane. */
function pooled(
  size: number,
  kernel: number,
  stride: number,
  rounding: 'ceil' | 'floor',
  pad = 0,
): number {
  const b = new NetworkBuilder('pooled', size, size);
  const image = b.input({ scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  const { shape } = b.maxPool('pool', image, kernel, stride, rounding, pad);
  expect(shape).toEqual([3, shape[1], shape[1]]);
  return shape[1];
}

describe('the windows of a max-pool', () => {
  const cases = [3, 5, 6, 7, 8, 13].flatMap((size) =>
    [
      [3, 2],
      [2, 2],
      [3, 1],
      [1, 2],
      [2, 3],
    ].map(([kernel, stride]) => [kernel!, stride!, size] as const),
  );

  it.each(cases)(
    '%i/%i on %i pixels: floor counts the whole ones, ceil one more for pixels left over if it starts inside',
    (kernel, stride, size) => {
      let whole = 0;
      while (whole * stride + kernel <= size) whole++;
      const left = (whole - 1) * stride + kernel < size && whole * stride < size;
      expect(pooled(size, kernel, stride, 'floor')).toBe(whole);
      expect(pooled(size, kernel, stride, 'ceil')).toBe(left ? whole + 1 : whole);
    },
  );

  it.each(cases.filter(([kernel]) => kernel > 1))(
    '%i/%i on %i pixels padded by one: a window that rounding up adds starts before the padding after the plane',
    (kernel, stride, size) => {
      let whole = 0;
      while (whole * stride + kernel <= size + 2) whole++;
      const left = (whole - 1) * stride + kernel < size + 2 && whole * stride < size + 1;
      expect(pooled(size, kernel, stride, 'floor', 1)).toBe(whole);
      expect(pooled(size, kernel, stride, 'ceil', 1)).toBe(left ? whole + 1 : whole);
    },
  );

  it('one larger than the plane is cut when rounding up', () => {
    expect(pooled(2, 3, 2, 'ceil')).toBe(1);
  });
});

describe('an adaptive average', () => {
  const build = (height: number, width: number, size: number) => {
    const b = new NetworkBuilder('adaptive', height, width);
    const image = b.input({ scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
    b.adaptiveAverage('mean', image, size);
    return b.finish().layers.at(-1)!;
  };

  it('to the size the plane has is nothing', () => {
    expect(build(7, 7, 7).kind).toBe('preprocess');
  });

  it('to a whole part of it is a pool without overlap', () => {
    expect(build(12, 12, 4)).toMatchObject({
      shape: [3, 4, 4],
      window: { kernel: [3, 3], stride: [3, 3], pads: [0, 0, 0, 0] },
    });
  });

  it.each([
    [8, 8, 7],
    [14, 7, 7],
  ])('of %i×%i to %i is refused', (height, width, size) => {
    expect(() => build(height, width, size)).toThrow(
      `mean: a plane of ${height}×${width} has no ${size}×${size} equal parts`,
    );
  });
});
