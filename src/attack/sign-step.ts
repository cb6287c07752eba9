// One step of the sign attacks: so many gray levels along the sign of the slope.
import { add, mul, sign, type Tensor } from '../graph/index.js';
import { finite, project, type StepInputs, type StepRule } from './step-rule.js';

/**
 * x ← clip(x_t + clip(x + α·sign(∇D) − x_t, −ε, ε), 0, 255) (Ghorbani et al. 2019, algorithm 1). The
 * sign of zero is 0, and a component that is not finite counts as zero.
 */
export const signStep = (x: Tensor, slope: Tensor, inputs: StepInputs): Tensor =>
  project(add(x, mul(sign(finite(slope)), inputs.step)), inputs);

export const signSteps: StepRule = {
  carried: [],
  numbers: () => ({}),
  advance: (x, slope, inputs) => ({ next: signStep(x, slope, inputs), carried: {} }),
};
