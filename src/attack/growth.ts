// A surrogate whose softplus has another β at each step: one that grows from soft to sharp, or one that is drawn.

/**
 * β_t = from·(to/from)^(t/T) for t = 0 … T−1 (Dombrowski et al. 2019, supplement A); or with a uniform number in place
 * of t/T, so that log β is uniform.
 */
export interface Growth {
  readonly from: number;
  readonly to: number;
  /** T. */
  readonly iterations: number;
  /** A number in [0, 1) for each step, counted from 1, where β is drawn. */
  readonly uniform?: (iteration: number) => number;
}

/** β of a step, counted from 1. */
export const betaAt = ({ from, to, iterations, uniform }: Growth, iteration: number): number =>
  from * (to / from) ** (uniform?.(iteration) ?? (iteration - 1) / iterations);
