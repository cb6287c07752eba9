// Brings named files and data sets into the data root, unless they are there.
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ofWriting, toldInOneLine, UserError } from '../errors.js';
import { DownloadError, type DownloadOptions, download, otherHash } from './download.js';
import { leftOut, type Remote, remotes } from './registry.js';
import { type Unpacked, unpack } from './unpack.js';

const exists = (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    () => false,
  );

/** The place in the data root that holds what a remote file is for; undefined where there is none. */
export async function placeOf(
  { to, instead = [] }: Remote,
  dataRoot: string,
): Promise<string | undefined> {
  for (const candidate of [...instead, to]) {
    const place = path.join(dataRoot, candidate);
    if (await exists(place)) return place;
  }
  return undefined;
}

/** A remote file by its name. Throws a UserError that lists the names there are. */
export function remoteOf(
  name: string,
  registry: Readonly<Record<string, Remote>> = remotes,
): Remote {
  const known = Object.keys(registry).join(', ');
  if (Object.hasOwn(leftOut, name))
    throw new UserError(`fetch: ${name}: ${leftOut[name]}; expected one of ${known}`);
  if (!Object.hasOwn(registry, name))
    throw new UserError(`fetch: ${name}: expected one of ${known}`);
  return registry[name]!;
}

/** Throws a UserError for an archive in the data root that is not the publisher's. */
async function checkArchive(archive: string, { digest }: Remote): Promise<void> {
  const other = await otherHash(archive, digest);
  if (other !== undefined)
    throw new UserError(
      `${archive}: it has ${digest.algorithm} ${other}, expected the publisher's archive with ${digest.begins}; remove it, and fetch brings that one`,
    );
}

/** Brings the archive of a remote folder, unless it is there, and unpacks it. */
async function fetchFolder(
  remote: Remote & Unpacked,
  { place, dataRoot }: { place: string; dataRoot: string },
  options: DownloadOptions,
): Promise<void> {
  const archive = path.join(dataRoot, path.basename(new URL(remote.url).pathname));
  const before = await exists(archive);
  if (before) await checkArchive(archive, remote);
  else await download(remote, archive, options);
  await unpack(archive, place, remote);
  // the user's own stays
  if (!before) await rm(archive, { force: true });
}

/**
 * Fetches one file or data set into the data root.
 * @returns where it is, and whether it was there before
 * Throws a DownloadError of one line when it cannot be had or written, and a UserError when an archive that is there is
 * not the publisher's.
 */
export async function fetchRemote(
  remote: Remote,
  dataRoot: string,
  options: DownloadOptions = {},
): Promise<{ place: string; before: boolean }> {
  const found = await placeOf(remote, dataRoot);
  if (found !== undefined) return { place: found, before: true };
  const place = path.join(dataRoot, remote.to);
  try {
    if (remote.unpack === undefined) await download(remote, place, options);
    else await fetchFolder({ ...remote, unpack: remote.unpack }, { place, dataRoot }, options);
    return { place, before: false };
  } catch (error) {
    options.signal?.throwIfAborted();
    // another process may have brought it meanwhile
    if (await exists(place)) return { place, before: true };
    const { path: of } = error as NodeJS.ErrnoException;
    const told = toldInOneLine(of === undefined ? ofWriting(place, error) : error);
    throw told === undefined || error instanceof UserError ? error : new DownloadError(told.line);
  }
}
