// What commands print: results on stdout, everything else on stderr as one line. Names in it may come from files, so
// control characters are escaped, for a terminal would obey them.
import { messageOf, toldInOneLine } from '../errors.js';
import { shown } from '../shown.js';
import { status } from './status.js';

/** Characters of a message. */
const LONGEST = 2000;
/** Lines of a stack. */
const FRAMES = 20;

/** Prints lines of results. */
export function print(text: string): void {
  const lines = text.split('\n').map((line) => shown(line, Number.POSITIVE_INFINITY));
  process.stdout.write(lines.join('\n'));
}

/** Prints one line on stderr. */
export function tell(text: string): void {
  process.stderr.write(`fragile: ${shown(text, LONGEST)}\n`);
}

/** The stack below the message of an error of the program, bounded. */
function framesOf(error: unknown): string {
  const lines = (error instanceof Error ? (error.stack ?? '') : '').split('\n');
  const frames = lines.filter((line) => /^ {4}at /.test(line)).slice(0, FRAMES);
  return frames.map((line) => `${shown(line, LONGEST)}\n`).join('');
}

/** Prints whatever a command threw, a fault of the program with its stack, and gives the exit status. */
export function tellFailure(error: unknown): number {
  const told = toldInOneLine(error);
  if (told !== undefined) {
    tell(told.line);
    return told.mistake ? status.mistake : status.fault;
  }
  tell(error instanceof Error ? `${error.name}: ${messageOf(error)}` : messageOf(error));
  process.stderr.write(framesOf(error));
  return status.fault;
}
