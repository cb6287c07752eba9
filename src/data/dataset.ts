// A data set is a list of entries and a way to load one: pictures are decoded one at a time, never the
// whole set.
import type { Resizing, Size } from './resize.js';

export interface ImageEntry {
  /** Its name in the `image` column. */
  readonly id: string;
  /** Class number; undefined for a picture without a label. */
  readonly label?: number | undefined;
}

export interface Dataset {
  /** The folder it was read from. */
  readonly location: string;
  readonly entries: readonly ImageEntry[];
  /** An entry's pixels at a network's input size: float32 [3,H,W], 0..255. */
  load(entry: ImageEntry, size: Size): Promise<Float32Array>;
  /** SHA-256, in hexadecimal, of the names, labels and bytes of all entries. */
  fingerprint(): Promise<string>;
}

/** A data set, as a config names it. */
export interface DataSource extends Resizing {
  readonly name: string;
  readonly path?: string;
  readonly split?: 'train' | 'test';
}

/** The folder of weights and data sets: the one given, else $FRAGILE_DATA, else ./data. */
export const dataRootOf = (given: string | undefined): string =>
  given ?? (process.env.FRAGILE_DATA || 'data');
