// The numbers of classes that have names: of class folders, and of the names in a labels.csv. Names are those in the
// classes.txt of the folder, or else the network's. What may mean several things gets no number.
import path from 'node:path';
import { nearest } from '../nearest.js';
import { shown } from '../shown.js';
import { CLASSES, type Classes, type ClassNames, finderOf } from './class-names.js';

export interface Numbering {
  /** The number of a class by its name; undefined if it has none. */
  numberOf(name: string): number | undefined;
  /** Why numbers are missing or are not the network's, in one line. */
  readonly unclear?: string | undefined;
  /** What numbers rely on where no names are known, in one line. */
  readonly note?: string | undefined;
}

/** What gives names their numbers. */
export interface Known {
  /** The folder of pictures. */
  readonly folder: string;
  /** The classes in its classes.txt. */
  readonly own: readonly ClassNames[] | undefined;
  /** The network's classes; undefined for a set with classes of its own. */
  readonly classes: Classes | undefined;
}

/** Whether a name is a number in digits alone. */
export const isNumber = (name: string): boolean => /^\d+$/.test(name);

const synset = (names: ClassNames): string | undefined =>
  names.find((name) => /^n\d{8}$/.test(name));

/** A name of the list that was probably meant, or else the first. */
const suchAs = (name: string, names: readonly ClassNames[]): string =>
  shown(nearest(name.toLowerCase(), names.flat()) ?? names[0]![0]!);

/** What says which class has which number, where names do not. */
const writeList = ({ folder, classes }: Known): string =>
  `a ${CLASSES} in ${folder} that lists ${classes === undefined ? 'all' : `the ${classes.count}`} classes in order, one a line`;

/** Numbers by a list of names. `told` is the message for a name that is not of one class. */
function byName(
  given: readonly string[],
  names: readonly ClassNames[],
  told: (name: string, numbers: readonly number[]) => string,
): Numbering {
  const find = finderOf(names);
  const odd = given.find((name) => find(name).length !== 1);
  return {
    numberOf(name) {
      const found = find(name);
      return found.length === 1 ? found[0] : undefined;
    },
    unclear: odd === undefined ? undefined : told(odd, find(odd)),
  };
}

/** The message for a name that several classes have. */
const shared = (place: string, numbers: readonly number[], names: readonly ClassNames[]): string =>
  `${place}: the name of classes ${numbers.join(' and ')}, expected ${
    numbers
      .map((n) => synset(names[n]!))
      .filter((name) => name !== undefined)
      .join(' or ') || 'a name of one class alone'
  }`;

/** What to say of a classes.txt with another number of classes than the network. */
function ofOtherLength({ folder, own, classes }: Known): Pick<Numbering, 'unclear' | 'note'> {
  if (own === undefined || classes === undefined || own.length === classes.count) return {};
  const file = path.join(folder, CLASSES);
  const expected = `expected the ${classes.count} of ${classes.of} in order, one a line`;
  if (own.length > classes.count) return { unclear: `${file}: ${own.length} classes, ${expected}` };
  const find = finderOf(classes.names ?? []);
  if (own.every(([name]) => find(name!).length > 0))
    return { unclear: `${file}: some of the classes, ${expected}` };
  return {
    note: `${file}: ${own.length} classes, which are taken for the first of the ${classes.count} of ${classes.of}`,
  };
}

/** A numbering, with what is to say of the classes.txt. */
const withList = (numbering: Numbering, known: Known): Numbering => {
  const { unclear, note } = ofOtherLength(known);
  return {
    numberOf: numbering.numberOf,
    unclear: unclear ?? numbering.unclear,
    note: note ?? numbering.note,
  };
};

/** Numbers of folders that are numbers themselves: they count from 0 if one is 0. */
function byNumber(all: readonly string[], count: number, known: Known): Numbering {
  const numbers = all.map(Number);
  if (numbers.includes(0) && Math.max(...numbers) < count) return { numberOf: Number };
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const why = numbers.includes(0) ? '' : ', which may count from 0 or from 1';
  return {
    numberOf: () => undefined,
    unclear: `${known.folder}: class folders ${least} to ${most}${why}, expected numbers from 0 to ${count - 1}, or ${writeList(known)}`,
  };
}

/** Numbers by the order of the folders' names. */
function byOrder(folders: ClassFolders, known: Known): Numbering {
  const { filled, empty } = folders;
  const { folder, classes } = known;
  const ordered = filled.every(isNumber)
    ? [...filled].sort((a, b) => Number(a) - Number(b))
    : filled;
  const numbers = new Map(ordered.map((name, i) => [name, i]));
  if (empty.length > 0)
    return {
      numberOf: () => undefined,
      unclear: `${path.join(folder, shown(empty[0]!))}: a folder without pictures among class folders, which may be a class or none; expected it to be removed, or ${writeList(known)}`,
    };
  return {
    numberOf: (name) => numbers.get(name),
    note:
      classes === undefined || filled.length === classes.count
        ? undefined
        : `${folder}: class folders are numbered 0 to ${filled.length - 1} in the order of their names, but ${classes.of} has ${classes.count} classes; ${writeList(known)} gives them other numbers`,
  };
}

/** Names of the folders with pictures, and of those without any, in order. */
export interface ClassFolders {
  readonly filled: readonly string[];
  readonly empty: readonly string[];
}

/** Numbers class folders. */
export const numberFolders = (folders: ClassFolders, known: Known): Numbering =>
  withList(numbersOf(folders, known), known);

function numbersOf(folders: ClassFolders, known: Known): Numbering {
  const { folder, own, classes } = known;
  const { filled, empty } = folders;
  const names = own ?? classes?.names;
  const find = names === undefined ? undefined : finderOf(names);
  const numbered = filled.every(isNumber) && !filled.every((name) => find?.(name).length === 1);
  const count = own?.length ?? classes?.count;
  if (numbered && count !== undefined)
    return byNumber([...filled, ...empty.filter(isNumber)], count, known);
  if (names === undefined) return byOrder(folders, known);
  return byName(filled, names, (name, numbers) => {
    const place = path.join(folder, shown(name));
    if (numbers.length > 0) return shared(place, numbers, names);
    if (own !== undefined)
      return `${place}: a class folder that ${CLASSES} does not name, expected one of its ${own.length} classes such as ${suchAs(name, own)}`;
    return `${place}: a class folder that is no class of ${classes!.of}, expected a name such as ${suchAs(name, names)}, or ${writeList(known)}`;
  });
}

/** A label of a labels.csv and its place there. */
export interface GivenLabel {
  readonly label: string;
  readonly place: string;
}

/** Numbers the labels of a labels.csv, which are class numbers or names. */
export function numberLabels(labels: readonly GivenLabel[], known: Known): Numbering {
  const { own, classes } = known;
  const named = labels.filter(({ label }) => !isNumber(label));
  if (named.length === 0) return { numberOf: Number };
  const places = new Map(
    named.map(({ label, place }) => [label, `${place}: label ${shown(label)}`]),
  );
  const given = [...places.keys()];
  const names = own ?? classes?.names ?? [];
  const numbering =
    names.length === 0 && classes === undefined && named.length === labels.length
      ? byOrder({ filled: given.sort(), empty: [] }, known)
      : byName(given, names, (name, numbers) => {
          const place = places.get(name)!;
          if (numbers.length > 0) return shared(place, numbers, names);
          const or =
            names.length === 0
              ? `; names need ${writeList(known)}`
              : ` or the name of a class such as ${suchAs(name, names)}`;
          return `${place}, expected a class number from 0${or}`;
        });
  const numberOf = (label: string) => (isNumber(label) ? Number(label) : numbering.numberOf(label));
  return withList({ ...numbering, numberOf }, known);
}
