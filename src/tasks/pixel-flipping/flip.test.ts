// Orders of pixels and images without some of them, against plain loops.
import { expect, it } from 'vitest';
import { keyedRandom } from '../../random.js';
import { mostSalientFirst, withoutFirst } from './flip.js';

it('pixels are ordered by their values, equal ones by their places', () => {
  const map = Float32Array.of(0.1, 0.3, 0, 0.3, 0.2, 0, 0.3);
  expect([...mostSalientFirst(map)]).toEqual([1, 3, 6, 4, 0, 2, 5]);
  expect([...map]).toEqual([...Float32Array.of(0.1, 0.3, 0, 0.3, 0.2, 0, 0.3)]);
});

it('the first pixels of an order get the color of zero in all channels', () => {
  const random = keyedRandom('flip');
  const image = Float32Array.from({ length: 30 }, () => random.uniform());
  const zero = Float32Array.from({ length: 30 }, (_, i) => -1 - i);
  const order = Uint32Array.of(7, 2, 9, 0, 4, 1, 3, 5, 6, 8);
  for (const [percent, count] of [
    [0, 0],
    [9.9, 0],
    [10, 1],
    [29, 2],
    [30, 3],
    [100, 10],
  ] as const) {
    const found = withoutFirst(image, order, percent, zero);
    const gone = new Set([...order].slice(0, count));
    for (let i = 0; i < 30; i++)
      expect(found[i], `${percent} %, value ${i}`).toBe(gone.has(i % 10) ? zero[i] : image[i]);
  }
});
