// Writing files so that a reader, or the next start after a crash, never sees half of one.
import { open, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../errors.js';
import { makeFolder } from '../folder.js';

async function replace(file: string, content: string | Uint8Array): Promise<void> {
  const beside = `${file}.part`;
  const handle = await open(beside, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}

/** The last pending write of each file. */
const underWay = new Map<string, Promise<void>>();

/**
 * Replaces a file as a whole: written beside it, flushed to disk, then renamed over it. Writes of one file come
 * one after another.
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const before = underWay.get(file);
  // the caller that asked for the earlier write gets its error
  const written = (before ?? Promise.resolve()).catch(() => {}).then(() => replace(file, content));
  underWay.set(file, written);
  try {
    await written;
  } finally {
    if (underWay.get(file) === written) underWay.delete(file);
  }
}

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
