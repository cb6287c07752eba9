import { expect, test } from 'vitest';
import { regionShare } from './share.js';

const map = Float32Array.of(0.5, 0.125, 0.25, 0.125);

test.each([
  [[1, 0, 0, 0], 0.5],
  [[0, 1, 1, 0], 0.375],
  [[0, 0, 0, 0], 0],
  [[1, 1, 1, 1], 1],
])('of the region %j', (region, share) => {
  expect(regionShare(map, Float32Array.from(region))).toBe(share);
  expect(
    regionShare(
      map.map((v) => 8 * v),
      Float32Array.from(region),
    ),
  ).toBe(share);
});

test('of a map of nothing is no number', () => {
  expect(regionShare(new Float32Array(2), Float32Array.of(1, 0))).toBeNaN();
});
