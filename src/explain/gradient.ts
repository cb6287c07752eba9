// Simple gradient (Simonyan et al. 2013): the derivative of the class score in the image; and
// gradient×input (Shrikumar et al. 2016), which multiplies it by the network's own input.
import { gradient as derivative, mul, sub, sum, type Tensor } from '../graph/index.js';
import { lower, zeroOf } from '../model/index.js';
import type { Method, Subject } from './method.js';

/** ∂S_l/∂x at the images, [N,3,H,W]. */
export function scoreGradient({ network, activation, x, target }: Subject, at: Tensor = x): Tensor {
  const score = lower(network, at, activation).score(target);
  return derivative(sum(score), [at])[0]!;
}

/** ∂S_l/∂x. */
export const gradient = (): Method => ({
  name: 'gradient',
  contribution: (subject) => scoreGradient(subject),
});

/** x̂ ⊙ ∂S_l/∂x̂, which is (x − x₀) ⊙ ∂S_l/∂x with x₀ the image that preprocessing maps to zero. */
export const gradientTimesInput = (): Method => ({
  name: 'gradient-x-input',
  contribution: (subject) => mul(sub(subject.x, zeroOf(subject.network)), scoreGradient(subject)),
});
