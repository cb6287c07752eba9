// The names of a network's classes. Those of CIFAR-10 come with the program; those of ImageNet are in the data root,
// beside its images.
import path from 'node:path';
import { CLASSES, type Classes, type ClassNames, classNamesIn } from '../data/class-names.js';
import { fixturePath } from '../package.js';
import { readIfThere } from '../record/files.js';

/** The file with the names of a network's classes, one a line; undefined if there is none for so many classes. */
const namesFile = (count: number, dataRoot: string): string | undefined => {
  if (count === 10) return fixturePath('embedded', CLASSES);
  return count === 1000 ? path.join(dataRoot, 'imagenet', CLASSES) : undefined;
};

/** The names of so many classes; undefined where there is no list of as many. */
async function namesOf(
  count: number,
  dataRoot: string,
): Promise<readonly ClassNames[] | undefined> {
  const file = namesFile(count, dataRoot);
  const text = file === undefined ? undefined : await readIfThere(file);
  const names = classNamesIn(text ?? '');
  return names.length === count ? names : undefined;
}

/** The classes of a network, with their names where they are known. */
export const classesOf = async (
  { name, classes }: { readonly name: string; readonly classes: number },
  dataRoot: string,
): Promise<Classes> => ({ of: name, count: classes, names: await namesOf(classes, dataRoot) });

/**
 * Reads the names of a network's classes, and returns a function from a class's number to its name. A class without a
 * name is called `class` and its number.
 */
export async function classNamesOf(
  { classes }: { readonly classes: number },
  dataRoot: string,
): Promise<(label: number) => string> {
  const names = await namesOf(classes, dataRoot);
  return (label) => names?.[label]?.[0] ?? `class ${label}`;
}
