// Finds and reads the patterns of pattern attribution.
import path from 'node:path';
import type { ModelChoice } from '../config/model.js';
import type { ImageConfig } from '../config/subject.js';
import { UserError } from '../errors.js';
import { bindPatterns, type Patterns } from '../explain/index.js';
import type { BoundNetwork } from '../model/index.js';
import { exists } from '../record/files.js';
import type { Input } from '../record/run-record.js';
import { readSafetensors } from '../weights/safetensors.js';
import { weightsName } from './network.js';

/** The default file of a model's patterns. */
export const patternsFile = (model: ModelChoice, dataRoot: string): string =>
  path.join(dataRoot, 'weights', `${weightsName(model)}.patterns.safetensors`);

/**
 * The patterns of a network, and the file they are from.
 * @param given the file that an item names; default `weights/<model>.patterns.safetensors` in the data root
 * Throws a UserError where they are missing or not the network's.
 */
export async function loadPatterns(
  { model, data }: Pick<ImageConfig, 'model' | 'data'>,
  network: BoundNetwork,
  dataRoot: string,
  given: string | undefined,
): Promise<{ readonly patterns: Patterns; readonly input: Input }> {
  const file = given ?? patternsFile(model, dataRoot);
  // only data sets of the data root can be named on a command line
  const dataset = data.path === undefined ? data.name : 'NAME';
  if (!(await exists(file)))
    throw new UserError(
      `pattern-attribution: no patterns at ${file}; \`fragile patterns --model ${model.name} --dataset ${dataset}${given === undefined ? '' : ` --out ${given}`}\` learns them`,
    );
  const read = await readSafetensors(file);
  return {
    patterns: bindPatterns(network, read),
    input: { of: 'patterns', file: path.basename(file), sha256: read.sha256 },
  };
}
