// The part of a table that one attempt writes. An attempt is one start of a run. It appends to files of its own, named
// by a random id, `results.1f0c9a2b.csv` beside `results.csv`. So every file has one writer, and two attempts in one
// folder lose no rows.
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ofWriting } from '../errors.js';
import { readIfThere, writeWhole } from './files.js';

/** The id of a new attempt. */
export const newAttempt = (): string => randomBytes(4).toString('hex');

/** The file of an attempt beside the file of a table. */
export function attemptFile(table: string, attempt: string): string {
  const { dir, name, ext } = path.parse(table);
  return path.join(dir, `${name}.${attempt}${ext}`);
}

/** The id in the name of an attempt's file; undefined for another file. */
function attemptOf(table: string, file: string): string | undefined {
  const { name, ext } = path.parse(table);
  const middle = file.slice(name.length + 1, file.length - ext.length);
  return /^[0-9a-f]{8}$/.test(middle) && file === `${name}.${middle}${ext}` ? middle : undefined;
}

/** The ids of the attempts with a file beside a table, in order. */
export async function attemptsAt(table: string): Promise<string[]> {
  const names = await readdir(path.dirname(table)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((file) => attemptOf(table, file) ?? []).sort();
}

/** Whether a file of a folder belongs to a table: the table itself, or an attempt's part of it. */
export const isOfTable = (table: string, file: string): boolean =>
  file === table || attemptOf(table, file) !== undefined;

/** The bytes of an open file. */
async function contentOf(handle: FileHandle): Promise<Buffer> {
  const content = Buffer.alloc((await handle.stat()).size);
  await handle.read(content, 0, content.length, 0);
  return content;
}

/** The file to which one attempt appends lines. It is made with its first line. */
export class AttemptFile {
  private handle: FileHandle | undefined;
  private queue: Promise<void> = Promise.resolve();

  /** @param header the first line of the file */
  constructor(
    private readonly file: string,
    private readonly header: string,
  ) {}

  /**
   * Adds lines; they are on disk when the promise resolves.
   * Rejects, as every later call does, once a write has failed: a failed write may leave part of a line.
   */
  append(lines: string): Promise<void> {
    this.queue = this.queue
      .then(() => this.write(lines))
      .catch((error) => {
        throw ofWriting(this.file, error);
      });
    return this.queue;
  }

  private async write(lines: string): Promise<void> {
    this.handle = await this.opened();
    await this.handle.appendFile(lines);
    await this.handle.datasync();
  }

  /** The file, with its header and all lines so far. */
  private async opened(): Promise<FileHandle> {
    const { handle } = this;
    if (handle !== undefined && (await handle.stat()).nlink > 0) return handle;
    const made = await open(this.file, 'w+');
    // another attempt that finished the run has taken the lines over and removed the file: it is made again
    const lines = handle === undefined ? this.header : await contentOf(handle);
    await made.appendFile(lines);
    await handle?.close();
    return made;
  }

  /** Closes the file as it is. */
  async close(): Promise<void> {
    // the caller of append has got the error
    await this.queue.catch(() => {});
    await this.handle?.close();
    this.handle = undefined;
  }
}

/** A part of a table: the text of a file. */
export interface Part {
  /** The attempt that wrote it; undefined for the table itself. */
  readonly attempt: string | undefined;
  readonly file: string;
  readonly text: string;
}

/** The parts of a table: the table itself, then what attempts have added. */
export async function partsOf(table: string): Promise<Part[]> {
  const parts: Part[] = [];
  for (const attempt of await attemptsAt(table)) {
    const file = attemptFile(table, attempt);
    const text = await readIfThere(file);
    if (text !== undefined) parts.push({ attempt, file, text });
  }
  // last: the rows of a file that another attempt has removed meanwhile are in the table by then
  const text = await readIfThere(table);
  return text === undefined ? parts : [{ attempt: undefined, file: table, text }, ...parts];
}

/**
 * Replaces a table, and the parts of it that were read, by one text.
 * @param beyond rows that belong to no cell of the plan, as a part of their own; empty for none
 */
export async function compact(
  table: string,
  parts: readonly Part[],
  { attempt, text, beyond }: { attempt: string; text: string; beyond: string },
): Promise<void> {
  const own = attemptFile(table, attempt);
  // nothing is removed before all of it is somewhere else
  if (beyond !== '') await writeWhole(own, beyond);
  await writeWhole(table, text);
  for (const { file, text: taken } of parts) {
    if (file === table || (file === own && beyond !== '')) continue;
    const size = await stat(file).then(
      (status) => status.size,
      () => 0,
    );
    // an attempt that still runs may have added to it
    if (size === Buffer.byteLength(taken)) await rm(file, { force: true });
  }
}
