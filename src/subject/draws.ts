// The random numbers of a run, each keyed by what it is for; the method and the model are left out of the key, so that
// every method on every model sees the same draw.
import type { Draws } from '../explain/index.js';
import { keyedRandom, normalNumbers } from '../random.js';

/** What identifies draws: seed and image, and for those of an attack its name and ε. */
export type DrawKey = readonly [
  seed: number,
  image: string,
  ...ofAttack: readonly [] | readonly [attack: string, epsilon: number | 'any'],
];

/** The draws of a purpose, from the start. */
export const randomOf = (key: DrawKey, purpose: string) => keyedRandom(...key, purpose);

/** What the samples of an image are drawn with. */
export function drawsOf(origin: Float32Array, key: DrawKey): Draws {
  const random = randomOf(key, 'perturbation');
  return {
    origin,
    uniform: () => random.uniform(),
    normal: (purpose, count) => normalNumbers(count, 1, randomOf(key, purpose)),
  };
}
