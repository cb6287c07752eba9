// The two kinds of failure the program tells apart: the user's mistake, which is one line on stderr
// and exit status 2, and everything else, which is ours or the machine's and exits with status 1.

/** A mistake in what the user gave: a config, an argument, a file that is missing or not what it should be. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The message of whatever was thrown, as one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, ' ');
}
