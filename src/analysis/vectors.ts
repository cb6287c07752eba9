// Arithmetic of vectors in float64.

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};

/** The Euclidean length. */
export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** a + s·b, in place. */
export const addScaled = (a: Float64Array, s: number, b: ArrayLike<number>): void => {
  for (let i = 0; i < a.length; i++) a[i]! += s * b[i]!;
};

/** a + s·b. */
export function plus(a: ArrayLike<number>, s: number, b: ArrayLike<number>): Float64Array {
  const sum = Float64Array.from(a);
  addScaled(sum, s, b);
  return sum;
}
