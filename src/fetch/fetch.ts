// Brings named files and data sets into the data root, unless they are there.
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { type DownloadOptions, download } from './download.js';
import { leftOut, type Remote, remotes } from './registry.js';
import { unpack } from './unpack.js';

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

/**
 * Fetches one file or data set into the data root.
 * @returns where it is, and whether it was there before
 * Throws a DownloadError of one line when it cannot be had.
 */
export async function fetchRemote(
  remote: Remote,
  dataRoot: string,
  options: DownloadOptions = {},
): Promise<{ place: string; before: boolean }> {
  const before = await placeOf(remote, dataRoot);
  if (before !== undefined) return { place: before, before: true };
  const place = path.join(dataRoot, remote.to);
  if (remote.unpack === undefined) {
    await download(remote.url, place, remote.digest, options);
    return { place, before: false };
  }
  const archive = path.join(dataRoot, path.basename(new URL(remote.url).pathname));
  if (!(await exists(archive))) await download(remote.url, archive, remote.digest, options);
  await unpack(archive, place, remote.unpack);
  await rm(archive);
  return { place, before: false };
}
