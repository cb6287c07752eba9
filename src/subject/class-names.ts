// The names of a network's classes. Those of CIFAR-10 come with the program; those of ImageNet are in the data root,
// beside its images.
import path from 'node:path';
import { fixturePath } from '../package.js';
import { readIfThere } from '../record/files.js';

/** The file with the names of a network's classes, one a line; undefined if there is none for so many classes. */
const namesFile = (classes: number, dataRoot: string): string | undefined => {
  if (classes === 10) return fixturePath('embedded', 'classes.txt');
  return classes === 1000 ? path.join(dataRoot, 'imagenet', 'classes.txt') : undefined;
};

/** The first name of a class: a line may begin with the class's folder, and give several names between commas. */
const nameIn = (line: string): string => {
  const words = /^n\d{8}\s+(?<names>.+)$/.exec(line)?.groups?.names ?? line;
  return words.split(',')[0]!.trim();
};

/**
 * Reads the names of a network's classes, and returns a function from a class's number to its name. A class without a
 * name is called `class` and its number.
 */
export async function classNamesOf(
  { classes }: { readonly classes: number },
  dataRoot: string,
): Promise<(label: number) => string> {
  const file = namesFile(classes, dataRoot);
  const text = file === undefined ? undefined : await readIfThere(file);
  const lines = (text ?? '').split(/\r?\n/).filter((line) => line.trim() !== '');
  return (label) =>
    lines.length === classes && lines[label] !== undefined
      ? nameIn(lines[label])
      : `class ${label}`;
}
