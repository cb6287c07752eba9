// SLIC superpixels (Achanta et al. 2012): k-means of pixels by color and place, each cluster searched only
// around its center.
import { joinSmall, type Regions } from './connected.js';
import { labOf } from './lab.js';

export interface SlicOptions {
  /** How many regions to aim for, at most one a pixel; what is found depends on the image. */
  readonly segments: number;
  /** The weight of place against color, m in the paper, usually 1..40: the larger, the squarer. */
  readonly compactness: number;
}

type Plane = Float64Array;
type FivePlanes = [Plane, Plane, Plane, Plane, Plane];

/** Enough, as the paper finds (section III-B). */
const ITERATIONS = 10;

/** Rows and columns of a grid of about so many cells, about square ones. */
function gridOf(segments: number, height: number, width: number): [number, number] {
  const rows = Math.max(1, Math.round(Math.sqrt((segments * height) / width)));
  return [rows, Math.max(1, Math.round(segments / rows))];
}

/** Squared differences of the neighbors' colors, across and down; the image goes on beyond its edge. */
function edgeStrength(lab: Float64Array, height: number, width: number): Float64Array {
  const pixels = height * width;
  return Float64Array.from({ length: pixels }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const left = i - (column > 0 ? 1 : 0);
    const right = i + (column < width - 1 ? 1 : 0);
    const above = i - (row > 0 ? width : 0);
    const below = i + (row < height - 1 ? width : 0);
    let sum = 0;
    for (let plane = 0; plane < lab.length; plane += pixels)
      sum +=
        (lab[plane + right]! - lab[plane + left]!) ** 2 +
        (lab[plane + below]! - lab[plane + above]!) ** 2;
    return sum;
  });
}

/** The pixel of least edge strength among a pixel and its eight neighbors; itself, where none has less. */
function offEdge(i: number, strength: Float64Array, height: number, width: number): number {
  const [row, column] = [Math.floor(i / width), i % width];
  let best = i;
  for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++)
    for (let c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++)
      if (strength[r * width + c]! < strength[best]!) best = r * width + c;
  return best;
}

/**
 * Divides an image into superpixels, each of them connected. What clusters leave as pieces smaller than a quarter of
 * the mean size goes to the adjacent region that is nearest in color and place.
 * @param image [3,H,W] in 0..255
 */
export function slic(
  image: Float32Array,
  height: number,
  width: number,
  { segments, compactness }: SlicOptions,
): Regions {
  const pixels = height * width;
  const spacing = Math.sqrt(pixels / segments);
  const lab = labOf(image);
  const ofPlace = compactness / spacing;
  // D² = d_color² + (m/S)²·d_place² is the squared distance in these
  const features = [
    ...[0, 1, 2].map((channel) => lab.subarray(channel * pixels, (channel + 1) * pixels)),
    Float64Array.from({ length: pixels }, (_, i) => ofPlace * Math.floor(i / width)),
    Float64Array.from({ length: pixels }, (_, i) => ofPlace * (i % width)),
  ];

  const [rows, columns] = gridOf(segments, height, width);
  const strength = edgeStrength(lab, height, width);
  const centers = Array.from({ length: rows * columns }, (_, k) => {
    const row = Math.floor(((Math.floor(k / columns) + 0.5) * height) / rows);
    const column = Math.floor((((k % columns) + 0.5) * width) / columns);
    const start = offEdge(row * width + column, strength, height, width);
    return features.map((plane) => plane[start]!);
  });
  // a pixel that no center reaches stays where it was, at first in its cell of the grid
  const labels = Int32Array.from({ length: pixels }, (_, i) => {
    const row = Math.floor((Math.floor(i / width) * rows) / height);
    return row * columns + Math.floor(((i % width) * columns) / width);
  });

  const [lightness, redGreen, blueYellow, down, across] = features as FivePlanes;
  const best = new Float64Array(pixels);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    best.fill(Infinity);
    for (const [k, [l, a, b, y, x]] of centers.entries()) {
      const [row, column] = [y! / ofPlace, x! / ofPlace];
      const bottom = Math.min(height - 1, Math.floor(row + spacing));
      const right = Math.min(width - 1, Math.floor(column + spacing));
      for (let r = Math.max(0, Math.ceil(row - spacing)); r <= bottom; r++)
        for (let c = Math.max(0, Math.ceil(column - spacing)); c <= right; c++) {
          const i = r * width + c;
          const distance =
            (lightness[i]! - l!) ** 2 +
            (redGreen[i]! - a!) ** 2 +
            (blueYellow[i]! - b!) ** 2 +
            (down[i]! - y!) ** 2 +
            (across[i]! - x!) ** 2;
          if (distance < best[i]!) {
            best[i] = distance;
            labels[i] = k;
          }
        }
    }
    moveCenters(centers, labels, features);
  }
  return joinSmall(labels, features, height, width, spacing ** 2 / 4);
}

/** Moves every center to the mean of its pixels; one without pixels stays. */
function moveCenters(
  centers: readonly number[][],
  labels: Int32Array,
  features: readonly Float64Array[],
): void {
  const sizes = new Int32Array(centers.length);
  const sums = centers.map((center) => new Float64Array(center.length));
  for (const [i, k] of labels.entries()) {
    sizes[k]!++;
    for (const [f, plane] of features.entries()) sums[k]![f]! += plane[i]!;
  }
  for (const [k, center] of centers.entries())
    if (sizes[k]! > 0) for (const [f, sum] of sums[k]!.entries()) center[f] = sum / sizes[k]!;
}
