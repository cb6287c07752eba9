// The names of classes, one class a line in the order of their numbers: those of a network, and the classes.txt of a
// folder. A class may have several names, and is found by each.
import path from 'node:path';
import { UserError } from '../errors.js';
import { shown } from '../shown.js';
import { readText } from './text-file.js';

/** The names of a class. The first is the one to show. */
export type ClassNames = readonly string[];

/** The classes of a network. */
export interface Classes {
  /** The name of the network. */
  readonly of: string;
  readonly count: number;
  /** The names of every class in order; undefined where they are not known. */
  readonly names?: readonly ClassNames[] | undefined;
}

export const CLASSES = 'classes.txt';

interface Line {
  readonly line: number;
  readonly text: string;
}

/** A line with a number in front of its names, such as `0 airplane`, `0: airplane` or `0,airplane`. */
const afterNumber = /^(?<number>\d+)(?:\s*[:,.)]\s*|\s+)(?<text>\S.*)$/;

/** The lines that are not blank. Numbers in front are left out where they count the lines from 0. */
function linesIn(list: string): Line[] {
  const lines = list
    .split(/\r\n|\n|\r/)
    .map((text, i) => ({ line: i + 1, text: text.trim() }))
    .filter(({ text }) => text !== '');
  const numbered = lines.map(({ text }) => afterNumber.exec(text)?.groups);
  return numbered.every((found, i) => Number(found?.number) === i)
    ? lines.map(({ line }, i) => ({ line, text: numbered[i]!.text! }))
    : lines;
}

/** The names in a line: those between commas or tabs, the WordNet synset in front of them, and the whole line. */
function namesOf({ text }: Line): ClassNames {
  const { synset, rest } = /^(?<synset>n\d{8}(?![^\s,]))?[\s,]*(?<rest>.*)$/s.exec(text)!.groups!;
  const names = rest!.split(/[,\t]/).map((name) => name.trim());
  return [...new Set([...names, synset ?? '', text])].filter((name) => name !== '');
}

/** The names of each class of a list, a line for each; blank lines do not count. */
export const classNamesIn = (list: string): readonly ClassNames[] => linesIn(list).map(namesOf);

/** What forms of a name have in common: case, blanks for `_` and `-`, and Unicode form do not matter. */
const formOf = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();

/** Reads the classes.txt of a folder, as `readNames`. */
export const readClassNames = (folder: string): Promise<readonly ClassNames[] | undefined> =>
  readNames(path.join(folder, CLASSES));

/**
 * Reads a file of class names; undefined if there is none.
 * Throws a UserError for a file that names no class, or one class twice.
 */
export async function readNames(file: string): Promise<readonly ClassNames[] | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const lines = linesIn(text);
  if (lines.length === 0)
    throw new UserError(`${file}: no names, expected those of all classes, one a line`);
  const seen = new Map<string, number>();
  for (const { line, text } of lines) {
    const before = seen.get(formOf(text));
    if (before !== undefined)
      throw new UserError(
        `${file}:${line}: ${shown(text)}: in line ${before} already, expected every class once`,
      );
    seen.set(formOf(text), line);
  }
  return lines.map(namesOf);
}

/** Gives the function from a name to the numbers of the classes that have it, ascending. */
export function finderOf(names: readonly ClassNames[]): (name: string) => readonly number[] {
  const numbers = new Map<string, number[]>();
  for (const [number, of] of names.entries())
    for (const form of new Set(of.map(formOf))) {
      const found = numbers.get(form);
      if (found === undefined) numbers.set(form, [number]);
      else found.push(number);
    }
  return (name) => numbers.get(formOf(name)) ?? [];
}
