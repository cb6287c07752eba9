// Archives of files by their names, and remote folders that the server of the tests gives out.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { create } from 'tar';
import { type Remote, remotes } from '../registry.js';
import { sha256 } from './server.js';

/** A gzipped archive of files with these contents, made in a folder. */
export async function archiveOf(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<Buffer> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, 'source', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const made = path.join(folder, 'made.tgz');
  await create({ file: made, cwd: path.join(folder, 'source'), gzip: true }, Object.keys(files));
  return readFile(made);
}

/** A remote archive of these bytes under the name of a real one, with that one's rule of unpacking. */
export const remoteArchive = (name: string, bytes: Buffer, server: string): Remote => ({
  ...remotes[name]!,
  url: new URL('/archive.tgz', server).href,
  digest: { algorithm: 'sha256', begins: sha256(bytes) },
});
