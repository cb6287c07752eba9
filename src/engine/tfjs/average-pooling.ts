// Average pooling and its adjoint: each plane by itself is convolved with equal weights, padding counted as zeros.
import * as tf from '@tensorflow/tfjs-core';
import type { Shape, Window } from '../../graph/shape.js';
import { convolution, inputGradient } from './convolution.js';
import type { Plan, Slot } from './plan.js';
import { permuted, reshaped } from './shaping.js';

const equalWeights = (plan: Plan, [rows, columns]: Window['kernel']): Slot =>
  plan.once(`equal weights ${rows} ${columns}`, () =>
    plan.constant(tf.fill([1, rows, columns, 1], 1 / (rows * columns))),
  );

/** Images [N,H,W,C] as images of one channel, [N·C,H,W,1]. */
const planesOf = (plan: Plan, x: Slot): Slot => {
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  return reshaped(plan, permuted(plan, x, [0, 3, 1, 2]), [n * channels, height, width, 1]);
};

/** Planes [N·C,H,W,1] as images of the given shape [N,H,W,C]. */
const imagesOf = (plan: Plan, planes: Slot, [n, height, width, channels]: Shape): Slot =>
  permuted(plan, reshaped(plan, planes, [n!, channels!, height!, width!]), [0, 2, 3, 1]);

const ofPlanes = ([n, height, width, channels]: Shape): Shape => [
  n! * channels!,
  height!,
  width!,
  1,
];

/** The mean under each window. */
export function averagePool(plan: Plan, x: Slot, window: Window, shape: Shape): Slot {
  const operands = [planesOf(plan, x), equalWeights(plan, window.kernel)];
  return imagesOf(plan, convolution(plan, operands, ofPlanes(shape), window), shape);
}

/** Every value of g spread over its window in equal parts. */
export function averagePoolInputGrad(plan: Plan, g: Slot, window: Window, shape: Shape): Slot {
  const operands = [planesOf(plan, g), equalWeights(plan, window.kernel)];
  return imagesOf(plan, inputGradient(plan, operands, ofPlanes(shape), window), shape);
}
