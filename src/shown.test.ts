import { describe, expect, it } from 'vitest';
import { shown } from './shown.js';

describe('text of a file in a message', () => {
  it.each([
    ['plain text', 'layer1.0.conv1.weight', 'layer1.0.conv1.weight'],
    ['text of other scripts', 'Gewichtungsgröße 重み 🦌', 'Gewichtungsgröße 重み 🦌'],
    ['line breaks and tabs', 'a\nb\r\tc', String.raw`a\nb\r\tc`],
    [
      'commands to a terminal',
      '\u001b[31mred\u0007\u009b2J',
      String.raw`\u001b[31mred\u0007\u009b2J`,
    ],
    ['nothing and delete', '\0\x7f', String.raw`\u0000\u007f`],
    ['line separators', 'a\u2028b\u2029c', String.raw`a\u2028b\u2029c`],
    ['changes of direction', '\u202egnp.\u2066x\u2069', String.raw`\u202egnp.\u2066x\u2069`],
  ])('shows %s', (_, text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('is cut to 200 characters', () => {
    expect(shown('x'.repeat(200))).toBe('x'.repeat(200));
    expect(shown('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
    expect(shown('x'.repeat(5_000_000))).toHaveLength(200);
    expect(shown('x'.repeat(5_000_000), 2000)).toHaveLength(2000);
    expect(shown('x'.repeat(3000), Number.POSITIVE_INFINITY)).toBe('x'.repeat(3000));
  });

  it('is not cut inside an escape or a character', () => {
    for (let before = 190; before < 200; before++) {
      expect(shown(`${'x'.repeat(before)}${'\u001b'.repeat(9)}`)).toMatch(/^x+(\\u001b)*…$/);
      expect(shown(`${'x'.repeat(before)}${'🦌'.repeat(9)}`)).toMatch(/^x+(🦌)*…$/u);
    }
  });
});
