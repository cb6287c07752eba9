import { describe, expect, it } from 'vitest';
import { refusal } from '../testing/files.js';
import { classNamesIn, finderOf, readClassNames } from './class-names.js';
import { usePictures } from './testing/pictures.js';

const { at, write } = usePictures();

describe('a list of class names', () => {
  it.each([
    ['names with blanks', 'great white shark', ['great white shark']],
    [
      'a synset in front',
      'n01484850 great white shark, white shark',
      ['great white shark', 'white shark', 'n01484850', 'n01484850 great white shark, white shark'],
    ],
    ['a synset alone', 'n01484850', ['n01484850']],
    ['what only looks like a synset', 'n014848501 shark', ['n014848501 shark']],
    ['a tab', 'x9\tgold fish', ['x9', 'gold fish', 'x9\tgold fish']],
  ])('may have %s', (_, line, names) => {
    expect(classNamesIn(`\ufeff${line}\r\n\r\n`)).toEqual([names]);
  });

  it.each([
    ['0 cat\n1 red deer\n', ['cat', 'red deer']],
    ['\n0: cat\r\n\r\n1: red deer', ['cat', 'red deer']],
    ['0,cat\n1,red deer', ['cat', 'red deer']],
    ['1 cat\n2 red deer', ['1 cat', '2 red deer']],
    ['0 cat\n2 red deer', ['0 cat', '2 red deer']],
    ['0\n1', ['0', '1']],
  ])('may have numbers in front, if they count from 0: %j', (text, first) => {
    expect(classNamesIn(text).map(([name]) => name)).toEqual(first);
  });
});

describe('classes.txt', () => {
  it('is not needed', async () => {
    expect(await readClassNames(at())).toBeUndefined();
  });

  it.each([
    ['no names', ['', ' '], /: no names, expected those of all classes, one a line$/],
    [
      'a class twice',
      ['cat', '', 'red deer', 'Red_Deer'],
      /:4: Red_Deer: in line 3 already, expected every class once$/,
    ],
  ])('is refused with %s', async (_, lines, why) => {
    await write('classes.txt', ...lines);
    const message = await refusal(readClassNames(at()));
    expect(message).toMatch(why);
    expect(message).toContain(at('classes.txt'));
  });
});

describe('a class', () => {
  const find = finderOf(
    classNamesIn('n02012849 crane\nn03126707 crane\nn01484850 great white shark, Käfer\n'),
  );

  it.each([
    'great white shark',
    'Great_White-Shark',
    'n01484850',
    'Käfer'.normalize('NFD'),
    'n01484850 great white shark, Käfer',
  ])('is found by %s', (name) => {
    expect(find(name)).toEqual([2]);
  });

  it('may share its name, or have none of the sort', () => {
    expect([find('crane'), find('n03126707'), find('shark')]).toEqual([[0, 1], [1], []]);
  });
});
