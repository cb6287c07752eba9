// One step of the sign attacks: along the sign of the gradient, then back into the ε-ball around the
// clean image and into the range of pixels.
import {
  abs,
  add,
  greater,
  input,
  mul,
  neg,
  type Operand,
  type Shape,
  sign,
  sub,
  type Tensor,
  where,
} from '../graph/index.js';

/** Close below the largest finite float32. */
const LARGEST = 3.4e38;

const clip = (x: Tensor, low: Operand, high: Operand): Tensor => {
  const raised = where(greater(low, x), low, x);
  return where(greater(raised, high), high, raised);
};

/** The inputs of a step on images [N,3,H,W]: the clean images, the bound ε and the step size, in grey levels. */
export function stepInputs(shape: Shape) {
  return {
    origin: input('origin', shape),
    epsilon: input('epsilon', [shape[0]!, 1, 1, 1]),
    step: input('step', [shape[0]!, 1, 1, 1]),
  };
}

/**
 * x ← clip(x_t + clip(x + α·sign(∇D) − x_t, −ε, ε), 0, 255) (Ghorbani et al. 2019, algorithm 1). The
 * sign of zero is 0, and a component that is not finite counts as zero.
 */
export function signStep(
  x: Tensor,
  ascent: Tensor,
  { origin, epsilon, step }: ReturnType<typeof stepInputs>,
): Tensor {
  const direction = where(greater(LARGEST, abs(ascent)), sign(ascent), 0);
  const change = sub(add(x, mul(direction, step)), origin);
  return clip(add(origin, clip(change, neg(epsilon), epsilon)), 0, 255);
}
