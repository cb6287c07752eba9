// Notes on stderr while a command works. Names in them may come from files, so control characters are escaped, for a
// terminal would obey them.
import { shown } from './shown.js';

/** Characters of a note. */
const LONGEST = 2000;

/** Writes one line on stderr. */
export function note(text: string): void {
  process.stderr.write(`${shown(text, LONGEST)}\n`);
}
