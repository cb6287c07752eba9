// Where the patterns of pattern attribution are.
import path from 'node:path';
import { UserError } from '../errors.js';
import { bindPatterns, type Patterns } from '../explain/index.js';
import type { BoundNetwork } from '../model/index.js';
import { exists } from '../record/files.js';
import type { CommonConfig } from '../tasks/attack/config.js';
import { readSafetensors } from '../weights/safetensors.js';
import { weightsName } from './network.js';

/** The file that patterns are looked for in where an item names none. */
export const patternsFile = (model: CommonConfig['model'], dataRoot: string): string =>
  path.join(dataRoot, 'weights', `${weightsName(model)}.patterns.safetensors`);

/** A file that a run depends on. */
export interface Source {
  readonly file: string;
  readonly sha256: string;
}

/**
 * The patterns of a network.
 * @param given the file an item names; default `weights/<model>.patterns.safetensors` in the data root
 * @param found told which file they are from
 * Throws a UserError where they are missing or not the network's.
 */
export async function loadPatterns(
  { model, data }: CommonConfig,
  network: BoundNetwork,
  dataRoot: string,
  given: string | undefined,
  found: (source: Source) => void = () => {},
): Promise<Patterns> {
  const file = given ?? patternsFile(model, dataRoot);
  // only data sets of the data root can be named on a command line
  const dataset = data.path === undefined ? data.name : 'NAME';
  if (!(await exists(file)))
    throw new UserError(
      `pattern-attribution: no patterns at ${file}; \`fragile patterns --model ${model.name} --dataset ${dataset}${given === undefined ? '' : ` --out ${given}`}\` learns them`,
    );
  const read = await readSafetensors(file);
  found({ file: path.basename(file), sha256: read.sha256 });
  return bindPatterns(network, read);
}
