// The center of mass of a map and how far it moves: the measure of Ghorbani et al. 2019 that the
// mass-center attack drives up. Coordinates are pixels, row first, the first pixel at (0, 0).

import { requireShape, type Values } from './values.js';

/**
 * Center of mass Σ I_ij·(i, j) / Σ I_ij of a map.
 * @param map height x width values, row-major
 * @returns [row, column] in pixels; NaN where the map sums to 0 or is not finite
 */
export function massCenter(map: Values, height: number, width: number): [number, number] {
  requireShape(map, height, width);
  let mass = 0;
  let rowMoment = 0;
  let columnMoment = 0;
  for (let i = 0; i < height; i++) {
    let rowMass = 0;
    for (let j = 0; j < width; j++) {
      const value = map[i * width + j]!;
      rowMass += value;
      columnMoment += value * j;
    }
    mass += rowMass;
    rowMoment += rowMass * i;
  }
  return [rowMoment / mass, columnMoment / mass];
}

/** A point of a map: row and column in pixels. */
export type Point = readonly [row: number, column: number];

/** A center of mass without its fractions, as the program of Ghorbani et al. 2019 has it. */
export const truncatedCenter = (map: Values, height: number, width: number): Point => {
  const [row, column] = massCenter(map, height, width);
  return [Math.floor(row), Math.floor(column)];
};

/** Euclidean distance in pixels from a point of whole pixels to the truncated center of a map. */
export function truncatedShift(from: Point, map: Values, height: number, width: number): number {
  const [row, column] = truncatedCenter(map, height, width);
  return Math.hypot(row - from[0], column - from[1]);
}

/** Euclidean distance in pixels between the centers of mass of two maps of height x width values. */
export function centerShift(a: Values, b: Values, height: number, width: number): number {
  const [rowA, columnA] = massCenter(a, height, width);
  const [rowB, columnB] = massCenter(b, height, width);
  return Math.hypot(rowA - rowB, columnA - columnB);
}
