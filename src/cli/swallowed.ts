// An option with several values takes every word behind it, so `--method gradient cat.png` takes the picture too.
import { statSync } from 'node:fs';
import { UserError } from '../errors.js';

const isFile = (name: string): boolean =>
  statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;

/**
 * The picture of a command, taken out of the values of an option where it stands among them.
 * @param command the name of the command, for the message
 * @param lists the values of the options that have several
 * Throws a UserError if there is none.
 */
export function pictureAmong(
  command: string,
  picture: string | undefined,
  lists: readonly (string[] | undefined)[],
): string {
  if (picture !== undefined) return picture;
  for (const list of lists) {
    const at = list?.findIndex(isFile) ?? -1;
    if (at >= 0) return list!.splice(at, 1)[0]!;
  }
  throw new UserError(
    `no picture, expected the name of a file before the options: fragile ${command} PICTURE --method NAME`,
  );
}
