// The class of an image that is explained.
import { isWord, type Target, type TargetWord } from '../config/target-class.js';
import { finderOf } from '../data/class-names.js';
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { Network } from '../model/index.js';
import { nearest } from '../nearest.js';
import { shown } from '../shown.js';
import { classesOf } from './class-names.js';

/** The class that is explained: of each image its own, or one for all. */
export type ExplainedClass = TargetWord | number;

/** The number of the class that has a name. */
async function numberOf(name: string, network: Network, dataRoot: string): Promise<number> {
  const { names = [], of } = await classesOf(network, dataRoot);
  const found = finderOf(names)(name);
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new UserError(
      `target: ${shown(name)}, a name of the classes ${found.join(', ')} of ${of}; expected a number`,
    );
  const meant = nearest(name, names.flat());
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
  const none = names.length === 0 ? ', which has no names' : '';
  throw new UserError(
    `target: ${shown(name)}${hint}, expected predicted, label, runner-up, or a class of ${of}${none}`,
  );
}

/**
 * The class that a config explains.
 * Throws a UserError for a name that no class has, and for labels that are not there.
 */
export async function explainedClass(
  target: Target | undefined,
  { entries, location }: Pick<Dataset, 'entries' | 'location'>,
  network: Network,
  dataRoot: string,
): Promise<ExplainedClass> {
  if (target === undefined) return 'predicted';
  if (typeof target === 'number') return target;
  if (!isWord(target)) return numberOf(target, network, dataRoot);
  const { classes } = network;
  const odd =
    target === 'label' && entries.find(({ label }) => label === undefined || label >= classes);
  if (odd)
    throw new UserError(
      `target: label, but ${shown(odd.id)} in ${location} has ${odd.label === undefined ? 'no label' : `the label ${odd.label}`}, expected 0 to ${classes - 1}`,
    );
  return target;
}
