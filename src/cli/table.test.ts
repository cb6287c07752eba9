// Text in columns.
import { describe, expect, it } from 'vitest';
import { aligned } from './table.js';

describe('a table', () => {
  it('pads words on the right and numbers on the left', () => {
    expect(
      aligned([
        ['method', 'ε', 'label lost', 'spearman'],
        ['gradient', '0.5', '3', '-0.125'],
        ['gradient-x-input', '16', '', '12.5'],
      ]),
    ).toBe(
      [
        'method              ε  label lost  spearman\n',
        'gradient          0.5           3    -0.125\n',
        'gradient-x-input   16                  12.5\n',
      ].join(''),
    );
  });

  it('pads a column of numbers and words on the right, and ends no line in spaces', () => {
    expect(
      aligned([
        ['select', 'β → ε'],
        ['none', '1'],
        ['center', 'β'],
      ]),
    ).toBe('select  β → ε\nnone    1\ncenter  β\n');
  });

  it('of a header alone is that header', () => {
    expect(aligned([['method', 'ε']])).toBe('method  ε\n');
  });

  it('keeps every column at one place, letters beyond ASCII or not', () => {
    const words = ['é', 'βέλος', '×', 'grün', 'x', ''];
    const rows = words.map((w, i) => [w, `${words.at(-1 - i)}|`, '|']);
    const lines = aligned([['m', 'n', 'p'], ...rows])
      .trimEnd()
      .split('\n')
      .slice(1);
    expect(new Set(lines.map((line) => line.lastIndexOf('|'))).size).toBe(1);
  });
});
