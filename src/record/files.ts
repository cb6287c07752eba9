// Reading and writing the files of a run, and files at paths that the user gave.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../errors.js';
import { makeFolder } from '../folder.js';
import { writeWhole } from '../write-whole.js';

export { writeWhole };

/** Writes a file at a path that the user gave, and makes its folder. Throws a UserError if that fails. */
export async function writeNamed(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await makeFolder(path.dirname(file));
    await writeWhole(file, content);
  } catch (error) {
    throw new UserError(`${file}: cannot be written: ${messageOf(error)}`);
  }
}

/** The text of a file; undefined if the file does not exist. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether there is a file of this name. */
export const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    (s) => s.isFile(),
    () => false,
  );
