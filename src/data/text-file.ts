// Text files beside pictures: lists of labels and of class names.
import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.js';
import { shown } from '../shown.js';

/**
 * The text of a file in UTF-8, or in UTF-16 after a byte order mark; undefined if there is none.
 * Throws a UserError for a file that cannot be read or is in another encoding.
 */
export async function readText(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new UserError(`${file}: cannot be read: ${shown(messageOf(error))}`);
  });
  if (bytes === undefined) return undefined;
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${file}: not text in UTF-8, expected it to be saved as UTF-8`);
  }
}
