// The step size of an optimizer over a training.

/** How a rate falls: along half a cosine, to zero at the end (Loshchilov & Hutter 2017). */
export type Schedule = 'cosine';

/**
 * The rate of each step, counted from 1.
 * @param schedule how it falls; undefined for one that stays
 * @param steps how many there will be
 */
export const rateOf =
  (rate: number, schedule: Schedule | undefined, steps: number) =>
  (step: number): number =>
    schedule === undefined ? rate : (rate * (1 + Math.cos((Math.PI * (step - 1)) / steps))) / 2;
