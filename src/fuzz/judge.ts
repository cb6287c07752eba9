// Whether the program answered an input as it should: it took it, or refused it in one line that names it.

import { UserError } from '../errors.js';
import { DownloadError } from '../fetch/download.js';
import { WrongResult } from './kind.js';

/** The longest line that a refusal may have. */
const LONGEST = 2000;

/** What is wrong with a refusal; undefined for a proper one. */
export function wrongRefusal(message: string, names: readonly string[]): string | undefined {
  if (message.includes('\n')) return 'a refusal of several lines';
  if (/\p{Cc}/u.test(message)) return 'a refusal with control characters';
  if (message.length > LONGEST) return `a refusal of ${message.length} characters`;
  if (!names.some((name) => message.includes(name)))
    return `a refusal that names none of ${names.join(', ')}`;
  return undefined;
}

/** How the program answered. */
export interface Answer {
  /** A line: what it said, or that it took the input. */
  readonly said: string;
  readonly taken: boolean;
  /** What is wrong with the answer; absent if it is right. */
  readonly wrong?: string;
}

export const TAKEN: Answer = { said: 'taken', taken: true };

/** Judges what was thrown while the program worked on an input of some names. */
export function judged(error: unknown, names: readonly string[]): Answer {
  if (error instanceof UserError || error instanceof DownloadError) {
    const wrong = wrongRefusal(error.message, names);
    return { said: error.message, taken: false, ...(wrong === undefined ? {} : { wrong }) };
  }
  if (error instanceof WrongResult)
    return { said: error.message, taken: true, wrong: error.message };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { said: stack, taken: false, wrong: stack.split('\n').slice(0, 3).join(' ') };
}
