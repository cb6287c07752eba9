// Unpacks an archive into a folder that appears whole or not at all.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { extract, list, type Parser, type ReadEntry } from 'tar';
import { messageOf } from '../errors.js';
import { makeFolder } from '../folder.js';
import { shown } from '../shown.js';
import { DownloadError, EXCESS } from './download.js';
import { abandonPart, newPart, removeParts } from './parts.js';
import type { Remote } from './registry.js';

/** An archive and what is made of it. */
export type Unpacked = Pick<Remote, 'size'> & Required<Pick<Remote, 'unpack'>>;

/**
 * Gives a reader of archives what an archive is packed from, up to the archive's end: what follows that, the reader
 * would gather. Throws when there is more than twice the known size: pictures hardly shrink.
 */
async function read(archive: string, packedSize: number, reader: Parser): Promise<void> {
  const most = EXCESS * packedSize;
  const bad = (why: string) => new DownloadError(`${archive}: ${why}`);
  let size = 0;
  let atEnd = false;
  reader.on('eof', () => {
    atEnd = true;
  });
  const closed = new Promise<void>((resolve, reject) => {
    reader.on('error', reject).on('close', resolve);
  });
  // it is waited for below, unless something else fails first
  closed.catch(() => {});
  const unpacked = createGunzip();
  const packed = createReadStream(archive).on('error', (error) => unpacked.destroy(error));
  for await (const chunk of packed.pipe(unpacked) as AsyncIterable<Buffer>) {
    // the reader would unpack it a second time
    if (size === 0 && chunk[0] === 0x1f && chunk[1] === 0x8b) throw bad('it is packed twice');
    size += chunk.length;
    if (size > most) throw bad(`it unpacks to more than ${most} bytes, expected fewer`);
    if (!reader.write(chunk)) await Promise.race([once(reader, 'drain'), closed]);
    if (atEnd) break;
  }
  reader.end();
  await closed;
}

/** Names of an archive's plain files, in order. */
async function membersOf(archive: string, size: number): Promise<string[]> {
  const members: string[] = [];
  const reader = list({
    onReadEntry: (entry: ReadEntry) => {
      if (entry.type === 'File') members.push(entry.path);
    },
  });
  await read(archive, size, reader);
  return members.sort();
}

/** Whether an error is of what is read, and not of the disk: those of zlib and tar have codes of their own. */
const isDamage = (error: unknown): error is Error =>
  error instanceof Error && /^(Z_|TAR_)/.test(String((error as NodeJS.ErrnoException).code));

/**
 * Unpacks the files that a remote archive's rule gives a place, and no others.
 * Throws a DownloadError when the archive is damaged, has none of them, or unpacks to far more than its size.
 */
export async function unpack(archive: string, folder: string, remote: Unpacked): Promise<void> {
  try {
    await unpackMembers(archive, folder, remote);
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new DownloadError(`${archive}: not a whole archive: ${shown(messageOf(error))}`);
  }
}

async function unpackMembers(archive: string, folder: string, remote: Unpacked): Promise<void> {
  const members = await membersOf(archive, remote.size);
  const place = remote.unpack(members);
  const placed = new Map(
    members.flatMap((member) => {
      const to = place(member);
      return to === undefined ? [] : [[member, to] as const];
    }),
  );
  if (placed.size === 0) throw new DownloadError(`${archive}: none of the expected files is in it`);
  const beside = newPart(folder);
  try {
    await makeFolder(beside);
    const reader = extract({
      cwd: beside,
      strict: true,
      filter: (name, entry) => 'type' in entry && entry.type === 'File' && placed.has(name),
      onReadEntry: (entry: ReadEntry) => {
        entry.path = placed.get(entry.path) ?? entry.path;
      },
    });
    await read(archive, remote.size, reader);
    await rename(beside, folder);
    await removeParts(folder);
  } finally {
    await abandonPart(beside);
  }
}
