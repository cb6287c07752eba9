// Images in whole gray levels, as a file of a picture holds them.

/** Raised when kept iterates are rounded otherwise. Runs that round none do not depend on it. 1: to the nearest level. */
export const QUANTISE_VERSION = 2;

/**
 * An iterate in whole gray levels, rounded towards the clean image: no value is further from it than before, so that a
 * bound ε holds, and below one gray level nothing is left of a change.
 * @param clean the clean image, in whole gray levels
 */
export const quantized = (x: Float32Array, clean: Float32Array): Float32Array =>
  x.map((value, i) => (value > clean[i]! ? Math.floor(value) : Math.ceil(value)));
