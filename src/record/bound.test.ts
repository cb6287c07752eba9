// Bounds of attacks, of which there may be none.
import { describe, expect, it } from 'vitest';
import { type Bound, compareBounds, nameOfBound, ofLargestBound } from './bound.js';

describe('a bound', () => {
  it.each([
    [8, 8],
    [0.5, 0.5],
    [undefined, 'any'],
  ] as const)('of %j is called %j', (bound, name) => {
    expect(nameOfBound(bound)).toBe(name);
  });

  it.each<[Bound, Bound, number]>([
    [0.5, 8, -1],
    [8, 0.5, 1],
    [10, 9, 1],
    [8, 8, 0],
    [undefined, 0.5, -1],
    [0.5, undefined, 1],
    [undefined, undefined, 0],
  ])('%j beside %j is ordered by size, none first: %i', (a, b, sign) => {
    expect(Math.sign(compareBounds(a, b))).toBe(sign);
  });
});

describe('rows of the largest bound', () => {
  const rowsOf = (...bounds: readonly Bound[]) =>
    bounds.map((epsilon, image) => ({ image, epsilon }));

  it.each<[readonly Bound[], Bound, readonly number[]]>([
    [[8, 4, 8], 8, [0, 2]],
    // by size, not as words
    [[9, 10], 10, [1]],
    [[0.5], 0.5, [0]],
    [[undefined, undefined], undefined, [0, 1]],
    // rows without a bound only where no row has one
    [[undefined, 4, undefined, 8], 8, [3]],
    [[8, undefined], 8, [0]],
    [[], undefined, []],
  ])('of %j are those of %j', (bounds, bound, images) => {
    const found = ofLargestBound(rowsOf(...bounds));
    expect(found.bound).toBe(bound);
    expect(found.rows.map(({ image }) => image)).toEqual(images);
  });

  it('may lack the column', () => {
    const rows = [{ image: 0 }, { image: 1, epsilon: 4 }];
    expect(ofLargestBound<{ image: number; epsilon?: Bound }>(rows).rows).toEqual([rows[1]]);
  });
});
