import { describe, expect, test } from 'vitest';
import { pcc } from './pcc.js';
import { golden, mapsOf, titleOf } from './testing/golden.js';

describe('pcc', () => {
  test.each(golden.maps.map((c) => [titleOf(c), c] as const))('as SciPy on %s', (_, c) => {
    expect(pcc(...mapsOf(c))).toBeCloseTo(c.pcc, 11);
  });

  test('of a linear image is exactly 1 or -1', () => {
    const a = Float64Array.of(0.1, 0.7, 0.2, 0.3);
    expect(pcc(a, a)).toBe(1);
    expect(
      pcc(
        a,
        a.map((value) => 1 - 3 * value),
      ),
    ).toBeCloseTo(-1, 14);
  });

  test('is undefined for constants whose computed mean is not exact', () => {
    const constant = new Float64Array(51529).fill(1 / 51529);
    const varied = constant.map((value, i) => value + i);
    expect(pcc(constant, varied)).toBeUndefined();
    expect(pcc(varied, constant)).toBeUndefined();
  });

  test('is undefined for values that are not finite or whose squares are not', () => {
    const a = Float64Array.of(1, 2, 3);
    expect(pcc(a, Float64Array.of(1, Number.NaN, 2))).toBeUndefined();
    expect(pcc(Float64Array.of(1, Number.POSITIVE_INFINITY, 2), a)).toBeUndefined();
    expect(pcc(a, Float64Array.of(1e200, -1e200, 0))).toBeUndefined();
    expect(pcc(a, Float64Array.of(1e-200, 2e-200, 0))).toBeUndefined();
  });

  test('refuses arrays of different lengths', () => {
    expect(() => pcc(Float64Array.of(1, 2), Float64Array.of(1, 2, 3))).toThrow(/2 and 3/);
  });
});
