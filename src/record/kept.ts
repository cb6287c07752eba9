// The file names of the images and maps that a run of attacks keeps. They follow from the rows of results.csv.
import { type Bound, nameOfBound } from './bound.js';
import { fileName } from './names.js';

/** The folders of clean images, kept iterates and maps, in the folder of a run. */
export const ORIGINALS = 'originals';
export const KEPT = 'perturbed';
export const MAPS = 'maps';

/** The columns that identify a kept iterate of a run. */
export interface KeptRow {
  readonly image: string;
  readonly method: string;
  readonly attack: string;
  readonly epsilon?: Bound;
  readonly select?: string | undefined;
}

/** Image, method, attack, ε (`any` without a bound) and, if there is one, the selection rule. */
const keptName = ({ image, method, attack, epsilon, select = '' }: KeptRow): string =>
  fileName(image, method, attack, String(nameOfBound(epsilon)), ...(select === '' ? [] : [select]));

/**
 * The clean image of a row, at the size of the network's input. It is a PNG, since its gray levels are whole numbers.
 */
export const originalFile = ({ image }: Pick<KeptRow, 'image'>): string =>
  `${ORIGINALS}/${fileName(image)}.png`;

/** The kept iterate of a row in the folder of its run: float32 [3,H,W]. */
export const keptFile = (row: KeptRow): string => `${KEPT}/${keptName(row)}.npy`;

/** The same as a picture. */
export const keptPicture = (row: KeptRow): string => `${KEPT}/${keptName(row)}.png`;

/** The map of the kept iterate of a row: float32 [H,W]. */
export const keptMapFile = (row: KeptRow): string => `${MAPS}/${keptName(row)}.npy`;

/** The map of the clean image of a row: float32 [H,W]. */
export const cleanMapFile = ({ image, method }: Pick<KeptRow, 'image' | 'method'>): string =>
  `${MAPS}/${fileName(image, method)}.npy`;

/** The target map of the image of a row: float32 [H,W]. */
export const targetMapFile = ({
  image,
  method,
  attack,
}: Pick<KeptRow, 'image' | 'method' | 'attack'>): string =>
  `${MAPS}/${fileName(image, method, attack)}.npy`;
