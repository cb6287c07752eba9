// The share of a map in a region: what the targeted attack of Ghorbani et al. 2019 drives up.

import { requireSameLength, type Values } from './values.js';

/**
 * The share of a map's saliency that lies in a region, 0..1.
 * @param region the map's pixels, one inside and zero outside
 * @returns NaN where the map sums to 0 or is not finite
 */
export function regionShare(map: Values, region: Values): number {
  requireSameLength(map, region);
  let inside = 0;
  let all = 0;
  for (let i = 0; i < map.length; i++) {
    all += map[i]!;
    inside += region[i]! * map[i]!;
  }
  return inside / all;
}
