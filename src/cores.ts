// How many processor cores the program may use: those that its process is bound to, fewer where a cgroup of Linux, as
// containers have, or a job of Slurm grants less.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

/** The text of a file; undefined for a file that cannot be read. */
export type Reader = (file: string) => string | undefined;

const readSystem: Reader = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const ROOT = '/sys/fs/cgroup';

/** A group and those around it, by their paths: `/a/b`, `/a`, `/`. */
function around(group: string): string[] {
  const parts = group.split('/').filter(Boolean);
  return [...parts.map((_, i) => `/${parts.slice(0, parts.length - i).join('/')}`), '/'];
}

/** The cores of a quota in microseconds a period; no quota is infinite. */
const coresOf = (quota: string | undefined, period: string | undefined): number => {
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Number.POSITIVE_INFINITY;
};

/** The cores that a group of the first or second version of cgroups has a quota of. */
function quotaOf(folder: string, read: Reader): number {
  const [quota, period] = read(path.join(folder, 'cpu.max'))?.trim().split(' ') ?? [];
  const old = (name: string) => read(path.join(folder, `cpu.cfs_${name}_us`));
  return Math.min(coresOf(quota, period), coresOf(old('quota'), old('period')));
}

/** The least quota of the groups that the process is in. */
function cgroupQuota(read: Reader): number {
  const lines = (read('/proc/self/cgroup') ?? '').trim().split('\n');
  const quotas = lines.flatMap((line) => {
    // number:controllers:group; of the second version without controllers
    const [, controllers, ...group] = line.split(':');
    const mounted = controllers === '' ? [ROOT] : [`${ROOT}/cpu`, `${ROOT}/${controllers}`];
    if (controllers !== '' && !controllers?.split(',').includes('cpu')) return [];
    return mounted.flatMap((root) =>
      around(group.join(':')).map((one) => quotaOf(path.join(root, one), read)),
    );
  });
  return Math.min(...quotas);
}

/**
 * The number of cores that the program may use, at least one; of a core in part, only the whole ones.
 * @param bound cores that the process is bound to
 */
export function usableCores(
  bound = availableParallelism(),
  read: Reader = readSystem,
  { SLURM_CPUS_PER_TASK: granted }: NodeJS.ProcessEnv = process.env,
): number {
  const job = coresOf(granted, '1');
  return Math.max(1, Math.floor(Math.min(bound, cgroupQuota(read), job)));
}
