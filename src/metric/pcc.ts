// Pearson's correlation coefficient: the covariance of two arrays over the product of their standard
// deviations. Dombrowski et al. 2019 compare maps and images with it.

import { isCorrelatable, requireSameLength, type Values } from './values.js';

/**
 * Pearson correlation of two arrays of n values, in [-1, 1]; undefined where either array is constant
 * or holds a value that is not finite, or where the squares leave the range of float64 (deviations
 * of 1e100 or 1e-100, say).
 */
export function pcc(a: Values, b: Values): number | undefined {
  requireSameLength(a, b);
  if (!isCorrelatable(a) || !isCorrelatable(b)) return undefined;
  const n = a.length;
  let sumA = 0;
  let sumB = 0;
  for (let i = 0; i < n; i++) {
    sumA += a[i]!;
    sumB += b[i]!;
  }
  const meanA = sumA / n;
  const meanB = sumB / n;
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    const da = a[i]! - meanA;
    const db = b[i]! - meanB;
    squaresA += da * da;
    squaresB += db * db;
    products += da * db;
  }
  const spread = Math.sqrt(squaresA * squaresB);
  if (!(spread > 0 && spread < Number.POSITIVE_INFINITY)) return undefined;
  return Math.max(-1, Math.min(1, products / spread));
}
