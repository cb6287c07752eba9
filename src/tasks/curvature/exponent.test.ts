import { expect, it } from 'vitest';
import { exponentOf } from './exponent.js';

it('the exponent is the slope of the medians in logarithms', () => {
  const of = (beta: number, ...values: number[]) => values.map((value) => ({ beta, value }));
  const points = [1, 10, 100].flatMap((beta) => of(beta, 1e-9, 3 * beta ** 0.75, 1e9));
  expect(exponentOf(points)).toBeCloseTo(0.75, 12);
  expect(exponentOf(of(1, 2, 3))).toBeUndefined();
  expect(exponentOf([])).toBeUndefined();
});
