// Differences of images, amplified.
import { describe, expect, it } from 'vitest';
import { drawnDifference, gainOf } from './difference.js';

describe('the gain of a difference', () => {
  it.each([
    [8, 15],
    [-8, 15],
    [0.5, 254],
    [1, 127],
    [127, 1],
    [200, 1],
    [0, 1],
  ])('for a largest change of %d is %d', (change, gain) => {
    expect(gainOf(Float32Array.of(3, 100, 7), Float32Array.of(3, 100 + change, 7))).toBe(gain);
  });
});

it('a difference is drawn around gray, channels side by side, and cut at black and white', () => {
  const clean = Float32Array.of(10, 20, 30, 40, 50, 60);
  const other = Float32Array.of(10, 28, 22, 40, 50.5, 90);
  const { data, height, width } = drawnDifference(clean, other, 1, 2, 15);
  expect([height, width]).toEqual([1, 2]);
  // of the first pixel 0, −8 and 0.5, of the second 8, 0 and 30, times 15
  expect([...data]).toEqual([128, 8, 136, 248, 128, 255]);
});
