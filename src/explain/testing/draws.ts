// Draws for tests.
import { keyedRandom, normalNumbers } from '../../random.js';
import type { Draws } from '../method.js';

/**
 * Draws of an image.
 * @param uniform what uniform numbers are (default a half each)
 */
export const drawsOf = (
  origin: Float32Array = new Float32Array(),
  uniform: () => number = () => 0.5,
): Draws => ({
  origin,
  uniform,
  normal: (purpose, count) => normalNumbers(count, 1, keyedRandom('draws', purpose)),
});
