import { expect, it } from 'vitest';
import { tiled } from './panel.js';

it('lays images out in rows, white between them', () => {
  const size = { height: 2, width: 3 };
  const image = (value: number) =>
    Float32Array.from({ length: 18 }, (_, i) => value + Math.floor(i / 6));
  const { x, height, width } = tiled(
    [
      [image(0), image(10)],
      [image(20), image(30)],
    ],
    size,
  );
  expect([height, width]).toEqual([12, 14]);
  const at = (channel: number, row: number, column: number) =>
    x[(channel * height + row) * width + column];
  expect(at(0, 0, 0)).toBe(0);
  expect(at(2, 1, 2)).toBe(2);
  expect(at(1, 0, 3)).toBe(255);
  expect(at(1, 1, 11)).toBe(11);
  expect(at(1, 2, 11)).toBe(255);
  expect(at(0, 10, 2)).toBe(20);
  expect(at(2, 11, 13)).toBe(32);
});
