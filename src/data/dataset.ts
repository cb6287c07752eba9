// A data set is a list of entries and a way to load one: pictures are decoded one at a time, never the
// whole set.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Size } from './picture.js';
import type { Resizing } from './resize.js';

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
  /** Why labels are missing, or are not classes of the network, in one line; absent where every label is sure. */
  readonly unclear?: string | undefined;
  /** What labels rely on where the names of classes are not known, in one line. */
  readonly note?: string | undefined;
  /** An entry's pixels at a network's input size: float32 [3,H,W], 0..255. */
  load(entry: ImageEntry, size: Size): Promise<Float32Array>;
  /** The file that holds an entry. */
  fileOf(entry: ImageEntry): string;
  /** The bytes of an entry as they are stored. */
  bytesOf(entry: ImageEntry): Promise<Uint8Array>;
}

/** SHA-256, in hexadecimal, of the names and labels of all entries in their order. */
export function listHash({ entries }: Pick<Dataset, 'entries'>): string {
  const hash = createHash('sha256');
  for (const { id, label } of entries) hash.update(`${JSON.stringify([id, label ?? null])}\n`);
  return hash.digest('hex');
}

/**
 * SHA-256, in hexadecimal, of a whole data set: of the names, labels and bytes of all entries, or, where files hold
 * many entries each with their labels, of these files.
 */
export async function fingerprint({
  entries,
  fileOf,
}: Pick<Dataset, 'entries' | 'fileOf'>): Promise<string> {
  const hash = createHash('sha256');
  const files = new Set(entries.map(fileOf));
  if (files.size < entries.length) {
    for (const file of files)
      for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }
  for (const entry of entries) {
    const bytes = await readFile(fileOf(entry));
    const { id, label = null } = entry;
    hash.update(`${JSON.stringify([id, label, bytes.length])}\n`).update(bytes);
  }
  return hash.digest('hex');
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
