// Writes further files of a run when the config asks for them: the kept iterates, as numbers and as pictures, and the
// saliency maps.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { encodeNpy } from '../../../data/npy.js';
import { encodePng, type Size } from '../../../data/picture.js';
import { makeFolder } from '../../../folder.js';
import { writeWhole } from '../../../record/files.js';
import {
  cleanMapFile,
  KEPT,
  keptFile,
  keptMapFile,
  keptPicture,
  MAPS,
  ORIGINALS,
  originalFile,
  targetMapFile,
} from '../../../record/kept.js';
import type { CellResult } from '../computer.js';
import type { ResultRow } from '../results.js';

/**
 * How many iterates of a run's first images are not in its folder, as after someone removed them.
 * @param rows in the order of the plan
 * @param images of how many images iterates are kept
 */
export function missingKept(folder: string, rows: readonly ResultRow[], images: number): number {
  const first = [...new Set(rows.map(({ image }) => image))].slice(0, images);
  const kept = rows.filter(({ image, status }) => status === 'ok' && first.includes(image));
  return kept.filter((row) => !existsSync(path.join(folder, keptFile(row)))).length;
}

/**
 * Writes the kept iterates of a cell to `perturbed`, float32 numbers [3,H,W] and a rounded picture of each, and to
 * `maps` their maps, the clean image's map and the target map, float32 [H,W].
 * @param folder the run's folder
 */
export async function saveKept(
  folder: string,
  row: ResultRow,
  { kept, cleanImage, cleanMap, targetMap }: CellResult,
  { height, width }: Size,
): Promise<void> {
  for (const made of [ORIGINALS, KEPT, MAPS]) await makeFolder(path.join(folder, made));
  const saveMap = (file: string, map: Float32Array) =>
    writeWhole(path.join(folder, file), encodeNpy(map, [height, width]));
  const savePicture = async (file: string, image: Float32Array) =>
    writeWhole(path.join(folder, file), await encodePng(image, height, width));
  if (cleanImage !== undefined) await savePicture(originalFile(row), cleanImage);
  if (cleanMap !== undefined) await saveMap(cleanMapFile(row), cleanMap);
  if (targetMap !== undefined) await saveMap(targetMapFile(row), targetMap);
  for (const { select, x, map } of kept) {
    const of = { ...row, select };
    await writeWhole(path.join(folder, keptFile(of)), encodeNpy(x, [3, height, width]));
    await savePicture(keptPicture(of), x);
    await saveMap(keptMapFile(of), map);
  }
}
