import { describe, expect, test } from 'vitest';
import { spearman } from './spearman.js';
import { golden, mapsOf, titleOf } from './testing/golden.js';

describe('spearman', () => {
  test.each(golden.maps.map((c) => [titleOf(c), c] as const))('as SciPy on %s', (_, c) => {
    expect(spearman(...mapsOf(c))).toBeCloseTo(c.spearman, 11);
  });

  test('ties get average ranks', () => {
    const { values, others, spearman: expected } = golden.ranks;
    expect(spearman(Float64Array.from(values), Float32Array.from(others))).toBeCloseTo(
      expected,
      14,
    );
  });

  test('sees only the order', () => {
    const a = Float64Array.of(0.1, 0.7, 0.2, 0.3);
    expect(
      spearman(
        a,
        a.map((value) => Math.exp(20 * value)),
      ),
    ).toBe(1);
    expect(
      spearman(
        a,
        a.map((value) => -(value ** 3)),
      ),
    ).toBe(-1);
  });

  test('is undefined for a constant or a value that is not finite', () => {
    const a = Float64Array.of(1, 2, 3);
    expect(spearman(a, new Float64Array(3).fill(0.1))).toBeUndefined();
    expect(spearman(new Float64Array(3), a)).toBeUndefined();
    expect(spearman(a, Float64Array.of(1, Number.NaN, 2))).toBeUndefined();
    expect(spearman(a, Float64Array.of(1, Number.NEGATIVE_INFINITY, 2))).toBeUndefined();
  });

  test('refuses arrays of different lengths', () => {
    expect(() => spearman(Float64Array.of(1, 2), Float64Array.of(1, 2, 3))).toThrow(/2 and 3/);
  });
});
