// Random sign perturbation (Ghorbani et al. 2019, section 3): the baseline every attack is compared with. The
// paper's is one draw; the authors' program walks, a random sign at each of an attack's steps.
import { held } from '../engine/engine.js';
import type { Stepper } from './director.js';
import { WHOLE_RANGE } from './step-rule.js';

/**
 * x_t + ε·(±1) per pixel and channel, clipped to 0..255.
 * @param x the clean image [3,H,W]
 * @param epsilon in gray levels
 * @param sign draws −1 or 1 with equal probability
 */
export const randomSign = (x: Float32Array, epsilon: number, sign: () => number): Float32Array =>
  x.map((value) => Math.min(255, Math.max(0, value + epsilon * sign())));

/**
 * A walk: every step adds α·(±1) per pixel and channel, then goes back into the ε-ball and the range of pixels.
 * @param sign draws −1 or 1 with equal probability
 */
export const randomWalk = (sign: () => number): Stepper => ({
  async step({ x, origin, epsilon = WHOLE_RANGE, step }) {
    const numbers = 'read' in x ? await x.read() : x;
    const next = numbers.map((value, i) => {
      const [low, high] = [origin[i]! - epsilon, origin[i]! + epsilon];
      const bounded = Math.min(high, Math.max(low, value + step * sign()));
      return Math.min(255, Math.max(0, bounded));
    });
    return { next: held(next), carried: {} };
  },
});
