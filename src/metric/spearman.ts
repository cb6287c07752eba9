// Spearman's rank correlation: how far two maps agree on the order of the pixels, whatever the sizes
// of the values. Ghorbani et al. 2019 measure the change of an explanation by it.

import { pcc } from './pcc.js';
import { averageRanks } from './rank.js';
import { isCorrelatable, requireSameLength, type Values } from './values.js';

/**
 * Spearman's rho of two arrays of n values: the Pearson correlation of their average ranks, in
 * [-1, 1], as `scipy.stats.spearmanr`; undefined where either array is constant or holds a value
 * that is not finite.
 */
export function spearman(a: Values, b: Values): number | undefined {
  requireSameLength(a, b);
  if (!isCorrelatable(a) || !isCorrelatable(b)) return undefined;
  return pcc(averageRanks(a), averageRanks(b));
}
