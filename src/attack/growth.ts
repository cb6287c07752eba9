// A surrogate that starts soft and ends sharp: β of its softplus grows from step to step.

/** β_t = from·(to/from)^(t/T) for t = 0 … T−1 (Dombrowski et al. 2019, supplement A). */
export interface Growth {
  readonly from: number;
  readonly to: number;
  /** T. */
  readonly iterations: number;
}

/** β of a step, counted from 1. */
export const betaAt = ({ from, to, iterations }: Growth, iteration: number): number =>
  from * (to / from) ** ((iteration - 1) / iterations);
