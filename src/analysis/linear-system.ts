// Linear systems with one symmetric matrix and many right-hand sides, in float64: by Cholesky's factors where
// the matrix is positive definite, else by its pseudo-inverse. And the matrices that Hessians are: weighted sums of
// outer products.
import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from 'ml-matrix';

export interface LinearSystem {
  readonly by: 'cholesky' | 'pseudo-inverse';
  /** Size less the directions in which the matrix vanishes, to rounding. */
  readonly rank: number;
  /** The solution of Ax = b; of least length, and nearest to one, where A is singular. */
  solve(b: Float64Array): Float64Array;
}

const diagonalOf = (a: Matrix): number[] => Array.from({ length: a.rows }, (_, i) => a.get(i, i));

/** What counts as zero beside the largest number of a computation with n×n matrices. */
const rounding = (n: number, largest: number): number => n * Number.EPSILON * largest;

/** By Cholesky's factors; undefined where the matrix is not positive definite, or to rounding singular. */
export function choleskySystem(a: Matrix): LinearSystem | undefined {
  const factors = new CholeskyDecomposition(a);
  if (!factors.isPositiveDefinite()) return undefined;
  const least = Math.min(...diagonalOf(factors.lowerTriangularMatrix)) ** 2;
  if (!(least > rounding(a.rows, Math.max(...diagonalOf(a))))) return undefined;
  return {
    by: 'cholesky',
    rank: a.rows,
    solve: (b) => Float64Array.from(factors.solve(Matrix.columnVector(b)).to1DArray()),
  };
}

/** By eigenvalues and eigenvectors, those of eigenvalues that are zero to rounding left out. */
export function pseudoInverseSystem(a: Matrix): LinearSystem {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(a, {
    assumeSymmetric: true,
  });
  const zero = rounding(a.rows, Math.max(...realEigenvalues.map(Math.abs)));
  const inverse = realEigenvalues.map((value) => (Math.abs(value) > zero ? 1 / value : 0));
  const transposed = eigenvectorMatrix.transpose();
  return {
    by: 'pseudo-inverse',
    rank: inverse.filter((value) => value !== 0).length,
    solve(b) {
      const coordinates = transposed.mmul(Matrix.columnVector(b)).mulColumnVector(inverse);
      return Float64Array.from(eigenvectorMatrix.mmul(coordinates).to1DArray());
    },
  };
}

/** By Cholesky's factors where the matrix has them, else by the pseudo-inverse. */
export const linearSystem = (a: Matrix): LinearSystem =>
  choleskySystem(a) ?? pseudoInverseSystem(a);

/**
 * Σ_i c_i·r_i·r_iᵀ, plus a diagonal. Half of it is computed and mirrored, and zeros are passed over, of which
 * features behind a ReLU have many.
 */
export function outerSum(
  rows: readonly Float64Array[],
  coefficients: ArrayLike<number>,
  diagonal: ArrayLike<number>,
): Matrix {
  const size = diagonal.length;
  const lower = Array.from({ length: size }, () => new Float64Array(size));
  rows.forEach((row, i) => {
    for (let j = 0; j < size; j++) {
      const scaled = coefficients[i]! * row[j]!;
      if (scaled === 0) continue;
      const into = lower[j]!;
      for (let k = 0; k <= j; k++) into[k]! += scaled * row[k]!;
    }
  });
  for (let j = 0; j < size; j++) {
    lower[j]![j]! += diagonal[j]!;
    for (let k = 0; k < j; k++) lower[k]![j] = lower[j]![k]!;
  }
  return new Matrix(lower);
}
