// Unpacks an archive into a folder that appears whole or not at all.
import { rename, rm } from 'node:fs/promises';
import { extract, list, type ReadEntry } from 'tar';
import { makeFolder } from '../folder.js';
import type { Remote } from './registry.js';

/** Names of an archive's plain files, in order. */
async function membersOf(archive: string): Promise<string[]> {
  const members: string[] = [];
  await list({
    file: archive,
    onReadEntry: (entry: ReadEntry) => {
      if (entry.type === 'File') members.push(entry.path);
    },
  });
  return members.sort();
}

/** Unpacks the files that a rule gives a place, and no others. Throws when the archive has none of them. */
export async function unpack(
  archive: string,
  folder: string,
  rule: NonNullable<Remote['unpack']>,
): Promise<void> {
  const members = await membersOf(archive);
  const place = rule(members);
  const placed = new Map(
    members.flatMap((member) => {
      const to = place(member);
      return to === undefined ? [] : [[member, to] as const];
    }),
  );
  if (placed.size === 0) throw new Error(`${archive}: none of the expected files is in it`);
  const beside = `${folder}.part`;
  await rm(beside, { recursive: true, force: true });
  await makeFolder(beside);
  await extract({
    file: archive,
    cwd: beside,
    strict: true,
    filter: (name, entry) => 'type' in entry && entry.type === 'File' && placed.has(name),
    onReadEntry: (entry: ReadEntry) => {
      entry.path = placed.get(entry.path) ?? entry.path;
    },
  });
  await rename(beside, folder);
}
