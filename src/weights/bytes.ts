// The bytes of a file that the user named.
import { readFile, stat } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.js';
import { whyMissing } from '../folder.js';

/** All bytes of a file. Throws a UserError with what was expected when it is missing, not a file, or not to be read. */
export async function bytesOf(file: string, expected: string): Promise<Buffer> {
  const status = await stat(file).catch(() => undefined);
  if (status === undefined)
    throw new UserError(`${file}: no such file${await whyMissing(file)}; expected ${expected}`);
  if (!status.isFile()) throw new UserError(`${file}: not a file; expected ${expected}`);
  return readFile(file).catch((error) => {
    throw new UserError(`${file}: cannot be read: ${messageOf(error)}`);
  });
}
