// The colors of saliency maps. Maps are sums of absolute values, so their colors are sequential and perceptually even,
// dark at zero. Maps of sensitivities and of contributions have different colors, so that a gallery shows at a glance
// the kind of a map.
import { interpolateInferno, interpolateViridis } from 'd3-scale-chromatic';
import { quantile } from 'simple-statistics';
import { type MethodItem, showsOf } from '../config/methods.js';
import type { Picture } from '../data/picture.js';

/** A color, as #rrggbb, for a value from 0 to 1. */
export type ColorMap = (value: number) => string;

const colorMaps = {
  sensitivity: interpolateInferno,
  contribution: interpolateViridis,
} satisfies Readonly<Record<ReturnType<typeof showsOf>, ColorMap>>;

/** The colors of a method's maps; those of SmoothGrad are the averaged method's. */
export const colorMapOf = (item: MethodItem): ColorMap => colorMaps[showsOf(item)];

/** The percentile of a map that is drawn brightest, so that a few pixels above it do not leave the rest black. */
export const CLIPPED_AT = 99;

/** The value that is drawn brightest: that percentile, or the largest value if the percentile is zero. */
export function brightestOf(map: Float32Array): number {
  const values = Array.from(map);
  const largest = values.reduce((most, v) => Math.max(most, v), 0);
  return quantile(values, CLIPPED_AT / 100) || largest;
}

const LEVELS = 256;

/** The red, green and blue of equally spaced values from 0 to 1. */
const levelsOf = (colors: ColorMap): readonly (readonly number[])[] =>
  Array.from({ length: LEVELS }, (_, i) => {
    const hex = colors(i / (LEVELS - 1));
    return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  });

/** A saliency map [H,W] in colors: black to brightest from 0 to the clipping percentile of its own values. */
export function drawnMap(
  map: Float32Array,
  height: number,
  width: number,
  colors: ColorMap,
): Picture {
  const levels = levelsOf(colors);
  const brightest = brightestOf(map);
  const data = Buffer.alloc(3 * height * width);
  map.forEach((value, i) => {
    const part = brightest > 0 ? Math.min(1, value / brightest) : 0;
    data.set(levels[Math.round(part * (LEVELS - 1))]!, 3 * i);
  });
  return { data, height, width };
}
