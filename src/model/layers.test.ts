import { describe, expect, it } from 'vitest';
import { NetworkBuilder } from './layers.js';

/** Rows of a pooled square plane. */
function pooled(size: number, kernel: number, stride: number, rounding: 'ceil' | 'floor'): number {
  const b = new NetworkBuilder('pooled', size, size);
  const image = b.input({ scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  const { shape } = b.maxPool('pool', image, kernel, stride, rounding);
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

  it('one larger than the plane is cut when rounding up', () => {
    expect(pooled(2, 3, 2, 'ceil')).toBe(1);
  });
});
