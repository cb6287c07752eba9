// How far recomputed metrics may be from a run's.
import { describe, expect, it } from 'vitest';
import { metricNames } from '../metrics.js';
import type { ResultRow } from '../results.js';
import { compared, scoreColumns } from './score.js';

const row = (values: Partial<ResultRow>): ResultRow => ({
  experiment: 'e',
  model: 'm',
  dataset: 'd',
  image: 'a',
  method: 'gradient',
  attack: 'top-k',
  epsilon: 8,
  status: 'ok',
  ...values,
});

describe('a difference', () => {
  it.each([
    ['spearman', 0.5, 0.5009, true, 'absolute'],
    ['spearman', 0.5, 0.5011, false, 'absolute'],
    ['spearman', -0.5, 0.5, false, 'absolute'],
    // as a part of the larger value
    ['mse', 1e-9, 1.0009e-9, true, 'relative'],
    ['mse', 1e-9, 1.002e-9, false, 'relative'],
    ['center_shift', 20, 20.019, true, 'relative'],
    ['center_shift', 0, 0, true, 'relative'],
    ['center_shift', 0, 1e-9, false, 'relative'],
    // one pixel of a hundred
    ['topk_intersection', 0.31, 0.32, true, 'absolute'],
    ['topk_intersection', 0.31, 0.33, false, 'absolute'],
  ] as const)('of %s from %d to %d is noise: %s', (metric, before, now, noise, measure) => {
    const found = compared(
      [{ before: row({ [metric]: before }), now: { [metric]: now } }],
      metric,
      100,
    );
    expect(found).toMatchObject({ noise, measure });
  });

  it('is the largest of all rows, and names its row', () => {
    const pairs = [0.1, 0.4, 0.2].map((now, i) => ({
      before: row({ image: String(i), pcc: 0 }),
      now: { pcc: now },
    }));
    expect(compared(pairs, 'pcc', 100)).toMatchObject({ largest: 0.4, row: { image: '1' } });
  });

  it('between a value and none is no noise, and between none and none is zero', () => {
    const of = (before: number | undefined, now: number | undefined) =>
      compared([{ before: row({ kendall: before }), now: { kendall: now } }], 'kendall', 100);
    expect(of(undefined, 0.1)).toMatchObject({ largest: Number.POSITIVE_INFINITY, noise: false });
    expect(of(0.1, undefined)).toMatchObject({ noise: false });
    expect(of(undefined, undefined)).toMatchObject({ largest: 0, noise: true });
  });
});

it('scores name their row as results do, and hold every metric of an image and its map', () => {
  expect(scoreColumns).toEqual([
    ...['image', 'method', 'attack', 'epsilon', 'select', 'label_kept'],
    ...metricNames,
  ]);
});
