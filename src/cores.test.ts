import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { usableCores } from './cores.js';

const v2 = '0::/user.slice/job\n';
const v1 = '12:cpuset:/other\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n';
const group = '/sys/fs/cgroup';

describe('the cores that may be used', () => {
  it.each<[string, Record<string, string>, NodeJS.ProcessEnv, number]>([
    ['those of the process', {}, {}, 8],
    ['those of a quota', { [`${group}/user.slice/job/cpu.max`]: '400000 100000\n' }, {}, 4],
    ['whole ones of a quota', { [`${group}/user.slice/job/cpu.max`]: '350000 100000\n' }, {}, 3],
    ['one of a smaller quota', { [`${group}/user.slice/job/cpu.max`]: '50000 100000\n' }, {}, 1],
    ['all without a quota', { [`${group}/user.slice/job/cpu.max`]: 'max 100000\n' }, {}, 8],
    ['no more than there are', { [`${group}/cpu.max`]: '6400000 100000\n' }, {}, 8],
    [
      'the least of the groups around',
      {
        [`${group}/user.slice/job/cpu.max`]: '400000 100000\n',
        [`${group}/user.slice/cpu.max`]: '200000 100000\n',
        [`${group}/cpu.max`]: 'max 100000\n',
      },
      {},
      2,
    ],
    ['those of a job', {}, { SLURM_CPUS_PER_TASK: '3' }, 3],
    ['those of a process smaller than its job', {}, { SLURM_CPUS_PER_TASK: '16' }, 8],
    ['those of a process in a job that is no number', {}, { SLURM_CPUS_PER_TASK: '' }, 8],
  ])('are %s', (_, files, env, cores) => {
    const all: Record<string, string> = { '/proc/self/cgroup': v2, ...files };
    expect(usableCores(8, (file) => all[file], env)).toBe(cores);
  });

  it.each<[string, Record<string, string>, number]>([
    ['of its group', { [`${group}/cpu/docker/abc/`]: '200000' }, 2],
    ['as a container sees it', { [`${group}/cpu/`]: '300000' }, 3],
    ['at another mount', { [`${group}/cpu,cpuacct/docker/abc/`]: '500000' }, 5],
    ['that there is not', { [`${group}/cpu/docker/abc/`]: '-1' }, 8],
  ])('follow a quota of the first version %s', (_, quotas, cores) => {
    const files: Record<string, string> = { '/proc/self/cgroup': v1 };
    for (const [folder, quota] of Object.entries(quotas)) {
      files[`${folder}cpu.cfs_quota_us`] = `${quota}\n`;
      files[`${folder}cpu.cfs_period_us`] = '100000\n';
    }
    expect(usableCores(8, (file) => files[file], {})).toBe(cores);
  });

  it('are here from one to those of the process', () => {
    expect(usableCores()).toBeGreaterThanOrEqual(1);
    expect(usableCores()).toBeLessThanOrEqual(availableParallelism());
  });
});
