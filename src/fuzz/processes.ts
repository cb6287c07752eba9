// The memory of processes and of those that they started, and their end. Only Linux tells; elsewhere it is nothing.
import { readFile } from 'node:fs/promises';

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
