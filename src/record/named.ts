// Files at paths that a user names. One is written over only where it is a file of the same kind that fragile wrote, or
// where that was asked for: a link, a pipe or a device never is.
import type { Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import path from 'node:path';
import { ofWriting, UserError } from '../errors.js';
import { makeFolder } from '../folder.js';
import { writeWhole } from './files.js';

/** A kind of file, known by its beginning. */
export interface Kind {
  /** In messages, such as `a report`. */
  readonly what: string;
  readonly begins: RegExp;
}

const kinds = {
  report: { what: 'a report', begins: /<meta name="generator" content="fragile / },
  png: { what: 'a PNG', begins: /^\x89PNG\r\n/ },
  svg: { what: 'an SVG', begins: /^<svg / },
  patterns: {
    what: 'a file of patterns',
    begins: /^.{8}\{"__metadata__":\{"model":"[^"]*","dataset":/s,
  },
} satisfies Readonly<Record<string, Kind>>;

/** When an existing file may be replaced. */
export interface Replacing {
  /** Files of this kind are replaced; without a kind none is. */
  readonly kind?: keyof typeof kinds;
  /** Any file is replaced; undefined for commands that are not asked. */
  readonly fresh?: boolean | undefined;
}

/** Bytes at the beginning of a file, by which its kind is known. */
const BEGINNING = 4096;

async function beginningOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** What stands at a path where no file may be written, with advice. */
function inTheWay(there: Stats): string | undefined {
  if (there.isFile()) return undefined;
  if (there.isSymbolicLink()) return 'a symbolic link; expected a file: give the one it leads to';
  if (there.isDirectory()) return 'a folder; expected the name of a file';
  return `a ${there.isFIFO() ? 'pipe' : there.isSocket() ? 'socket' : 'device'}; expected the name of a file`;
}

/** Throws a UserError if a path that the user named holds what may not be replaced. */
export async function checkNamed(file: string, { kind, fresh }: Replacing = {}): Promise<void> {
  const there = await lstat(file).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw ofWriting(file, error);
  });
  if (there === undefined) return;
  const blocked = inTheWay(there);
  if (blocked !== undefined) throw new UserError(`${file}: ${blocked}`);
  if (fresh) return;
  const known = kind === undefined ? undefined : kinds[kind];
  if (known?.begins.test(await beginningOf(file))) return;
  const is = known === undefined ? 'exists already' : `is not ${known.what} of fragile`;
  throw new UserError(
    `${file}: ${is}; ${fresh === undefined ? 'move it away' : 'use --fresh to replace it'}, or give another name`,
  );
}

/**
 * Writes a file at a path that the user named, and makes its folder. Throws a UserError if the path holds what may not
 * be replaced, and Node's error, with the path, if the file cannot be written.
 */
export async function writeNamed(
  file: string,
  content: string | Uint8Array,
  replacing: Replacing = {},
): Promise<void> {
  await checkNamed(file, replacing);
  await makeFolder(path.dirname(file));
  await writeWhole(file, content);
}
