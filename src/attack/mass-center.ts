// Mass-center attack (Ghorbani et al. 2019, section 3): moves the saliency map's center of mass.
import { concat, constant, mul, sqrt, sub, sum, type Tensor } from '../graph/index.js';
import { massCenter } from '../metric/center.js';
import type { Dissimilarity } from './dissimilarity.js';

/** Centers of mass (row, column) of maps [N,1,H,W] that sum to 1: [N,1,1,2]. */
function centerOf(map: Tensor): Tensor {
  const [, , height, width] = map.shape as [number, number, number, number];
  const count = (n: number) => Float32Array.from({ length: n }, (_, i) => i);
  const row = sum(mul(map, constant(count(height), [1, 1, height, 1], 'rows')), [2, 3]);
  const column = sum(mul(map, constant(count(width), [1, 1, 1, width], 'columns')), [2, 3]);
  return concat([row, column], 3);
}

/** Below this the truncated center is the center itself, and the distance has no direction. */
const NO_FRACTION = 1e-3;

/**
 * D = ‖C(x) − c‖₂ in pixels, reported with c the clean image's center.
 *
 * For the direction c is the surrogate's own center C_s at the clean image. There D is 0 and has no
 * gradient, so the first step measures from ⌊C_s⌋, as the authors' program does at every step; where
 * C_s has no fractions, from a point diagonally off it, which gives ∇(row + column).
 */
export const massCenterDissimilarity = (): Dissimilarity => ({
  name: 'mass-center',
  references: (images) => ({ center: [images, 1, 1, 2] }),
  of(map, { center }) {
    const offset = sub(centerOf(map), center!);
    return sqrt(sum(mul(offset, offset), [3]));
  },
  clean: (map, height, width) => ({ center: Float32Array.from(massCenter(map, height, width)) }),
  surrogate(map, height, width, step) {
    const center = massCenter(map, height, width);
    if (step > 0) return { center: Float32Array.from(center) };
    const truncated = center.map(Math.floor);
    const fractions = center.map((c, i) => c - truncated[i]!);
    return {
      center: Float32Array.from(
        fractions.every((f) => f < NO_FRACTION) ? center.map((c) => c - 1) : truncated,
      ),
    };
  },
});
