// Logistic regression with two classes on given features: the losses it can be fitted by, and the fit itself,
// Newton's method in float64.
import { choleskySystem, linearSystem, outerSum } from './linear-system.js';
import { dot } from './vectors.js';

/** A loss of a logit z for a label of 0 or 1, and its derivatives in z. */
export interface Loss {
  of(z: number, label: number): number;
  slope(z: number, label: number): number;
  curvature(z: number, label: number): number;
  /** The part of the curvature that is never negative (Gauss and Newton). */
  convex(z: number, label: number): number;
}

/** 1/(1 + exp(−z)); exact for small results too. */
export const sigmoid = (z: number): number =>
  z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));

/** σ(z) − label, without the cancellation of the difference. */
const excess = (z: number, label: number): number => (label === 1 ? -sigmoid(-z) : sigmoid(z));
const spread = (z: number): number => sigmoid(z) * sigmoid(-z);

export const losses = {
  'cross-entropy': {
    of: (z, label) => Math.max(z, 0) - label * z + Math.log1p(Math.exp(-Math.abs(z))),
    slope: excess,
    curvature: spread,
    convex: spread,
  },
  /** (label − σ(z))². */
  squared: {
    of: (z, label) => excess(z, label) ** 2,
    slope: (z, label) => 2 * excess(z, label) * spread(z),
    curvature: (z, label) =>
      2 * spread(z) * (spread(z) + excess(z, label) * (sigmoid(-z) - sigmoid(z))),
    convex: (z) => 2 * spread(z) ** 2,
  },
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;

/** What a head is fitted to. */
export interface Examples {
  /** Rows of features, a last 1 behind them for the bias. */
  readonly rows: readonly Float64Array[];
  /** 0 or 1 each. */
  readonly labels: readonly number[];
}

/** Features [d] with the 1 that the bias is multiplied with. */
export function withOne(features: ArrayLike<number>): Float64Array {
  const row = new Float64Array(features.length + 1);
  row.set(features);
  row[features.length] = 1;
  return row;
}

export interface Fit {
  /** Weights, and the bias behind them. */
  readonly theta: Float64Array;
  readonly steps: number;
  /** ‖∇‖ of the objective where it stopped. */
  readonly gradientNorm: number;
}

export interface FitOptions {
  readonly loss: LossName;
  /** λ of the objective, the mean loss + λ/2·‖weights‖²; the bias is free. Above 0. */
  readonly regularisation: number;
}

const TOLERANCE = 1e-8;
const MOST_STEPS = 200;

/**
 * Fits a head from zero by Newton's method with halved steps, until ‖∇‖ < 1e-8. Where a loss is not convex, a step
 * takes the convex part of its curvature instead.
 * Throws an Error when that takes more than 200 steps.
 */
export function fitHead({ rows, labels }: Examples, { loss, regularisation }: FitOptions): Fit {
  const { of, slope, curvature, convex }: Loss = losses[loss];
  const n = rows.length;
  const size = rows[0]!.length;
  const penalty = new Float64Array(size).fill(regularisation);
  penalty[size - 1] = 0;
  const logits = (theta: Float64Array) => rows.map((row) => dot(row, theta));
  const objective = (z: readonly number[], theta: Float64Array) =>
    z.reduce((total, v, i) => total + of(v, labels[i]!), 0) / n +
    theta.reduce((total, v, j) => total + penalty[j]! * v * v, 0) / 2;
  const gradient = (z: readonly number[], theta: Float64Array) => {
    const g = theta.map((v, j) => penalty[j]! * v);
    rows.forEach((row, i) => {
      const by = slope(z[i]!, labels[i]!) / n;
      for (let j = 0; j < size; j++) g[j]! += by * row[j]!;
    });
    return g;
  };
  const hessian = (z: readonly number[], part: Loss['curvature']) =>
    outerSum(
      rows,
      z.map((v, i) => part(v, labels[i]!) / n),
      penalty,
    );

  const at = (theta: Float64Array) => {
    const z = logits(theta);
    const g = gradient(z, theta);
    return { theta, z, value: objective(z, theta), g, norm: Math.sqrt(dot(g, g)) };
  };
  let here = at(new Float64Array(size));
  for (let steps = 0; ; steps++) {
    if (here.norm < TOLERANCE) return { theta: here.theta, steps, gradientNorm: here.norm };
    if (steps === MOST_STEPS)
      throw new Error(
        `the head is not fitted after ${MOST_STEPS} steps: its gradient is ${here.norm}`,
      );
    const system =
      choleskySystem(hessian(here.z, curvature)) ?? linearSystem(hessian(here.z, convex));
    const step = system.solve(here.g);
    const along = dot(step, here.g);
    let by = 1;
    let next = at(here.theta.map((v, j) => v - step[j]!));
    // close to the end the value no longer changes to rounding, but the gradient does
    while (!(next.value <= here.value - 1e-4 * by * along || next.norm < here.norm / 2)) {
      by /= 2;
      if (by < 1e-12) break;
      next = at(here.theta.map((v, j) => v - by * step[j]!));
    }
    here = next;
  }
}
