// The memory of processes and of those that they started, and their end. Only Linux tells; elsewhere it is nothing.
import { readdir, readFile } from 'node:fs/promises';

const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

/** The processes that a process has started and that are there. */
export async function childrenOf(pid: number): Promise<number[]> {
  const list = await text(`/proc/${pid}/task/${pid}/children`);
  return list.split(' ').filter(Boolean).map(Number);
}

/** Bytes that a process and all below it hold now. */
export async function memoryOf(pid: number): Promise<number> {
  const status = await text(`/proc/${pid}/status`);
  const own = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
  const below = await Promise.all((await childrenOf(pid)).map(memoryOf));
  return below.reduce((sum, bytes) => sum + bytes, own);
}

/** Ends a process that leads a group, with its group. */
export function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

/** The processes of a group that are there; a dead one that nobody has awaited is none. */
export async function membersOf(group: number): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const members = await Promise.all(
    pids.map(async (pid) => {
      // behind the name in brackets: state, parent, group
      const [state, , of] = (await text(`/proc/${pid}/stat`)).split(') ').at(-1)!.split(' ');
      return Number(of) === group && state !== 'Z' ? [Number(pid)] : [];
    }),
  );
  return members.flat();
}
