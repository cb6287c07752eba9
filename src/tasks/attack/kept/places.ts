// Finds the items of a config to which a row of its results belongs.
import { UserError } from '../../../errors.js';
import type { AttackConfig } from '../config.js';
import type { ResultRow } from '../results.js';

/**
 * The indices of a row's method and attack in its config, and the network's prediction for its image.
 * Throws a UserError if run.json does not list the method or the attack, or the row has no prediction.
 */
export function placesOf(
  { explain, attack }: AttackConfig,
  file: string,
  row: ResultRow,
): { readonly method: number; readonly attack: number; readonly label: number } {
  const method = explain.findIndex(({ id }) => id === row.method);
  if (method < 0)
    throw new UserError(`${file}: row names method ${row.method}, which run.json does not list`);
  const at = attack.findIndex(({ id }) => id === row.attack);
  if (at < 0)
    throw new UserError(`${file}: row names attack ${row.attack}, which run.json does not list`);
  if (row.prediction === undefined)
    throw new UserError(`${file}: row of image ${row.image} has no prediction`);
  return { method, attack: at, label: row.prediction };
}
