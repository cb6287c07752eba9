import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { keyedRandom, normalNumbers } from '../random.js';
import { expectClose } from '../testing/float64.js';
import { choleskySystem, linearSystem, outerSum, pseudoInverseSystem } from './linear-system.js';

const rowsOf = (count: number, size: number, key: string): Float64Array[] => {
  const random = keyedRandom(key);
  return Array.from({ length: count }, () => Float64Array.from(normalNumbers(size, 1, random)));
};
const times = (a: Matrix, v: Float64Array) =>
  Float64Array.from({ length: a.rows }, (_, i) =>
    v.reduce((total, x, j) => total + a.get(i, j) * x, 0),
  );
const length = (v: ArrayLike<number>) => Math.hypot(...Array.from(v));

describe('the weighted sum of outer products', () => {
  it('is that of plain loops', () => {
    const rows = rowsOf(7, 4, 'outer').map((row) => row.map((v) => (v > 0 ? v : 0)));
    const coefficients = [0.5, -1, 2, 0, 3, 1, 0.1];
    const diagonal = [1, 2, 0, 4];
    const got = outerSum(rows, coefficients, diagonal);
    for (let j = 0; j < 4; j++)
      for (let k = 0; k < 4; k++) {
        let expected = j === k ? diagonal[j]! : 0;
        for (let i = 0; i < 7; i++) expected += coefficients[i]! * rows[i]![j]! * rows[i]![k]!;
        expect(got.get(j, k)).toBeCloseTo(expected, 12);
      }
  });
});

describe('a system with a damped Hessian', () => {
  const size = 129;
  const [b] = rowsOf(1, size, 'right-hand side') as [Float64Array];
  // fewer rows than unknowns, and large next to the damping
  const rows = rowsOf(60, size, 'rows').map((row) => row.map((v) => 30 * v));
  const hessian = (damping: number) =>
    outerSum(rows, new Float64Array(60).fill(1 / 60), new Float64Array(size).fill(damping));

  it('is solved by Cholesky to a relative residual below 1e-8', () => {
    const a = hessian(1e-3);
    const system = linearSystem(a);
    expect(system).toMatchObject({ by: 'cholesky', rank: size });
    const error = times(a, system.solve(b)).map((v, i) => v - b[i]!);
    expect(length(error) / length(b)).toBeLessThan(1e-8);
  });

  it('is singular without damping, and then solved by the pseudo-inverse', () => {
    const a = hessian(0);
    expect(choleskySystem(a)).toBeUndefined();
    const system = linearSystem(a);
    expect(system).toMatchObject({ by: 'pseudo-inverse', rank: 60 });
    // for what the matrix reaches the solution is one, and of least length: made of the rows themselves
    const reached = times(a, b);
    const solution = system.solve(reached);
    const error = times(a, solution).map((v, i) => v - reached[i]!);
    expect(length(error) / length(reached)).toBeLessThan(1e-8);
    expect(length(solution)).toBeLessThan(length(b));
    expectClose(system.solve(times(a, solution)), solution, 1e-8);
  });
});

describe('an indefinite matrix', () => {
  const a = new Matrix([
    [2, 1, 0],
    [1, -3, 0],
    [0, 0, 0],
  ]);

  it('has no Cholesky factors but a pseudo-inverse', () => {
    expect(choleskySystem(a)).toBeUndefined();
    const { rank, solve } = pseudoInverseSystem(a);
    expect(rank).toBe(2);
    // the inverse of the block is [3, 1; 1, -2] / 7
    expectClose(solve(Float64Array.of(1, 2, 5)), [5 / 7, -3 / 7, 0], 1e-12);
  });
});
