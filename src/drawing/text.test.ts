// Text as outlines.
import { describe, expect, it } from 'vitest';
import { drawnText, fitted, widthOf, wrapped } from './text.js';

const style = { size: 12 };

describe('text', () => {
  it('is drawn as the outlines of letters, which need no font', () => {
    const drawn = drawnText('ε 8', 10, 20, '#123456', style);
    expect(drawn).toMatch(/^<path aria-label="ε 8" fill="#123456" d="M[-\d.MLQCZ ]+"\/>$/);
    const [x, y] = /d="M([\d.]+) ?([\d.]+)/.exec(drawn)!.slice(1).map(Number);
    expect(x).toBeGreaterThan(9);
    expect(x).toBeLessThan(20);
    expect(y).toBeGreaterThan(9);
    expect(y).toBeLessThan(21);
  });

  it('has a letter of its own for all that panels say, and for names in many languages', () => {
    const empty = drawnText('\u{10ffff}', 0, 10, '#000', style).split(' d=')[1];
    for (const letter of 'azAZ09ε×→−·%…,:éßłЖτ')
      expect(drawnText(letter, 0, 10, '#000', style).split(' d=')[1], letter).not.toBe(empty);
  });

  it('is as wide as its letters together, in proportion to its size; bold is wider', () => {
    expect(widthOf('', style)).toBe(0);
    expect(widthOf('top-k', style)).toBeCloseTo(
      [...'top-k'].reduce((sum, letter) => sum + widthOf(letter, style), 0),
    );
    expect(widthOf('top-k', { size: 24 })).toBeCloseTo(2 * widthOf('top-k', style));
    expect(widthOf('top-k', { size: 12, weight: 'bold' })).toBeGreaterThan(widthOf('top-k', style));
  });

  it('that SVG would read is quoted', () => {
    expect(drawnText('<a & "b">\n', 0, 0, '#000', style)).toContain(
      'aria-label="&#60;a &#38; &#34;b&#34;&#62;&#10;"',
    );
  });
});

describe('text in a given width', () => {
  it('stays as it is where it fits', () => {
    const text = 'passenger car';
    expect(fitted(text, widthOf(text, style), style)).toBe(text);
  });

  it('is cut short where it does not, as late as can be', () => {
    const text = 'great white shark, white shark';
    const cut = fitted(text, 80, style);
    expect(cut).toMatch(/^great.*[^ ]…$/);
    expect(widthOf(cut, style)).toBeLessThanOrEqual(80);
    expect(widthOf(`${text.slice(0, cut.length)}…`, style)).toBeGreaterThan(80);
  });

  it('becomes lines of whole phrases', () => {
    const phrases = ['one 1', 'two 2', 'three 3', 'four 4'];
    const most = widthOf('one 1 · two 2', style);
    expect(wrapped(phrases, most, style)).toEqual(['one 1 · two 2', 'three 3', 'four 4']);
    expect(wrapped(phrases, 1000, style)).toEqual([phrases.join(' · ')]);
    expect(wrapped([], 100, style)).toEqual([]);
  });
});
