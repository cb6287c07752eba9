// Making folders.
import { mkdir, stat } from 'node:fs/promises';
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
