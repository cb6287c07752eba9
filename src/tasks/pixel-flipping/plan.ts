// The plan of pixel-flipping: a cell is an image under a method, or under the random order, with a row for each percent.
import { type PixelFlippingConfig, RANDOM } from './config.js';
import type { FlippingRow } from './results.js';

/** One cell; the numbers index the entries of the data set and the explanations of the config. */
export interface Cell {
  readonly image: number;
  /** The class that the network predicts for the image. */
  readonly label: number;
  /** Undefined for the random order. */
  readonly method: number | undefined;
}

/** The cells of an image, the random order last. */
export const cellsOf = ({ explain }: PixelFlippingConfig, image: number, label: number): Cell[] =>
  [...explain.keys(), undefined].map((method) => ({ image, label, method }));

/** The name of a cell's order of pixels in the column `method`. */
export const methodOf = (
  { explain }: PixelFlippingConfig,
  { method }: Pick<Cell, 'method'>,
): string => (method === undefined ? RANDOM : explain[method]!.id);

/** The key of a cell in flipping.csv. */
export const cellKey = ({ image, method }: Pick<FlippingRow, 'image' | 'method'>): string =>
  JSON.stringify([image, method]);
