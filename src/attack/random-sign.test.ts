import { describe, expect, it } from 'vitest';
import { held } from '../engine/engine.js';
import { drawsOf } from '../explain/testing/draws.js';
import { keyedRandom } from '../random.js';
import { values } from '../testing/cases.js';
import { randomSign, randomWalk } from './random-sign.js';

const image = values([3, 32, 32], 'image', [0, 255]);
const drawn = (epsilon: number, ...key: string[]) => {
  const random = keyedRandom(...key);
  return randomSign(image, epsilon, () => random.sign());
};

it('moves every value by ε up or down, as far as gray levels go', () => {
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

describe('a walk', () => {
  const walked = async (steps: number, epsilon = 8, step = 0.5, key = 'a') => {
    const random = keyedRandom(key);
    const walk = randomWalk(() => random.sign());
    let x = held(image);
    for (let n = 0; n < steps; n++)
      x = (
        await walk.step({
          ...{ x, origin: image, target: new Float32Array(), references: {} },
          ...{ epsilon, step, draws: drawsOf() },
        })
      ).next;
    return x.read();
  };
  const away = (x: Float32Array) => x.map((v, i) => v - image[i]!);

  it('adds a sign of the step’s size at each step', async () => {
    const signs = [1, -1, 1, 1, 1, -1, 1, -1, -1];
    const walk = randomWalk(() => signs.shift()!);
    const origin = Float32Array.of(10, 10, 254.75);
    let x = held(origin);
    const seen: number[][] = [];
    for (const _ of [1, 2, 3]) {
      const state = { x, origin, target: origin, references: {}, draws: drawsOf() };
      x = (await walk.step({ ...state, epsilon: 1, step: 0.5 })).next;
      seen.push([...(await x.read())]);
    }
    expect(seen).toEqual([
      [10.5, 9.5, 255],
      [11, 10, 254.5],
      // the first may go no further than ε
      [11, 9.5, 254],
    ]);
  });

  it('ends within ε of the clean image and within gray levels, mostly elsewhere than the draw', async () => {
    const end = await walked(300, 2);
    const distances = away(end).map(Math.abs);
    expect(Math.max(...distances)).toBeLessThanOrEqual(2 + 1e-4);
    expect(Math.min(...end)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...end)).toBeLessThanOrEqual(255);
    // a draw has every value at the edge; a walk between reflecting edges stands anywhere
    const atEdge = distances.filter((d) => d > 2 - 1e-4).length / distances.length;
    expect(atEdge).toBeGreaterThan(0.1);
    expect(atEdge).toBeLessThan(0.5);
  });

  it('spreads like a walk before it meets its bounds, and without a drift', async () => {
    const inside = away(await walked(100, 100)).filter((_, i) => image[i]! > 60 && image[i]! < 195);
    const mean = inside.reduce((a, b) => a + b) / inside.length;
    const variance = inside.reduce((sum, d) => sum + d * d, 0) / inside.length;
    // 100 steps of ±0.5
    expect(Math.abs(variance / 25 - 1)).toBeLessThan(0.15);
    expect(Math.abs(mean)).toBeLessThan(0.5);
  });

  it('repeats itself for the same key and differs for another', async () => {
    expect(await walked(5)).toEqual(await walked(5));
    expect(await walked(5)).not.toEqual(await walked(5, 8, 0.5, 'b'));
  });
});
