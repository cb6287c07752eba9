import { describe, expect, it } from 'vitest';
import { dissimilarityOf, mapOf } from './testing/maps.js';
import { topKDissimilarity } from './top-k.js';

/** Minus what `map` has on the k largest pixels of `clean`; of equal ones the first. */
function twin(map: Float32Array, clean: Float32Array, k: number): number {
  const left = new Set(clean.keys());
  let total = 0;
  for (let n = 0; n < k; n++) {
    let best = -1;
    for (const i of left) if (best < 0 || clean[i]! > clean[best]!) best = i;
    left.delete(best);
    total += map[best]!;
  }
  return -total;
}

describe('the dissimilarity of top-k', () => {
  it.each([1, 6, 20])('is minus the saliency on the %i pixels that had most of it', (k) => {
    const [maps, cleans] = [
      [mapOf('a'), mapOf('b')],
      [mapOf('c'), mapOf('d')],
    ];
    const expected = twin(maps[0]!, cleans[0]!, k) + twin(maps[1]!, cleans[1]!, k);
    expect(dissimilarityOf(topKDissimilarity(k), maps, cleans)).toBeCloseTo(expected, 12);
  });

  it('takes the lower index of equal pixels', () => {
    const clean = Float32Array.of(0, 2, 1, 1, 2, 1);
    expect([...topKDissimilarity(3).clean(clean, 2, 3).top!]).toEqual([0, 1, 1, 0, 1, 0]);
  });
});
