// The gradient sign attack on influence functions (Ghorbani et al. 2019, section 3): one step.

/**
 * x_t + ε·sign(direction) per pixel and channel, clipped to 0..255. The sign of zero is 0, and a component that is
 * not finite counts as zero.
 * @param x the clean image [3,H,W]
 * @param direction [3,H,W], in which the influence that is attacked falls
 * @param epsilon in gray levels
 */
export const influenceSign = (
  x: Float32Array,
  direction: Float32Array,
  epsilon: number,
): Float32Array =>
  x.map((value, i) => {
    const d = direction[i]!;
    const sign = Number.isFinite(d) ? Math.sign(d) : 0;
    return Math.min(255, Math.max(0, value + epsilon * sign));
  });
