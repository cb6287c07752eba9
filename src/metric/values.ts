// What every metric is computed on: a typed array of numbers, read element by element and summed in
// float64 whatever its own width is. Beside the type live the questions several metrics ask first:
// do two arrays pair up, is there anything in them to correlate, is there a map of the stated size.

/** The values of a map, an image or a score vector. */
export type Values = Float32Array | Float64Array;

/** Throws unless `a` and `b` hold the same number of values. */
export function requireSameLength(a: Values, b: Values): void {
  if (a.length !== b.length) {
    throw new Error(
      `the two arrays hold ${a.length} and ${b.length} values, expected equally many`,
    );
  }
}

/** Throws unless `values` holds exactly the elements of an array of the given `shape`. */
export function requireShape(values: Values, ...shape: number[]): void {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (values.length !== size) {
    throw new Error(`${values.length} values do not fill an array of ${shape.join(' x ')}`);
  }
}

/**
 * Whether a correlation with `values` is defined: all of them are finite and at least two differ.
 * The comparison is exact, because the computed variance of a constant is not always zero.
 */
export function isCorrelatable(values: Values): boolean {
  const first = values[0];
  let varies = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) return false;
    if (value !== first) varies = true;
  }
  return varies;
}
