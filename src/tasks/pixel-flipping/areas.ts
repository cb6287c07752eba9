// Areas under the curves of pixel-flipping, as means of accuracy or confidence over a range of percents, and their
// differences between methods, image by image.
import { type Estimate, estimateOf } from '../../analysis/bootstrap.js';
import { groupBy } from '../../group-by.js';
import { cellKey } from './plan.js';
import type { FlippingRow } from './results.js';

/** A curve: percents in rising order, and its values. */
type Curve = readonly (readonly [percent: number, value: number])[];

/**
 * The mean of a curve over 0 to `end` percent, on straight lines between its points; undefined if the curve does not
 * cover them.
 */
export function meanUpTo(curve: Curve, end: number): number | undefined {
  if (curve[0]?.[0] !== 0 || curve.at(-1)![0] < end) return undefined;
  let area = 0;
  for (const [i, [to, value]] of curve.entries()) {
    if (i === 0) continue;
    const [from, before] = curve[i - 1]!;
    if (from >= end) break;
    const until = Math.min(to, end);
    const last = before + ((value - before) * (until - from)) / (to - from);
    area += ((before + last) / 2) * (until - from);
  }
  return area / end;
}

/** The areas that are told: of accuracy or confidence, up to a percent. */
export const areas = [
  { of: 'accuracy', end: 20 },
  { of: 'accuracy', end: 100 },
  { of: 'confidence', end: 20 },
  { of: 'confidence', end: 100 },
] as const;

export type Area = (typeof areas)[number];

const valueIn = ({ correct, confidence }: FlippingRow, { of }: Area) =>
  of === 'accuracy' ? Number(correct) : confidence!;

/** The areas of one method, by image. */
export type AreasByImage = ReadonlyMap<string, number>;

/** The area of every method and image; images without a map are left out. */
export function areasOf(
  rows: readonly FlippingRow[],
  area: Area,
): ReadonlyMap<string, AreasByImage> {
  const methods = new Map<string, Map<string, number>>();
  for (const cell of groupBy(rows, cellKey).values()) {
    const { method, image, status } = cell[0]!;
    const ofMethod = methods.get(method) ?? new Map<string, number>();
    methods.set(method, ofMethod);
    if (status !== 'ok') continue;
    const found = meanUpTo(
      cell.map((row) => [row.percent, valueIn(row, area)] as const),
      area.end,
    );
    if (found !== undefined) ofMethod.set(image, found);
  }
  return methods;
}

/** The mean area of a method over its images; undefined without images. */
export const areaOf = (areas: AreasByImage, seed: number): Estimate | undefined =>
  areas.size === 0 ? undefined : estimateOf([...areas.values()], seed);

/** The mean difference of the areas of two methods over the images that both have; undefined without such images. */
export function differenceOf(
  areas: AreasByImage,
  reference: AreasByImage,
  seed: number,
): Estimate | undefined {
  const differences = [...areas].flatMap(([image, area]) => {
    const other = reference.get(image);
    return other === undefined ? [] : [area - other];
  });
  return differences.length === 0 ? undefined : estimateOf(differences, seed);
}
