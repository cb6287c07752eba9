// Extreme eigenvalues of a symmetric matrix, and the eigenvectors, from products with vectors alone: Lanczos' method
// with full reorthogonalisation (Golub & Van Loan, chapter 10).
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { addScaled, dot } from './vectors.js';

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

/** The two ends of a spectrum. */
export interface Ends {
  readonly least: number;
  readonly largest: number;
  /** That of the larger size, with its vector. */
  readonly extreme: { readonly value: number; readonly vector: Float64Array };
  /** The larger ‖Av − λv‖ of both over the size of the extreme one, as Lanczos estimates it. */
  readonly residual: number;
  readonly products: number;
}

export interface LanczosOptions {
  /** Residual at which to stop; default 1e-3. */
  readonly tolerance?: number;
  /** Most products with the matrix; default 200. */
  readonly most?: number;
}

/** The matrix times a vector of length 1. */
export type Product = (v: Float64Array) => Promise<ArrayLike<number>>;

/** Products before the first look: the extreme eigenvalue may come late into a small space. */
const LEAST = 8;
/** How much larger the space is at the next look. */
const GROWTH = 1.15;

/** An eigenpair of the matrix within a space of vectors. */
interface Ritz {
  readonly value: number;
  /** ‖Av − λv‖. */
  readonly error: number;
  vector(): Float64Array;
}

/** What is known of a matrix from its products so far. */
interface Look {
  readonly pairs: readonly Ritz[];
  readonly products: number;
  /** No further product is possible, or allowed. */
  readonly exhausted: boolean;
}

/** The eigenpairs of the tridiagonal matrix of a basis; `length` is that of the next vector before it is scaled. */
function ritzPairs(
  basis: readonly Float64Array[],
  diagonal: readonly number[],
  beside: readonly number[],
  length: number,
): Ritz[] {
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
  return realEigenvalues.map((value, k) => {
    const coordinates = eigenvectorMatrix.getColumn(k);
    return {
      value,
      error: length * Math.abs(coordinates[m - 1]!),
      vector() {
        const vector = new Float64Array(basis[0]!.length);
        basis.forEach((v, i) => {
          addScaled(vector, coordinates[i]!, v);
        });
        return vector;
      },
    };
  });
}

/**
 * Multiplies until the judge has a result.
 * @param start any vector with a part along those sought, such as a random one
 * @param judge gives a result, or undefined for more products; a result where there can be no more
 */
async function lanczos<T>(
  product: Product,
  start: Float64Array,
  most: number,
  judge: (look: Look) => T | undefined,
): Promise<T> {
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
      const pairs = ritzPairs(basis, diagonal, beside, length);
      const result = judge({ pairs, products: m, exhausted });
      if (result !== undefined) return result;
    }
    beside.push(length);
    next = w.map((v) => v / length);
  }
}

const outermost = (pairs: readonly Ritz[], size: (value: number) => number): Ritz =>
  pairs.reduce((top, pair) => (size(pair.value) > size(top.value) ? pair : top));

/**
 * Finds the eigenpair of a symmetric matrix whose eigenvalue is largest in size.
 * @param start any vector with a part along the one sought, such as a random one
 */
export const extremeEigenpair = (
  product: Product,
  start: Float64Array,
  { tolerance = 1e-3, most = 200 }: LanczosOptions = {},
): Promise<Eigenpair> =>
  lanczos(product, start, most, ({ pairs, products, exhausted }) => {
    const { value, error, vector } = outermost(pairs, Math.abs);
    const residual = value === 0 ? 0 : error / Math.abs(value);
    return exhausted || residual <= tolerance
      ? { value, vector: vector(), residual, products, converged: residual <= tolerance }
      : undefined;
  });

/**
 * Finds the least and the largest eigenvalue of a symmetric matrix.
 * @param start any vector with a part along those sought, such as a random one
 */
export const endsOfSpectrum = (
  product: Product,
  start: Float64Array,
  { tolerance = 1e-3, most = 200 }: LanczosOptions = {},
): Promise<Ends> =>
  lanczos(product, start, most, ({ pairs, products, exhausted }) => {
    const [least, largest] = [outermost(pairs, (v) => -v), outermost(pairs, (v) => v)];
    const extreme = outermost([least, largest], Math.abs);
    const { value, vector } = extreme;
    const residual = value === 0 ? 0 : Math.max(least.error, largest.error) / Math.abs(value);
    if (!exhausted && residual > tolerance) return undefined;
    const ends = { least: least.value, largest: largest.value };
    return { ...ends, extreme: { value, vector: vector() }, residual, products };
  });
