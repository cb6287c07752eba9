// Reading and writing the files of a run.
import { readFile, stat } from 'node:fs/promises';
import { ofReading } from '../errors.js';
import { writeWhole } from '../write-whole.js';

export { writeWhole };

/** The text of a file; undefined if the file does not exist. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw ofReading(file, error);
  }
}

/** Whether there is a file of this name. */
export const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    (s) => s.isFile(),
    () => false,
  );
