import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../random.js';
import { endsOfSpectrum, extremeEigenpair } from './lanczos.js';

const random = keyedRandom('lanczos');
const noise = (n: number) => Float64Array.from({ length: n }, () => random.uniform() - 0.5);

/** A symmetric matrix with the given eigenvalues, and its eigenvectors: a diagonal one between Householder reflections. */
function withSpectrum(values: readonly number[]) {
  const n = values.length;
  const axis = noise(n);
  const norm = Math.hypot(...axis);
  const reflect = (v: Float64Array) => {
    const along = (2 * v.reduce((s, x, i) => s + x * axis[i]!, 0)) / norm ** 2;
    return v.map((x, i) => x - along * axis[i]!);
  };
  return {
    product: async (v: Float64Array) => reflect(reflect(v).map((x, i) => x * values[i]!)),
    vector: (k: number) => reflect(Float64Array.from({ length: n }, (_, i) => (i === k ? 1 : 0))),
  };
}

const alignment = (a: Float64Array, b: Float64Array) =>
  Math.abs(a.reduce((s, x, i) => s + x * b[i]!, 0));

describe('the extreme eigenpair', () => {
  it.each([
    ['positive', 5],
    ['negative', -5],
  ])('is found among many, be it %s', async (_, extreme) => {
    const values = Array.from({ length: 300 }, (_, i) => Math.sin(i) * 4);
    values[117] = extreme;
    const { product, vector } = withSpectrum(values);
    const found = await extremeEigenpair(product, noise(300));
    expect(found.converged).toBe(true);
    expect(found.value).toBeCloseTo(extreme, 4);
    expect(alignment(found.vector, vector(117))).toBeGreaterThan(0.999);
    expect(found.products).toBeLessThan(120);
  });

  it('has the residual it says', async () => {
    const { product } = withSpectrum(Array.from({ length: 200 }, (_, i) => 1 / (1 + i)));
    for (const tolerance of [1e-1, 1e-3, 1e-6]) {
      const { value, vector, residual } = await extremeEigenpair(product, noise(200), {
        tolerance,
      });
      const image = await product(vector);
      const error = Math.hypot(...image.map((v, i) => v - value * vector[i]!));
      expect(residual).toBeLessThanOrEqual(tolerance);
      expect(error / Math.abs(value)).toBeCloseTo(residual, 8);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 10);
    }
  });

  it('is exact where the space is used up', async () => {
    const { product, vector } = withSpectrum([1, -2, 7]);
    const found = await extremeEigenpair(product, noise(3), { tolerance: 1e-15 });
    expect(found.value).toBeCloseTo(7, 10);
    expect(alignment(found.vector, vector(2))).toBeCloseTo(1, 10);
    expect(found.products).toBe(3);
  });

  it('says when it ran out of products', async () => {
    const { product } = withSpectrum(Array.from({ length: 400 }, (_, i) => Math.sin(i)));
    const found = await extremeEigenpair(product, noise(400), { tolerance: 1e-9, most: 10 });
    expect(found).toMatchObject({ products: 10, converged: false });
  });

  it('of a matrix of zeros is zero', async () => {
    const found = await extremeEigenpair(async (v) => v.map(() => 0), noise(5));
    expect(found).toMatchObject({ value: 0, residual: 0, products: 1 });
  });
});

describe('the ends of a spectrum', () => {
  it.each([
    ['above', [5, -4.5]],
    ['below', [3, -6]],
  ])('are both found, the extreme one %s', async (_, [largest, least]) => {
    const values = Array.from({ length: 300 }, (_, i) => Math.sin(i) * 2);
    values[40] = largest!;
    values[117] = least!;
    const { product, vector } = withSpectrum(values);
    const found = await endsOfSpectrum(product, noise(300));
    expect(found.largest).toBeCloseTo(largest!, 3);
    expect(found.least).toBeCloseTo(least!, 3);
    expect(found.residual).toBeLessThanOrEqual(1e-3);
    const up = largest! > -least!;
    expect(found.extreme.value).toBe(up ? found.largest : found.least);
    expect(alignment(found.extreme.vector, vector(up ? 40 : 117))).toBeGreaterThan(0.999);
  });
});
