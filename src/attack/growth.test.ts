import { expect, it } from 'vitest';
import { betaAt } from './growth.js';

it('grows from its beginning by equal factors, and has not quite reached its end at the last step', () => {
  const growth = { from: 10, to: 100, iterations: 4 };
  const betas = [1, 2, 3, 4].map((iteration) => betaAt(growth, iteration));
  [10, 17.782794100389228, 31.622776601683793, 56.23413251903491].forEach((beta, i) => {
    expect(betas[i]).toBeCloseTo(beta, 12);
  });
  expect(betaAt({ from: 3, to: 3, iterations: 10 }, 7)).toBe(3);
});
