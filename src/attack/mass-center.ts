// Mass-center attack (Ghorbani et al. 2019, section 3): moves the saliency map's center of mass.
import type { Values } from '../engine/engine.js';
import { concat, constant, mul, sqrt, sub, sum, type Tensor } from '../graph/index.js';
import { massCenter, truncatedCenter } from '../metric/center.js';
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

/** ⌊C_s⌋ at the first step or a point that gives ∇(row + column), then C_s. */
const startingOff = (map: Float32Array, height: number, width: number, step: number): Values => {
  const center = massCenter(map, height, width);
  if (step > 0) return { center: Float32Array.from(center) };
  const whole = truncatedCenter(map, height, width);
  const fractions = center.map((c, i) => c - whole[i]!);
  return {
    center: Float32Array.from(
      fractions.every((f) => f < NO_FRACTION) ? center.map((c) => c - 1) : whole,
    ),
  };
};

/**
 * D = ‖C(x) − c‖₂ in pixels, reported with c the clean image's center, or the point shifts are measured from.
 *
 * For the direction c is the surrogate's own center C_s at the clean image. There D is 0 and has no
 * gradient, so the first step measures from ⌊C_s⌋; where C_s has no fractions, from a point diagonally off
 * it, which gives ∇(row + column).
 *
 * @param truncated measures from the point of whole pixels that shifts are measured from, ⌊C_s⌋, at every step as the authors' program does (default false)
 */
export const massCenterDissimilarity = ({ truncated = false } = {}): Dissimilarity => ({
  name: 'mass-center',
  references: (images) => ({ center: [images, 1, 1, 2] }),
  of(map, { center }) {
    const offset = sub(centerOf(map), center!);
    return sqrt(sum(mul(offset, offset), [3]));
  },
  clean: (map, height, width, beside) => ({
    center: Float32Array.from(beside?.center ?? massCenter(map, height, width)),
  }),
  ...(truncated ? {} : { surrogate: startingOff }),
});
