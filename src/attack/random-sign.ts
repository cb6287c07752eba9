// Random sign perturbation (Ghorbani et al. 2019, section 3): the baseline every attack is compared with.

/**
 * x_t + ε·(±1) per pixel and channel, clipped to 0..255.
 * @param x the clean image [3,H,W]
 * @param epsilon in grey levels
 * @param sign draws −1 or 1 with equal probability
 */
export const randomSign = (x: Float32Array, epsilon: number, sign: () => number): Float32Array =>
  x.map((value) => Math.min(255, Math.max(0, value + epsilon * sign())));
