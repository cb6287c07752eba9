// Targeted attack (Ghorbani et al. 2019, section 3): raises the saliency of a chosen region.
import { mul, sum } from '../graph/index.js';
import type { Dissimilarity } from './dissimilarity.js';

/** Rows top..bottom−1 and columns left..right−1 of a plane, as a mask of zeros and ones. */
export function boxMask(
  [top, left, bottom, right]: readonly [number, number, number, number],
  height: number,
  width: number,
): Float32Array {
  return Float32Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return row >= top && row < bottom && column >= left && column < right ? 1 : 0;
  });
}

/** D = Σ_{i∈A} I(x)_i; `mask` [H,W] is one on A and zero elsewhere. */
export const targetRegionDissimilarity = (mask: Float32Array): Dissimilarity => ({
  name: 'target-region',
  references: (images, height, width) => ({ region: [images, 1, height, width] }),
  of: (map, { region }) => sum(mul(map, region!), [1, 2, 3]),
  clean: () => ({ region: mask }),
});
