import { describe, expect, it } from 'vitest';
import { slopes } from '../testing/float64.js';
import { fitHead, type Loss, type LossName, losses, sigmoid } from './logistic.js';
import { flowersOf } from './testing/examples.js';
import { dot } from './vectors.js';

const names = Object.keys(losses) as LossName[];

describe.each(names)('%s', (name) => {
  const loss: Loss = losses[name];

  it.each([0, 1])('has the derivatives it says, for label %d', (label) => {
    for (const z of [-6, -1.3, -0.2, 0, 0.4, 2, 7]) {
      const [slope] = slopes(([v]) => loss.of(v!, label), [z], 1e-5);
      expect(loss.slope(z, label)).toBeCloseTo(slope!, 8);
      const [curvature] = slopes(([v]) => loss.slope(v!, label), [z], 1e-5);
      expect(loss.curvature(z, label)).toBeCloseTo(curvature!, 8);
      expect(loss.convex(z, label)).toBeGreaterThan(0);
    }
  });

  it('keeps a slope where the probability is one to rounding', () => {
    expect(sigmoid(50)).toBe(1);
    expect(loss.slope(50, 1)).toBeLessThan(0);
    expect(loss.slope(-50, 0)).toBeGreaterThan(0);
  });
});

describe.each(names)('a head fitted by %s', (loss) => {
  const examples = flowersOf(80, 6);
  const regularisation = 1e-3;
  const { theta, gradientNorm, steps } = fitHead(examples, { loss, regularisation });
  const objective = (at: ArrayLike<number>): number => {
    let total = 0;
    examples.rows.forEach((row, i) => {
      const p = 1 / (1 + Math.exp(-dot(row, at)));
      const y = examples.labels[i]!;
      total += loss === 'squared' ? (y - p) ** 2 : -Math.log(y === 1 ? p : 1 - p);
    });
    let squares = 0;
    for (let j = 0; j < at.length - 1; j++) squares += at[j]! ** 2;
    return total / examples.rows.length + (regularisation / 2) * squares;
  };

  it('is where the objective has no slope, in few steps', () => {
    expect(gradientNorm).toBeLessThan(1e-8);
    expect(steps).toBeLessThan(60);
    for (const slope of slopes(objective, theta, 1e-4)) expect(Math.abs(slope)).toBeLessThan(1e-7);
  });

  it('is a minimum', () => {
    const least = objective(theta);
    theta.forEach((_, j) => {
      for (const by of [-0.1, 0.1])
        expect(objective(theta.map((v, k) => (k === j ? v + by : v)))).toBeGreaterThan(least);
    });
  });

  it('tells the classes apart', () => {
    const right = examples.rows.filter(
      (row, i) => (dot(row, theta) > 0 ? 1 : 0) === examples.labels[i],
    );
    expect(right.length / examples.rows.length).toBeGreaterThan(0.8);
  });
});
