// One picture as a data set: for commands that look at a single image.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset } from './dataset.js';
import { decodePicture, planesOf } from './picture.js';
import { fitTo, type Resizing } from './resize.js';

/** Opens a picture, which has no label. Throws a UserError when it is missing or no picture. */
export async function openPicture(file: string, resizing: Resizing): Promise<Dataset> {
  const picture = await decodePicture(file);
  const id = path.basename(file);
  return {
    location: file,
    entries: [{ id }],
    load: async (_, size) => planesOf(fitTo(picture, size, resizing, file)),
    fileOf: () => file,
    bytesOf: () => readFile(file),
  };
}
