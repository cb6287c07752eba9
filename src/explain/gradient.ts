// Simple gradient (Simonyan et al. 2013): the derivative of the class score in the image; and
// gradient×input (Shrikumar et al. 2016), which multiplies it by the network's own input.
import { gradient as derivative, mul, sub, sum, type Tensor } from '../graph/index.js';
import { zeroOf } from '../model/index.js';
import type { Method, Subject } from './method.js';
import { explainedOutput, type Output } from './output.js';

/** ∂S_l/∂x at the images, [N,3,H,W], or that of the softmax probability. */
export const scoreGradient = (
  subject: Subject,
  at: Tensor = subject.x,
  output: Output = 'scores',
): Tensor => derivative(sum(explainedOutput(subject, at, output)), [at])[0]!;

/** What methods that differentiate the output may explain of it. */
export interface Differentiated {
  /** The class's score S_l, or its softmax probability (default scores). */
  readonly output?: Output | undefined;
}

/** ∂S_l/∂x. */
export const gradient = ({ output }: Differentiated = {}): Method => ({
  name: 'gradient',
  contribution: (subject) => scoreGradient(subject, subject.x, output),
});

/** x̂ ⊙ ∂S_l/∂x̂, which is (x − x₀) ⊙ ∂S_l/∂x with x₀ the image that preprocessing maps to zero. */
export const gradientTimesInput = ({ output }: Differentiated = {}): Method => ({
  name: 'gradient-x-input',
  contribution: (subject) =>
    mul(sub(subject.x, zeroOf(subject.network)), scoreGradient(subject, subject.x, output)),
});
