// What takes an attack from one iterate to the next, once the slope of D is known. Rules differ in how far they go
// along it and in what they remember; all of them end in the ε-ball around the clean image and in the range of
// pixels.
import {
  abs,
  add,
  greater,
  input,
  neg,
  type Operand,
  type Shape,
  sub,
  type Tensor,
  where,
} from '../graph/index.js';

/** The inputs of a step on images [N,3,H,W]: the clean images, the bound ε in gray levels, and the size of a step. */
export interface StepInputs {
  readonly origin: Tensor;
  readonly epsilon: Tensor;
  readonly step: Tensor;
}

type Tensors = Readonly<Record<string, Tensor>>;

export interface StepRule {
  /** Names of the images that a step leaves for the next one; before the first they are zero. */
  readonly carried: readonly string[];
  /** What changes from step to step, by name; steps are counted from 1. */
  numbers(iteration: number): Readonly<Record<string, number>>;
  /**
   * The images after a step, and by their names those that it leaves for the next.
   * @param slope ∂D/∂x
   * @param numbers [N,1,1,1] each
   */
  advance(
    x: Tensor,
    slope: Tensor,
    inputs: StepInputs,
    numbers: Tensors,
    carried: Tensors,
  ): { readonly next: Tensor; readonly carried: Tensors };
}

export const stepInputs = (shape: Shape): StepInputs => ({
  origin: input('origin', shape),
  epsilon: input('epsilon', [shape[0]!, 1, 1, 1]),
  step: input('step', [shape[0]!, 1, 1, 1]),
});

/** A change in gray levels that no pixel can exceed: the bound of an attack without one. */
export const WHOLE_RANGE = 255;

/** Close below the largest finite float32. */
const LARGEST = 3.4e38;

/** A slope with zeros where it is not finite. */
export const finite = (slope: Tensor): Tensor => where(greater(LARGEST, abs(slope)), slope, 0);

const clip = (x: Tensor, low: Operand, high: Operand): Tensor => {
  const raised = where(greater(low, x), low, x);
  return where(greater(raised, high), high, raised);
};

/** clip(x_t + clip(x − x_t, −ε, ε), 0, 255). */
export const project = (x: Tensor, { origin, epsilon }: StepInputs): Tensor =>
  clip(add(origin, clip(sub(x, origin), neg(epsilon), epsilon)), 0, 255);
