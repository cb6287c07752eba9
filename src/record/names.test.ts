// File names of words that may hold any characters.
import { describe, expect, it } from 'vitest';
import { fileName, quoted } from './names.js';

describe('a word in a file name', () => {
  it.each([
    // what Python gives for urllib.parse.quote(word, safe="")
    ['a', 'a'],
    ['Az09_.-~', 'Az09_.-~'],
    ['n01/ä b+c~.png', 'n01%2F%C3%A4%20b%2Bc~.png'],
    ['../..\\', '..%2F..%5C'],
    ['%41', '%2541'],
    ['\u0000\n', '%00%0A'],
    ['猫🙂', '%E7%8C%AB%F0%9F%99%82'],
    ['', ''],
  ])('is quoted as in URLs: %j', (word, name) => {
    expect(quoted(word)).toBe(name);
  });
});

describe('a file name', () => {
  it('joins its words by what none of them has', () => {
    expect(fileName('a/b', 'c+d', '0.5')).toBe('a%2Fb+c%2Bd+0.5');
    expect(fileName('a')).toBe('a');
  });

  it.each([
    [
      ['a', 'b+c'],
      ['a', 'b', 'c'],
    ],
    [
      ['a+b', 'c'],
      ['a', 'b+c'],
    ],
    [['a/b'], ['a%2Fb']],
    [['é'], ['e\u0301']],
    [['a', ''], ['a']],
    [
      ['', 'a'],
      ['a', ''],
    ],
  ])('is another for %j than for %j', (one, other) => {
    expect(fileName(...one)).not.toBe(fileName(...other));
  });

  it('is whole up to 200 characters, and cut behind them', () => {
    const longest = 'x'.repeat(200);
    expect(fileName(longest)).toBe(longest);
    expect(fileName(`${longest}y`)).toMatch(/^x{200}\+[0-9a-f]{16}$/);
    expect(fileName('x'.repeat(199), 'y')).toMatch(/^x{199}\+\+[0-9a-f]{16}$/);
  });

  it('that is cut is one that every file system takes, and its own', () => {
    const names = ['1', '2'].map((end) => fileName('猫'.repeat(100) + end, 'gradient'));
    for (const name of names) {
      expect(name).toMatch(/^(%E7%8C%AB)+(%\w{0,2})?\+[0-9a-f]{16}$/);
      expect(name.length).toBeLessThan(250);
    }
    expect(names[0]).not.toBe(names[1]);
  });
});
