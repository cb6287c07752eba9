// Making folders, and paths that are not there.
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

const isFolder = (name: string): Promise<boolean> =>
  stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  );

/**
 * Makes a folder, and those it is in, where they are not there yet. One by one, since Node's own way to make them
 * all never ends where a file system refuses with ENOENT, as /proc does. Throws Node's error where one cannot be made.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const above = path.dirname(folder);
  if (above !== folder) await makeFolder(above);
  try {
    await mkdir(folder);
  } catch (error) {
    // another process may have made it meanwhile
    if (!(await isFolder(folder))) throw error;
  }
}

/**
 * Why a path may not be found, as the end of a message; empty where nothing is known: its folders are separated as on
 * Windows, or the same letters are written in another Unicode form, as macOS does.
 */
export async function whyMissing(name: string): Promise<string> {
  if (path.sep === '/' && name.includes('\\')) return ' (folders are separated by /)';
  const { dir, base } = path.parse(path.normalize(name));
  const there = await readdir(dir || '.').catch(() => []);
  const same = there.some((other) => other !== base && other.normalize() === base.normalize());
  return same ? ' (one is there whose name is written in another Unicode form)' : '';
}
