// Where medians cross.
import { describe, expect, it } from 'vitest';
import type { SmoothingRow } from './results.js';
import { crossing, smoothingSummary } from './summary.js';

const row = (
  smoothing: 'beta' | 'noise' | 'none',
  value: number | undefined,
  a: number,
  b: number,
): SmoothingRow => ({
  ...{
    experiment: 't',
    model: 'm',
    dataset: 'd',
    image: 'i',
    method: 'gradient',
    attack: 'match-target',
  },
  ...{ smoothing, value, status: 'ok', pcc_original: a, pcc_target: b },
});
const rows = [
  row('none', undefined, 0.3, 0.9),
  row('beta', 100, 0.3, 0.9),
  row('beta', 10, 0.4, 0.6),
  row('beta', 1, 0.6, 0.4),
  row('noise', 0.01, 0.4, 0.8),
  row('noise', 0.1, 0.5, 0.6),
];

describe('a crossing', () => {
  it('is between two values, on a log scale', () => {
    expect(crossing(rows, 'beta', ['pcc_original', 'pcc_target'])).toBeCloseTo(Math.sqrt(10), 12);
  });

  it('is none where the medians do not cross', () => {
    expect(crossing(rows, 'noise', ['pcc_original', 'pcc_target'])).toBeUndefined();
    expect(
      crossing(rows, 'beta', ['pcc_smoothed_original', 'pcc_smoothed_target']),
    ).toBeUndefined();
  });

  it('is the one of least smoothing', () => {
    const twice = [...rows, row('beta', 0.1, 0.2, 0.4), row('beta', 0.01, 0.5, 0.4)];
    expect(crossing(twice, 'beta', ['pcc_original', 'pcc_target'])).toBeCloseTo(Math.sqrt(10), 12);
  });
});

it('the summary has medians without smoothing, and counts labels lost', () => {
  const lost: SmoothingRow = {
    ...row('none', undefined, 0, 0),
    pcc_original: undefined,
    pcc_target: undefined,
    status: 'label-lost',
  };
  const [, line] = smoothingSummary([...rows, lost]);
  expect(line).toEqual([
    'gradient',
    'match-target',
    '2',
    '1',
    '0.300',
    '0.900',
    '3.16',
    '',
    '',
    '',
  ]);
});
