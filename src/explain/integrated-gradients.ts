// Integrated gradients (Sundararajan et al. 2017): the difference from a reference times the mean
// gradient on the straight path from it. The reference is the image that preprocessing maps to zero:
// the mean color (ImageNet) or the pixel-wise mean image (CIFAR-10).
import { add, mul, sub, type Tensor } from '../graph/index.js';
import { zeroOf } from '../model/index.js';
import { type Differentiated, scoreGradient } from './gradient.js';
import type { Method } from './method.js';

/**
 * Δx ⊙ (1/M) Σ_{k=1..M} ∂S_l/∂x (x₀ + k/M·Δx) (Ghorbani et al. 2019, section 2.1).
 * @param steps points M of a reported map (default 100)
 * @param direction points of an attack's direction (default M); fewer than M are drawn afresh, one from each of as many equal parts of the path
 * @param output what S is: the class's score, or its softmax probability (default scores)
 */
export function integratedGradients({
  steps = 100,
  direction = steps,
  output,
}: Differentiated & {
  steps?: number | undefined;
  direction?: number | undefined;
} = {}): Method {
  const fixed = Array.from({ length: steps }, (_, k) => Float32Array.of((k + 1) / steps));
  return {
    name: 'integrated-gradients',
    samples: {
      count: steps,
      direction,
      shape: (images) => [images, 1, 1, 1],
      fixed: () => fixed,
      drawn: ({ uniform }) =>
        direction === steps
          ? fixed
          : Array.from({ length: direction }, (_, k) =>
              Float32Array.of((k + uniform()) / direction),
            ),
    },
    contribution(subject, sample) {
      const reference = zeroOf(subject.network);
      const difference = sub(subject.x, reference);
      const point = add(reference, mul(sample as Tensor, difference));
      return mul(difference, scoreGradient(subject, point, output));
    },
  };
}
