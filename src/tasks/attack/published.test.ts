// Means beside those that papers publish.
import { describe, expect, it } from 'vitest';
import { attackRows } from '../../report/testing/runs.js';
import { comparedWithPublished } from './published.js';

describe('published values', () => {
  const change = { dataset: 'imagenet', model: 'squeezenet1_1' } as const;

  it('are beside means over the images that kept their label', () => {
    const compared = comparedWithPublished(attackRows(change));
    const one = compared.find(
      ({ attack, epsilon, metric }) => attack === 'top-k' && epsilon === 8 && metric === 'spearman',
    );
    // 0.9 − 0.8 + 0.03 · (0, 1, 2), whose mean is 0.13 and standard deviation 0.03
    expect(one).toMatchObject({ value: 0.285, images: 4, lost: 1, outside: true });
    expect(one!.here).toBeCloseTo(0.13, 12);
    expect(one!.error).toBeCloseTo(0.06 / Math.sqrt(3), 12);
    expect(one!.difference).toBeCloseTo(-0.155, 12);
  });

  it('are compared with iterates kept by their rule alone', () => {
    const rows = attackRows({ ...change, select: 'dissimilarity' });
    expect(comparedWithPublished(rows)).toEqual([]);
  });
});
