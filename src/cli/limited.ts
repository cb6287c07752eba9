// A config file with the changes of the command line.

import type { DataConfig } from '../config/subject.js';
import { UserError } from '../errors.js';
import type { TaskConfig } from '../task/task.js';
import { loadConfig } from '../tasks/index.js';

/** Options of commands on a config file. */
export interface ConfigOptions {
  readonly out?: string;
  readonly limit?: number;
  readonly set?: readonly string[];
  readonly data?: string;
}

/** Reads a config for another folder, for fewer images, or with other fields. */
export async function limitedConfig(
  file: string,
  { out, limit, set = [], data: root }: ConfigOptions,
): Promise<TaskConfig> {
  if (out === '') throw new UserError('--out: expected a folder');
  const config = await loadConfig(file, set, root);
  const { data } = config;
  if (limit !== undefined && data === undefined)
    throw new UserError(`--limit: ${limit}, but ${file} has no images; expected no limit`);
  return {
    ...config,
    ...(out === undefined ? {} : { output: out }),
    ...(limit === undefined || data === undefined ? {} : { data: limited(data, limit) }),
  };
}

const limited = (data: DataConfig, limit: number): DataConfig => ({
  ...data,
  count: Math.min(limit, data.count === 'max' ? limit : data.count),
});
