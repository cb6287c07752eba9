// The eigenvector of a symmetric matrix with the largest |eigenvalue|, from products with vectors alone:
// Lanczos' method with full reorthogonalisation (Golub & Van Loan, chapter 10).
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

export interface Eigenpair {
  readonly value: number;
  /** Of length 1. */
  readonly vector: Float64Array;
  /** ‖Av − λv‖ / |λ| as Lanczos estimates it. */
  readonly residual: number;
  /** Products with the matrix that it took. */
  readonly products: number;
  readonly converged: boolean;
}

export interface LanczosOptions {
  /** Residual at which to stop; default 1e-3. */
  readonly tolerance?: number;
  /** Most products with the matrix; default 200. */
  readonly most?: number;
}

/** Products before the first look: the extreme eigenvalue may come late into a small space. */
const LEAST = 8;
/** How much larger the space is at the next look. */
const GROWTH = 1.15;

const dot = (a: Float64Array, b: Float64Array): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};

/** a + s·b, in place. */
const addScaled = (a: Float64Array, s: number, b: Float64Array): void => {
  for (let i = 0; i < a.length; i++) a[i]! += s * b[i]!;
};

/** The extreme eigenpair of the tridiagonal matrix of a basis: its value and the vector's coordinates. */
function extremeRitz(
  diagonal: readonly number[],
  beside: readonly number[],
): { value: number; coordinates: number[] } {
  const m = diagonal.length;
  const matrix = Matrix.zeros(m, m);
  diagonal.forEach((a, i) => {
    matrix.set(i, i, a);
    if (i + 1 < m) {
      matrix.set(i, i + 1, beside[i]!);
      matrix.set(i + 1, i, beside[i]!);
    }
  });
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const best = realEigenvalues.reduce(
    (top, value, i) => (Math.abs(value) > Math.abs(realEigenvalues[top]!) ? i : top),
    0,
  );
  return { value: realEigenvalues[best]!, coordinates: eigenvectorMatrix.getColumn(best) };
}

/**
 * Finds the eigenpair of a symmetric matrix whose eigenvalue is largest in size.
 * @param product the matrix times a vector of length 1
 * @param start any vector with a part along the one sought, such as a random one
 */
export async function extremeEigenpair(
  product: (v: Float64Array) => Promise<ArrayLike<number>>,
  start: Float64Array,
  { tolerance = 1e-3, most = 200 }: LanczosOptions = {},
): Promise<Eigenpair> {
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let length = Math.sqrt(dot(start, start));
  let next = start.map((v) => v / length);
  const limit = Math.min(most, start.length);
  let look = LEAST;
  for (;;) {
    basis.push(next);
    const w = Float64Array.from(await product(next));
    diagonal.push(dot(next, w));
    // twice is enough, to working precision
    for (let pass = 0; pass < 2; pass++) for (const v of basis) addScaled(w, -dot(w, v), v);
    length = Math.sqrt(dot(w, w));
    const m = basis.length;
    const scale = Math.max(...diagonal.map(Math.abs), ...beside);
    const exhausted = m === limit || length <= 1e-12 * scale;
    if (exhausted || m === look) {
      look = Math.ceil(m * GROWTH);
      const { value, coordinates } = extremeRitz(diagonal, beside);
      const error = length * Math.abs(coordinates[m - 1]!);
      const residual = value === 0 ? 0 : error / Math.abs(value);
      if (exhausted || residual <= tolerance) {
        const vector = new Float64Array(start.length);
        basis.forEach((v, i) => {
          addScaled(vector, coordinates[i]!, v);
        });
        return { value, vector, residual, products: m, converged: residual <= tolerance };
      }
    }
    beside.push(length);
    next = w.map((v) => v / length);
  }
}
