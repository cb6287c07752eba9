// Replacing a file as a whole, so that a reader, or the next start after a crash, never sees half of one. Each process
// writes under temporary names of its own: two processes may write the same file at the same time.
import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ofWriting } from './errors.js';

/** The names of this process's temporary files end in this. */
const ending = `.${randomBytes(6).toString('hex')}.part`;

/** Names of temporary files of any process. */
const temporary = /\.[0-9a-f]{12}\.part$/;

async function replace(file: string, content: string | Uint8Array): Promise<void> {
  const beside = file + ending;
  try {
    const handle = await open(beside, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw ofWriting(file, error);
  }
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

/**
 * Removes the temporary files in a folder that were last written before a moment: those of processes that were ended.
 * @param before milliseconds since 1970
 */
export async function removeTemporary(folder: string, before: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => temporary.test(one))) {
    const file = path.join(folder, name);
    const status = await stat(file).catch(() => undefined);
    if (status !== undefined && status.mtimeMs < before) await rm(file, { force: true });
  }
}
