import { describe, expect, it } from 'vitest';
import { boxMask, targetRegionDissimilarity } from './target-region.js';
import { dissimilarityOf, mapOf } from './testing/maps.js';

describe('the dissimilarity of target-region', () => {
  it('is the saliency in the region, whatever the clean map', () => {
    const region = boxMask([1, 2, 4, 4], 5, 4);
    const maps = [mapOf('a'), mapOf('b')];
    let expected = 0;
    for (const map of maps)
      for (let row = 1; row < 4; row++)
        for (let column = 2; column < 4; column++) expected += map[row * 4 + column]!;
    const cleans = [mapOf('c'), mapOf('d')];
    expect(dissimilarityOf(targetRegionDissimilarity(region), maps, cleans)).toBeCloseTo(
      expected,
      12,
    );
  });
});

describe('a box', () => {
  it.each([
    ['the whole plane', [0, 0, 3, 4], '1111 1111 1111'],
    ['the first pixel', [0, 0, 1, 1], '1000 0000 0000'],
    ['the last pixel', [2, 3, 3, 4], '0000 0000 0001'],
    ['the bottom row', [2, 0, 3, 4], '0000 0000 1111'],
    ['the left column', [0, 0, 3, 1], '1000 1000 1000'],
    ['its inside', [1, 1, 2, 3], '0000 0110 0000'],
    ['what lies beyond the plane', [1, 2, 9, 9], '0000 0011 0011'],
    ['no rows', [1, 1, 1, 3], '0000 0000 0000'],
  ] as const)('of %s', (_, box, rows) => {
    expect([...boxMask(box, 3, 4)].join('')).toBe(rows.replaceAll(' ', ''));
  });
});
