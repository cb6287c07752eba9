// The numbers that class folders and the names in a labels.csv get.
import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Classes, classNamesIn } from './class-names.js';
import { openImageFolder } from './image-folder.js';
import { usePictures } from './testing/pictures.js';

const { at, draw, write } = usePictures();

const animals: Classes = {
  of: 'net',
  count: 4,
  names: classNamesIn('n02123045 cat, tabby\nn02012849 crane\nn03126707 crane\nred deer\n'),
};
const nameless: Classes = { of: 'net', count: 4 };
const ofTen = (lines: readonly string[]): Classes => ({
  ...{ of: 'net', count: 10 },
  names: classNamesIn(lines.join('\n')),
});

/** The numbers of class folders with a picture each, by their names. */
async function numbers(folders: readonly string[], classes?: Classes) {
  for (const name of folders) await draw(`${name}/0.png`);
  const { entries, ...said } = await openImageFolder(at(), {}, classes);
  const of = Object.fromEntries(entries.map(({ id, label }) => [id.split('/')[0], label]));
  return { of, unclear: said.unclear, note: said.note };
}

const sure = (of: Readonly<Record<string, number>>) => ({
  of,
  unclear: undefined,
  note: undefined,
});
const list = (count: number) =>
  `a classes.txt in ${at()} that lists the ${count} classes in order, one a line`;

describe('class folders, where the names of classes are known', () => {
  it.each<[string, Record<string, number>]>([
    ['their names', { cat: 0, 'red deer': 3 }],
    ['any of their names, however written', { Tabby: 0, Red_Deer: 3 }],
    ['their synsets', { n02012849: 1, n02123045: 0 }],
    ['several names of one class', { cat: 0, n02123045: 0 }],
  ])('are numbered by %s', async (_, of) => {
    expect(await numbers(Object.keys(of), animals)).toEqual(sure(of));
  });

  it('have no number where no class has the name', async () => {
    const { of, unclear } = await numbers(['cat', 'red dear', 'zebra'], animals);
    expect(of).toEqual({ cat: 0, 'red dear': undefined, zebra: undefined });
    expect(unclear).toBe(
      `${at('red dear')}: a class folder that is no class of net, expected a name such as red deer, or ${list(4)}`,
    );
  });

  it('have no number where several classes have the name', async () => {
    expect((await numbers(['crane'], animals)).unclear).toBe(
      `${at('crane')}: the name of classes 1 and 2, expected n02012849 or n03126707`,
    );
  });

  it('take no number from others where they are empty', async () => {
    await mkdir(at('aaa'));
    expect(await numbers(['cat', 'red deer'], animals)).toEqual(sure({ cat: 0, 'red deer': 3 }));
  });
});

describe('class folders of numbers', () => {
  it('are the numbers if one is 0', async () => {
    expect(await numbers(['0', '3', '01'], animals)).toEqual(sure({ 0: 0, '01': 1, 3: 3 }));
  });

  it('are the numbers if the folder 0 is empty', async () => {
    await mkdir(at('0'));
    expect((await numbers(['2', '1'], nameless)).of).toEqual({ 1: 1, 2: 2 });
  });

  it.each([
    ['without 0', ['1', '2', '4'], 'class folders 1 to 4, which may count from 0 or from 1,'],
    ['beyond the classes', ['0', '4'], 'class folders 0 to 4,'],
  ])('have no number %s', async (_, folders, why) => {
    const { of, unclear } = await numbers(folders, animals);
    expect(Object.values(of)).toEqual(folders.map(() => undefined));
    expect(unclear).toBe(`${at()}: ${why} expected numbers from 0 to 3, or ${list(4)}`);
  });

  it('are numbered by classes.txt where it names them', async () => {
    await write('classes.txt', ...['1', '2', '3', '4']);
    expect(await numbers(['1', '4'], animals)).toEqual(sure({ 1: 0, 4: 3 }));
  });

  it('are in the order of the numbers in a set with classes of its own', async () => {
    expect(await numbers(['10', '9', '1'])).toEqual(sure({ 1: 0, 9: 1, 10: 2 }));
  });

  it('may be names of classes', async () => {
    const digits = ofTen(['9', '8', '7', '6', '5', '4', '3', '2', '1', '0']);
    expect(await numbers(['0', '9'], digits)).toEqual(sure({ 0: 9, 9: 0 }));
  });
});

describe('class folders with a classes.txt', () => {
  it('are numbered by its lines, whatever the network calls its classes', async () => {
    await write('classes.txt', '\ufeff0 apple', '1 red deer', '', '2 cat', '3 pear');
    expect(await numbers(['red deer', 'cat', 'apple'], animals)).toEqual(
      sure({ apple: 0, cat: 2, 'red deer': 1 }),
    );
  });

  it('have no number where it does not name them', async () => {
    await write('classes.txt', 'apple', 'lemon', 'cat', 'pear');
    const { of, unclear } = await numbers(['apple', 'red deer'], animals);
    expect(of).toEqual({ apple: 0, 'red deer': undefined });
    expect(unclear).toBe(
      `${at('red deer')}: a class folder that classes.txt does not name, expected one of its 4 classes such as apple`,
    );
  });

  it.each([
    ['folders', ['apple'], ['apple', 'b', 'c', 'd', 'e'], '5 classes'],
    ['numbers', ['0', '1'], ['apple', 'b', 'c', 'd', 'e'], '5 classes'],
    ['some of the classes', ['cat'], ['red deer', 'cat'], 'some of the classes'],
  ])('are not sure where its lines are not all the classes: %s', async (_, folders, lines, why) => {
    await write('classes.txt', ...lines);
    const { unclear } = await numbers(folders, animals);
    expect(unclear).toBe(
      `${at('classes.txt')}: ${why}, expected the 4 of net in order, one a line`,
    );
  });

  it('may be other classes, fewer than the network has', async () => {
    await write('classes.txt', 'pear', 'apple');
    const { of, unclear, note } = await numbers(['apple'], animals);
    expect([of, unclear]).toEqual([{ apple: 1 }, undefined]);
    expect(note).toBe(
      `${at('classes.txt')}: 2 classes, which are taken for the first of the 4 of net`,
    );
  });

  it('is free in its number of lines for a set with classes of its own', async () => {
    await write('classes.txt', 'pear', 'apple');
    expect(await numbers(['apple'])).toEqual(sure({ apple: 1 }));
  });
});

describe('class folders, where no names are known', () => {
  it('are in the order of their names', async () => {
    const of = { b: 1, a: 0, d: 3, c: 2 };
    expect(await numbers(Object.keys(of), nameless)).toEqual(sure(of));
    expect(await numbers(Object.keys(of))).toEqual(sure(of));
  });

  it('are in that order with a note where they are not as many as the classes', async () => {
    const { of, unclear, note } = await numbers(['b', 'a'], nameless);
    expect([of, unclear]).toEqual([{ a: 0, b: 1 }, undefined]);
    expect(note).toBe(
      `${at()}: class folders are numbered 0 to 1 in the order of their names, but net has 4 classes; ${list(4)} gives them other numbers`,
    );
  });

  it.each([
    ['of a network', nameless, 'the 4'],
    ['of a set of its own', undefined, 'all'],
  ])('have no numbers where one is empty: %s', async (_, classes, all) => {
    await mkdir(at('b'));
    const { of, unclear } = await numbers(['c', 'a'], classes);
    expect(of).toEqual({ a: undefined, c: undefined });
    expect(unclear).toBe(
      `${at('b')}: a folder without pictures among class folders, which may be a class or none; expected it to be removed, or a classes.txt in ${at()} that lists ${all} classes in order, one a line`,
    );
  });
});

describe('labels in labels.csv', () => {
  /** The labels of a picture each. */
  async function labelled(labels: readonly string[], classes?: Classes) {
    for (const i of labels.keys()) await draw(`${i}.png`);
    await write('labels.csv', 'file,label', ...labels.map((label, i) => `${i}.png,"${label}"`));
    const { entries, unclear } = await openImageFolder(at(), {}, classes);
    return { labels: entries.map(({ label }) => label), unclear };
  }

  it.each([
    ['numbers', ['2', '007', '999'], [2, 7, 999]],
    ['names', ['Red Deer', 'n03126707', 'tabby'], [3, 2, 0]],
    ['both', ['red_deer', '1'], [3, 1]],
  ])('may be %s', async (_, labels, numbered) => {
    expect(await labelled(labels, animals)).toEqual({ labels: numbered, unclear: undefined });
  });

  it('are names in classes.txt, where there is one', async () => {
    await write('classes.txt', 'apple', 'red deer', 'cat', 'pear');
    expect((await labelled(['cat', 'red deer', '3'], animals)).labels).toEqual([2, 1, 3]);
  });

  it('need no classes.txt for numbers', async () => {
    await write('classes.txt', 'apple', 'apple');
    expect((await labelled(['1'], animals)).labels).toEqual([1]);
  });

  it.each([
    [
      'no class has it',
      ['0', 'red dear'],
      animals,
      ':3: label red dear, expected a class number from 0 or the name of a class such as red deer',
    ],
    [
      'several classes have it',
      ['crane'],
      animals,
      ':2: label crane: the name of classes 1 and 2, expected n02012849 or n03126707',
    ],
    [
      'the names are not known',
      ['cat'],
      nameless,
      ':2: label cat, expected a class number from 0; names need a classes.txt in ',
    ],
    [
      'it stands beside numbers in a set with classes of its own',
      ['1', 'cat'],
      undefined,
      ':3: label cat, expected a class number from 0; names need a classes.txt in ',
    ],
  ])('have no number where %s', async (_, labels, classes, why) => {
    const { labels: numbered, unclear } = await labelled(labels, classes);
    expect(numbered.at(-1)).toBeUndefined();
    expect(unclear).toContain(`${at('labels.csv')}${why}`);
  });

  it('are in the order of their names in a set with classes of its own', async () => {
    expect(await labelled(['rose', 'lily', 'rose'])).toEqual({
      labels: [1, 0, 1],
      unclear: undefined,
    });
  });

  it('are shown without control characters', async () => {
    expect((await labelled(['x\u001b[31m'], animals)).unclear).toContain('label x\\u001b[31m,');
  });
});
