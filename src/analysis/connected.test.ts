import { describe, expect, it } from 'vitest';
import { connectedPieces, joinSmall } from './connected.js';

/** Labels and planes from drawings, a digit a pixel. */
const drawn = (rows: string) => Int32Array.from(rows.replaceAll(' ', ''), Number);
const plane = (rows: string) => Float64Array.from(drawn(rows));

describe('connected pieces', () => {
  it('are of one label and connected by their sides, in reading order', () => {
    const { labels, count } = connectedPieces(drawn('1102 1022 0112 0011'), 4, 4);
    expect([...labels]).toEqual([...drawn('0012 0322 4552 4455')]);
    expect(count).toBe(6);
  });

  it('are one where all is one', () => {
    expect(connectedPieces(drawn('555 555'), 2, 3)).toEqual({ labels: drawn('000 000'), count: 1 });
  });
});

describe('small pieces', () => {
  it('join the neighbor that is most alike', () => {
    const labels = drawn('000111 000111 002111');
    const join = (levels: string) => [...joinSmall(labels, [plane(levels)], 3, 6, 2).labels];
    expect(join('000999 000999 001999')).toEqual([...drawn('000111 000111 000111')]);
    expect(join('000999 000999 008999')).toEqual([...drawn('000111 000111 001111')]);
  });

  it('join smallest first, and count as what they have become', () => {
    // the 1 joins the 2, which is then large enough to stay
    const { labels, count } = joinSmall(
      drawn('000000 000000 000122'),
      [plane('000000 000000 000899')],
      3,
      6,
      3,
    );
    expect([...labels]).toEqual([...drawn('000000 000000 000111')]);
    expect(count).toBe(2);
  });

  it('become one region where nothing is large enough', () => {
    expect(joinSmall(drawn('0123'), [plane('0123')], 1, 4, 100)).toEqual({
      labels: drawn('0000'),
      count: 1,
    });
  });

  it('stay where none is too small', () => {
    const labels = drawn('0011 2233');
    expect(joinSmall(labels, [plane('0000 0000')], 2, 4, 2)).toEqual({ labels, count: 4 });
  });
});
