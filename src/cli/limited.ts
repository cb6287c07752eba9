// A config file with what the command line changes of it.
import { UserError } from '../errors.js';
import { type Config, loadConfig } from '../tasks/attack/config.js';

/** Options of commands that are given a config. */
export interface ConfigOptions {
  readonly out?: string;
  readonly limit?: number;
  readonly set?: readonly string[];
}

/** Reads a config for another folder, for fewer images, or with other fields. */
export async function limitedConfig(
  file: string,
  { out, limit, set = [] }: ConfigOptions,
): Promise<Config> {
  if (out === '') throw new UserError('--out: expected a folder');
  const config = await loadConfig(file, set);
  const { count } = config.data;
  return {
    ...config,
    ...(out === undefined ? {} : { output: out }),
    data: {
      ...config.data,
      count: limit === undefined ? count : Math.min(limit, count === 'max' ? limit : count),
    },
  };
}
