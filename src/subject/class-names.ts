// The names of a network's classes. A config may name a file of them. Those of CIFAR-10 come with the program; those of
// ImageNet are in the data root, beside its images.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { importedOf, type ModelConfig } from '../config/model.js';
import {
  CLASSES,
  type Classes,
  type ClassNames,
  classNamesIn,
  readNames,
} from '../data/class-names.js';
import { UserError } from '../errors.js';
import { networkOf } from '../model/index.js';
import { fixturePath } from '../package.js';
import { readIfThere } from '../record/files.js';
import type { Input } from '../record/run-record.js';

/** The file with the names of a network's classes, one a line; undefined if there is none for so many classes. */
const namesFile = (count: number, dataRoot: string): string | undefined => {
  if (count === 10) return fixturePath('embedded', CLASSES);
  return count === 1000 ? path.join(dataRoot, 'imagenet', CLASSES) : undefined;
};

/** Classes whose names the network may say. */
interface Named {
  readonly classes: number;
  readonly classNames?: readonly ClassNames[];
}

/** The names of classes: the network's own, else those of a data set of as many; undefined where there are none. */
async function namesOf(
  { classes, classNames }: Named,
  dataRoot: string,
): Promise<readonly ClassNames[] | undefined> {
  if (classNames !== undefined) return classNames.length === classes ? classNames : undefined;
  const file = namesFile(classes, dataRoot);
  const text = file === undefined ? undefined : await readIfThere(file);
  const names = classNamesIn(text ?? '');
  return names.length === classes ? names : undefined;
}

/** The classes of a network, with their names where they are known. */
export const classesOf = async (
  { name, ...network }: Named & { readonly name: string },
  dataRoot: string,
): Promise<Classes> => ({
  of: name,
  count: network.classes,
  names: await namesOf(network, dataRoot),
});

/**
 * Reads the names of a network's classes, and returns a function from a class's number to its name. A class without a
 * name is called `class` and its number.
 */
export async function classNamesOf(
  network: Named,
  dataRoot: string,
): Promise<(label: number) => string> {
  const names = await namesOf(network, dataRoot);
  return (label) => names?.[label]?.[0] ?? `class ${label}`;
}

/** The classes of a config's model without the model, whose file may be gone, as that of their names may. */
export async function namedIn(model: ModelConfig): Promise<Named> {
  const { classes, names } = model;
  const given = names === undefined ? undefined : await readNames(names);
  if (given !== undefined) return { classes, classNames: given };
  // other heads than the published ones have classes of their own
  const isPublished = importedOf(model) === undefined && networkOf(model.name).classes === classes;
  return isPublished ? { classes } : { classes, classNames: [] };
}

/** Names of classes from a file, and the file as an input of a run. */
export interface NamesInFile {
  readonly names: readonly ClassNames[];
  readonly input: Input;
}

/**
 * Reads a file of class names, one a line in the order of their numbers.
 * Throws a UserError where it has not one name for each class.
 */
export async function readClassFile(
  file: string,
  { name, classes }: { readonly name: string; readonly classes: number },
): Promise<NamesInFile> {
  const names = await readNames(file);
  if (names === undefined) throw new UserError(`${file}: no such file`);
  if (names.length !== classes)
    throw new UserError(
      `${file}: ${names.length} names, expected ${classes}, the classes of ${name}`,
    );
  const sha256 = createHash('sha256').update(JSON.stringify(names)).digest('hex');
  return { names, input: { of: 'class names', file: path.basename(file), sha256 } };
}
