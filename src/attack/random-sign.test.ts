import { expect, it } from 'vitest';
import { keyedRandom } from '../random.js';
import { values } from '../testing/cases.js';
import { randomSign } from './random-sign.js';

const image = values([3, 32, 32], 'image', [0, 255]);
const drawn = (epsilon: number, ...key: string[]) => {
  const random = keyedRandom(...key);
  return randomSign(image, epsilon, () => random.sign());
};

it('moves every value by ε up or down, as far as grey levels go', () => {
  let up = 0;
  drawn(8, 'a').forEach((got, i) => {
    const [down, high] = [Math.max(0, image[i]! - 8), Math.min(255, image[i]! + 8)].map(
      Math.fround,
    );
    expect([down, high]).toContain(got);
    if (got === high) up++;
  });
  // five standard deviations of a fair coin
  expect(Math.abs(up - image.length / 2)).toBeLessThan(2.5 * Math.sqrt(image.length));
});

it('draws values in order, one sign each', () => {
  const signs = [1, -1, -1, 1];
  expect([...randomSign(Float32Array.of(10, 10, 3, 250), 8, () => signs.shift()!)]).toEqual([
    18, 2, 0, 255,
  ]);
});

it('repeats itself for the same key and differs for another', () => {
  expect(drawn(8, 'a')).toEqual(drawn(8, 'a'));
  expect(drawn(8, 'a')).not.toEqual(drawn(8, 'b'));
});

it('leaves the clean image as it was', () => {
  const before = image.slice();
  drawn(8, 'a');
  expect(image).toEqual(before);
});
