// What tests of code that reads files share: a folder of their own, and the words of a refusal.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { UserError } from '../errors.js';

/** Gives every test of the file an empty folder, and the way to name what is in it. */
export function useFolder(): (...parts: readonly string[]) => string {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fragile-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  return (...parts) => path.join(folder, ...parts);
}

/** The message of the UserError, of one line, that a piece of work must end in. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toContain('\n');
  return message;
}
