// Text that comes from a file, in a message: a terminal obeys control characters, and a name may be megabytes long.

const LONGEST = 200;

/** Control characters, line separators, and what changes the direction of writing. */
const unseen = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escaped = (character: string): string =>
  short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Text in one line: control characters are escaped as in JSON, longer text ends in `…`.
 * @param longest characters at most; default 200
 */
export function shown(text: string, longest = LONGEST): string {
  // what is escaped grows at most sixfold, so that no more than this is ever looked at
  const whole = text.slice(0, longest + 1).replace(unseen, escaped);
  if (whole.length <= longest) return whole;
  // an escape or a surrogate pair is not cut in two
  return `${whole.slice(0, longest - 1).replace(/\\(u[0-9a-f]{0,3})?$|[\ud800-\udbff]$/, '')}…`;
}
