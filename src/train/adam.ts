// Adam (Kingma & Ba 2015) on plain arrays.

export interface AdamOptions {
  /** Step size. */
  readonly rate: number;
  /** Decay of the mean of gradients; default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients; default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/** Running means of one array of parameters. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

export const zeroMoments = (size: number): Moments => ({
  first: new Float32Array(size),
  second: new Float32Array(size),
});

/**
 * Moves parameters against a gradient, in place, with bias-corrected moments.
 * @param step the number of this step, from 1
 */
export function adamStep(
  parameters: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  step: number,
  { rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
): void {
  const correction1 = 1 - beta1 ** step;
  const scale2 = 1 / (1 - beta2 ** step);
  const stepSize = rate / correction1;
  for (let i = 0; i < parameters.length; i++) {
    const g = gradient[i]!;
    const m = beta1 * first[i]! + (1 - beta1) * g;
    const v = beta2 * second[i]! + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    parameters[i]! -= (stepSize * m) / (Math.sqrt(v * scale2) + epsilon);
  }
}
