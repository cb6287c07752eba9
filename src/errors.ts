// Failures of three kinds: a mistake of the user and a fault of the machine are one line, with the exit statuses 2 and 1;
// everything else is a fault of the program. What the operating system refuses is of the first two kinds, by its code.

/** A mistake in what the user gave: a config, an argument, a file that is missing or not what it should be. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Codes of the operating system that the choice of a path leads to. */
const ofPaths: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'it exists already',
  ENOTEMPTY: 'the folder is not empty',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its symbolic links lead in a circle',
};

/** Codes of the operating system that are of the machine, or come while the program works. */
const ofTheMachine: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than is allowed',
  EIO: 'the device fails',
  ENXIO: 'there is no such device',
  ENODEV: 'there is no such device',
  ESTALE: 'its network file system has lost it',
  EBUSY: 'it is in use',
  ETXTBSY: 'it is in use',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENOMEM: 'there is not enough memory',
  EAGAIN: 'the system has nothing left to give',
  EPIPE: 'nobody reads it any more',
};

/** What a system call does with a file, in words; calls that are not here `use` it. */
const doings: Readonly<Record<string, string>> = {
  open: 'opened',
  read: 'read',
  scandir: 'read',
  readlink: 'read',
  write: 'written',
  ftruncate: 'written',
  fsync: 'written',
  fdatasync: 'written',
  rename: 'written',
  mkdir: 'made',
  rmdir: 'removed',
  rm: 'removed',
  unlink: 'removed',
};

/** Node's error for what the operating system refuses. */
type SystemError = NodeJS.ErrnoException & { readonly code: string; readonly syscall: string };

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error &&
  typeof (error as NodeJS.ErrnoException).code === 'string' &&
  typeof (error as NodeJS.ErrnoException).syscall === 'string';

const own = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** The message of whatever was thrown, as one line. Of what the system refuses it is the reason, without the file. */
export function messageOf(error: unknown): string {
  const reason = isSystemError(error)
    ? (own(ofPaths, error.code) ?? own(ofTheMachine, error.code))
    : undefined;
  const text = reason ?? (error instanceof Error ? error.message : String(error));
  return text.replace(/\s*\n\s*/g, ' ');
}

/** A failure that is told in one line. */
export interface Told {
  /** The line, which names the file. */
  readonly line: string;
  /** Whether it is a mistake of the user; else a fault of the machine. */
  readonly mistake: boolean;
}

/** The line of a mistake of the user or a fault of the machine; undefined for a fault of the program. */
export function toldInOneLine(error: unknown): Told | undefined {
  if (error instanceof UserError) return { line: messageOf(error), mistake: true };
  if (!isSystemError(error)) return undefined;
  const { code, syscall, path } = error;
  const what = path === undefined ? '' : `${path}: `;
  const doing = own(doings, syscall) ?? 'used';
  return {
    line: `${what}cannot be ${doing}: ${messageOf(error)}`,
    mistake: own(ofPaths, code) !== undefined,
  };
}

const naming = (syscall: string) => (file: string, error: unknown) =>
  isSystemError(error) ? Object.assign(error, { path: file, syscall }) : error;

/**
 * What was thrown while a file was written, with its name: the system names no file of an open one, and a temporary
 * one where that is written first.
 */
export const ofWriting = naming('write');

/** What was thrown while a file was read, with its name. */
export const ofReading = naming('read');
