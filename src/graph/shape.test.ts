// Shapes: strides and broadcasting against published rules of NumPy, windows against counting them.
import { describe, expect, it } from 'vitest';
import { broadcastShapes, sizeOf, stridesOf, type Window, windowOutput } from './shape.js';

it.each([
  [[], 1, []],
  [[5], 5, [1]],
  [[2, 3, 4], 24, [12, 4, 1]],
  [[1, 7, 1], 7, [7, 1, 1]],
])('[%j] holds %i elements with strides [%j]', (shape, size, strides) => {
  expect(sizeOf(shape)).toBe(size);
  expect(stridesOf(shape)).toEqual(strides);
});

describe('broadcasting', () => {
  // the examples of NumPy's manual, and scalars
  it.each([
    [[256, 256, 3], [3], [256, 256, 3]],
    [
      [8, 1, 6, 1],
      [7, 1, 5],
      [8, 7, 6, 5],
    ],
    [[5, 4], [1], [5, 4]],
    [
      [15, 3, 5],
      [15, 1, 5],
      [15, 3, 5],
    ],
    [
      [15, 3, 5],
      [3, 1],
      [15, 3, 5],
    ],
    [[], [2, 3], [2, 3]],
    [[], [], []],
    [[3], [4], undefined],
    [[2, 1], [8, 4, 3], undefined],
  ])('%j with %j gives %j, in either order', (a, b, both) => {
    expect(broadcastShapes(a, b)).toEqual(both);
    expect(broadcastShapes(b, a)).toEqual(both);
  });
});

it('a window has as many positions as fit into the padded plane, less than one where none does', () => {
  const positions = (height: number, width: number, window: Window) =>
    windowOutput(height, width, window).map((n) => Math.max(n, 0));
  for (let size = 1; size <= 6; size++)
    for (let kernel = 1; kernel <= 4; kernel++)
      for (let stride = 1; stride <= 3; stride++)
        for (let before = 0; before <= 2; before++)
          for (let after = 0; after <= 2; after++) {
            let count = 0;
            for (let start = -before; start + kernel <= size + after; start += stride) count++;
            // another axis beside it, in either order, so that rows and columns are not mixed up
            const window: Window = {
              kernel: [kernel, 2],
              stride: [stride, 1],
              pads: [before, 0, after, 0],
            };
            expect(positions(size, 5, window)).toEqual([count, 4]);
            const turned: Window = {
              kernel: [2, kernel],
              stride: [1, stride],
              pads: [0, before, 0, after],
            };
            expect(positions(5, size, turned)).toEqual([4, count]);
          }
});
