// A folder of small pictures for tests of data sets.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { useFolder } from '../../testing/files.js';

/** Gives every test of the file an empty folder, and the ways to put pictures and text into it. */
export function usePictures() {
  const at = useFolder();
  /** Writes a 2×2 picture of one gray level. */
  const draw = async (name: string, level = 0): Promise<void> => {
    await mkdir(path.dirname(at(name)), { recursive: true });
    const picture = sharp(Buffer.alloc(12, level), { raw: { width: 2, height: 2, channels: 3 } });
    await writeFile(at(name), await picture.png().toBuffer());
  };
  /** Writes pictures, each of another gray level. */
  const drawAll = async (...names: readonly string[]): Promise<void> => {
    for (const [i, name] of names.entries()) await draw(name, i);
  };
  const write = (name: string, ...lines: readonly string[]): Promise<void> =>
    writeFile(at(name), lines.join('\n'));
  return { at, draw, drawAll, write };
}
