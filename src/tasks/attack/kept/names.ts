// Where a run keeps images and maps: names that follow from the rows of results.csv.
import { createHash } from 'node:crypto';
import type { ResultRow } from '../results.js';

/** The folders of clean images, kept iterates and maps in that of a run. */
export const ORIGINALS = 'originals';
export const KEPT = 'perturbed';
export const MAPS = 'maps';

/** Longest name, without the endings, that every file system takes. */
const LONGEST = 200;

/** A word with every character but letters, digits and _ . - ~ quoted as in URLs, `%2F` for a slash. */
export const quoted = (word: string): string =>
  Array.from(Buffer.from(word), (byte) => {
    const character = String.fromCharCode(byte);
    const plain = /[\w.~-]/.test(character);
    return plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');

/**
 * A file name made of words that may hold any characters; no two lists of words have the same. The words are quoted
 * as in URLs and joined by `+`; one longer than 200 characters is cut there, and `+` and the beginning of its
 * SHA-256 follow.
 */
export function fileName(...words: readonly string[]): string {
  const name = words.map(quoted).join('+');
  if (name.length <= LONGEST) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, LONGEST)}+${digest}`;
}

type Kept = Pick<ResultRow, 'image' | 'method' | 'attack' | 'epsilon' | 'select'>;

/** Image, method, attack, ε, `any` without one, and, where there is one, selection rule. */
const keptName = ({ image, method, attack, epsilon, select = '' }: Kept): string =>
  fileName(image, method, attack, String(epsilon ?? 'any'), ...(select === '' ? [] : [select]));

/** The clean image of a row, at the size of the network's input: a picture, since its levels are whole. */
export const originalFile = ({ image }: Pick<ResultRow, 'image'>): string =>
  `${ORIGINALS}/${fileName(image)}.png`;

/** The kept iterate of a row in the folder of its run: float32 [3,H,W]. */
export const keptFile = (row: Kept): string => `${KEPT}/${keptName(row)}.npy`;

/** The same as a picture. */
export const keptPicture = (row: Kept): string => `${KEPT}/${keptName(row)}.png`;

/** The map of the kept iterate of a row: float32 [H,W]. */
export const keptMapFile = (row: Kept): string => `${MAPS}/${keptName(row)}.npy`;

/** The map of the clean image of a row: float32 [H,W]. */
export const cleanMapFile = ({ image, method }: Pick<ResultRow, 'image' | 'method'>): string =>
  `${MAPS}/${fileName(image, method)}.npy`;

/** The map that the image of a row was to be given: float32 [H,W]. */
export const targetMapFile = ({
  image,
  method,
  attack,
}: Pick<ResultRow, 'image' | 'method' | 'attack'>): string =>
  `${MAPS}/${fileName(image, method, attack)}.npy`;
