// Structural similarity of Wang et al. 2004 in the form their paper publishes: local means, variances
// and covariance under a Gaussian window of 11 pixels (sigma 1.5), constants K1 = 0.01 and K2 = 0.03,
// population covariance. The index is averaged where the window lies wholly inside the image, so no
// rule for the border is needed; the window is separable and slides over one row of sums at a time.

import { requireSameLength, requireShape, type Values } from './values.js';

const RADIUS = 5;
const SIGMA = 1.5;
const K1 = 0.01;
const K2 = 0.03;
/** Window weights by distance from the center, 0..RADIUS. */
const WEIGHTS = gaussianWeights();

/**
 * Mean structural similarity, as `skimage.metrics.structural_similarity(gaussian_weights=True,
 * sigma=1.5, use_sample_covariance=False, win_size=11)`.
 * @param reference height x width values, row-major
 * @param other the same size
 * @param options.dataRange span of the values L in (K·L)²; default max - min of the reference
 * @returns at most 1; undefined where the range is 0, a value is not finite or a side is below 11
 */
export function ssim(
  reference: Values,
  other: Values,
  height: number,
  width: number,
  options: { dataRange?: number } = {},
): number | undefined {
  requireSameLength(reference, other);
  requireShape(reference, height, width);
  const size = 2 * RADIUS + 1;
  const dataRange = options.dataRange ?? valueRange(reference);
  if (height < size || width < size || !(dataRange > 0)) return undefined;

  const c1 = (K1 * dataRange) ** 2;
  const c2 = (K2 * dataRange) ** 2;
  const rows = {
    x: new Float64Array(width),
    y: new Float64Array(width),
    xx: new Float64Array(width),
    yy: new Float64Array(width),
    xy: new Float64Array(width),
  };
  let sum = 0;
  for (let row = RADIUS; row < height - RADIUS; row++) {
    for (const sums of Object.values(rows)) sums.fill(0);
    for (let offset = -RADIUS; offset <= RADIUS; offset++) {
      const weight = WEIGHTS[Math.abs(offset)]!;
      const start = (row + offset) * width;
      for (let column = 0; column < width; column++) {
        const x = reference[start + column]!;
        const y = other[start + column]!;
        const wx = weight * x;
        const wy = weight * y;
        rows.x[column]! += wx;
        rows.y[column]! += wy;
        rows.xx[column]! += wx * x;
        rows.yy[column]! += wy * y;
        rows.xy[column]! += wx * y;
      }
    }
    for (let column = RADIUS; column < width - RADIUS; column++) {
      const meanX = windowSum(rows.x, column);
      const meanY = windowSum(rows.y, column);
      const varianceX = windowSum(rows.xx, column) - meanX * meanX;
      const varianceY = windowSum(rows.yy, column) - meanY * meanY;
      const covariance = windowSum(rows.xy, column) - meanX * meanY;
      sum +=
        ((2 * meanX * meanY + c1) * (2 * covariance + c2)) /
        ((meanX * meanX + meanY * meanY + c1) * (varianceX + varianceY + c2));
    }
  }
  const mean = sum / ((height - 2 * RADIUS) * (width - 2 * RADIUS));
  return Number.isFinite(mean) ? mean : undefined;
}

function gaussianWeights(): Float64Array {
  const weights = Float64Array.from({ length: RADIUS + 1 }, (_, d) =>
    Math.exp((-0.5 * d * d) / (SIGMA * SIGMA)),
  );
  const total = weights.reduce((sum, weight, d) => sum + (d === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / total);
}

function windowSum(row: Float64Array, center: number): number {
  let sum = WEIGHTS[0]! * row[center]!;
  for (let d = 1; d <= RADIUS; d++) sum += WEIGHTS[d]! * (row[center - d]! + row[center + d]!);
  return sum;
}

function valueRange(values: Values): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low;
}
