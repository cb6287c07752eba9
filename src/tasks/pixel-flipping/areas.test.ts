// Areas under curves and their paired differences, against sums by hand.
import { describe, expect, it } from 'vitest';
import { areaOf, areas, areasOf, differenceOf, meanUpTo } from './areas.js';
import type { FlippingRow } from './results.js';
import { flippingSummary } from './summary.js';

/** A curve of one image and method: the confidence at each percent, correct above ½. */
const curve = (method: string, image: string, ...confidences: readonly number[]) =>
  confidences.map(
    (confidence, i): FlippingRow => ({
      ...{ experiment: 't', model: 'm', dataset: 'd', image, method, status: 'ok', seed: 1 },
      ...{ percent: [0, 10, 20, 100][i]!, correct: confidence > 0.5, confidence },
    }),
  );

describe('the mean of a curve', () => {
  it('is its area over the range, with straight lines between points', () => {
    expect(meanUpTo([[0, 1]], 20)).toBeUndefined();
    expect(
      meanUpTo(
        [
          [0, 1],
          [20, 0],
        ],
        20,
      ),
    ).toBe(0.5);
    const bent = [
      [0, 1],
      [10, 0.5],
      [30, 0.1],
      [100, 0],
    ] as const;
    // (1 + .5)/2 · 10 + (.5 + .3)/2 · 10, over 20
    expect(meanUpTo(bent, 20)).toBeCloseTo((7.5 + 4) / 20, 12);
    expect(meanUpTo(bent, 100)).toBeCloseTo((7.5 + 6 + 3.5) / 100, 12);
  });

  it('is none where the curve begins later or ends before', () => {
    expect(
      meanUpTo(
        [
          [5, 1],
          [100, 0],
        ],
        20,
      ),
    ).toBeUndefined();
    expect(
      meanUpTo(
        [
          [0, 1],
          [19, 0],
        ],
        20,
      ),
    ).toBeUndefined();
  });
});

describe('areas', () => {
  const rows = [
    ...curve('gradient', 'a', 0.9, 0.6, 0.2, 0),
    ...curve('gradient', 'b', 0.8, 0.4, 0.4, 0.1),
    ...curve('lrp', 'a', 0.9, 0.3, 0.2, 0),
    ...curve('lrp', 'c', 0.9, 0.9, 0.9, 0.9),
    ...curve('lrp', 'd', 0, 0, 0, 0).map((row) => ({
      ...{ ...row, status: 'no-map' as const, correct: undefined, confidence: undefined },
    })),
  ];
  const [accuracy, , confidence] = areas;

  it('are of every method and image that has a map', () => {
    const found = areasOf(rows, confidence);
    expect([...found.get('gradient')!.keys()]).toEqual(['a', 'b']);
    expect([...found.get('lrp')!.keys()]).toEqual(['a', 'c']);
    expect(found.get('gradient')!.get('a')).toBeCloseTo((7.5 + 4) / 20, 12);
    expect(areasOf(rows, accuracy).get('gradient')!.get('a')).toBeCloseTo((10 + 5) / 20, 12);
    expect(areaOf(found.get('gradient')!, 1)!.mean).toBeCloseTo((0.575 + 0.5) / 2, 12);
  });

  it('differ image by image, over the images of both', () => {
    const found = areasOf(rows, confidence);
    const { mean, low, high } = differenceOf(found.get('lrp')!, found.get('gradient')!, 1)!;
    const expected = (6 + 2.5) / 20 - 0.575;
    for (const value of [mean, low, high]) expect(value).toBeCloseTo(expected, 12);
  });

  it('stand in a table, the differences from the first method', () => {
    const [head, gradient, lrp] = flippingSummary(rows);
    expect(head!.slice(0, 4)).toEqual(['method', 'images', 'accuracy 0–20 %', '− gradient']);
    expect(gradient!.slice(0, 2)).toEqual(['gradient', '2']);
    expect(gradient![3]).toBe('');
    expect(lrp![7]).toMatch(/^−0\.150 \[−0\.150, −0\.150\]$/);
  });
});
