// Names of files made of words that may hold any characters.
import { createHash } from 'node:crypto';

/** Longest name, without the endings, that every file system takes. */
const LONGEST = 200;

/** A word with every character but letters, digits and _ . - ~ quoted as in URLs, `%2F` for a slash. */
export const quoted = (word: string): string =>
  Array.from(Buffer.from(word), (byte) => {
    const character = String.fromCharCode(byte);
    const plain = /[\w.~-]/.test(character);
    return plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');

/**
 * A file name made of words that may hold any characters; no two lists of words have the same. The words are quoted
 * as in URLs and joined by `+`; one longer than 200 characters is cut there, and `+` and the beginning of its
 * SHA-256 follow.
 */
export function fileName(...words: readonly string[]): string {
  const name = words.map(quoted).join('+');
  if (name.length <= LONGEST) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, LONGEST)}+${digest}`;
}
