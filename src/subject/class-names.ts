// What the classes of a network are called: CIFAR-10's names come with the program, ImageNet's are in the data root
// beside its images.
import path from 'node:path';
import { fixturePath } from '../package.js';
import { readIfThere } from '../record/files.js';

/** Where the names of so many classes are, one a line. */
const namesFile = (classes: number, dataRoot: string): string | undefined => {
  if (classes === 10) return fixturePath('embedded', 'classes.txt');
  return classes === 1000 ? path.join(dataRoot, 'imagenet', 'classes.txt') : undefined;
};

/** The first name of a class: a line may begin with the class's folder, and give several names between commas. */
const nameIn = (line: string): string => {
  const words = /^n\d{8}\s+(?<names>.+)$/.exec(line)?.groups?.names ?? line;
  return words.split(',')[0]!.trim();
};

/** Names classes by their numbers; where a class has none, it is called by its number. */
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
