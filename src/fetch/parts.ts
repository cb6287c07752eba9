// Files and folders while they are made. Each has a name that no other process uses, and gets its own name when it is
// whole. A part is free when its download ended early, or when its process is gone: the next download goes on with it.
import { randomBytes } from 'node:crypto';
import { link, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** What follows a file's name in that of a part: nothing for one that was given back, else the process that writes it. */
const ending = /^\.(?:(\d+)-[0-9a-f]{8}\.)?part$/;
/** Parts that this process writes. */
const written = new Set<string>();

/** The size of a file; 0 where there is none. */
export const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    (s) => s.size,
    () => 0,
  );

/** Whether some work succeeds. */
const yesOrNo = [() => true, () => false] as const;

/** A name beside a file under which it can be made. */
export function newPart(file: string): string {
  const part = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  written.add(part);
  return part;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The parts of a file that nobody writes any more, the longest first. */
async function freeParts(file: string): Promise<string[]> {
  const folder = path.dirname(file);
  const base = path.basename(file);
  const free = (await readdir(folder))
    .filter((name) => {
      const found = name.startsWith(base) ? ending.exec(name.slice(base.length)) : null;
      if (found === null) return false;
      // the number of a process that is gone may be this one's
      const pid = found[1] === undefined ? undefined : Number(found[1]);
      if (pid === process.pid) return !written.has(path.join(folder, name));
      return pid === undefined || !isRunning(pid);
    })
    .map((name) => path.join(folder, name));
  const sizes = new Map(
    await Promise.all(free.map(async (part) => [part, await sizeOf(part)] as const)),
  );
  return free.sort((a, b) => sizes.get(b)! - sizes.get(a)!);
}

/** A part of a file, for this process alone: the longest that is free, or one that is not there yet. */
export async function claimPart(file: string): Promise<string> {
  const part = newPart(file);
  for (const free of await freeParts(file)) {
    // not if another process was faster
    if (await rename(free, part).then(...yesOrNo)) break;
  }
  return part;
}

/**
 * Ends the work on a part. What is there of it is kept for the next download: without the number of the process, unless
 * another part is there so.
 */
export async function releasePart(file: string, part: string): Promise<void> {
  written.delete(part);
  const kept = (await sizeOf(part)) > 0;
  // unlike a rename, this replaces nothing
  const given = kept && (await link(part, `${file}.part`).then(...yesOrNo));
  if (!kept || given) await rm(part, { force: true });
}

/** Ends the work on a part of which nothing is kept. */
export async function abandonPart(part: string): Promise<void> {
  written.delete(part);
  // what is unpacked may arrive in it for a moment yet
  await rm(part, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
}

/** Removes the free parts of a file that is whole now. */
export async function removeParts(file: string): Promise<void> {
  for (const part of await freeParts(file)) await rm(part, { recursive: true, force: true });
}
