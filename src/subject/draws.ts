// The random numbers of a run, each keyed by its purpose. Method and model are left out of the key, so that every
// method on every model sees the same draw.
import type { Draws } from '../explain/index.js';
import { keyedRandom, normalNumbers } from '../random.js';

/** The key of draws: seed and image, and for draws of an attack also its name and ε. */
export type DrawKey = readonly [
  seed: number,
  image: string,
  ...ofAttack: readonly [] | readonly [attack: string, epsilon: number | 'any'],
];

/** The random numbers of a purpose, from their start. */
export const randomOf = (key: DrawKey, purpose: string) => keyedRandom(...key, purpose);

/** The random numbers for the samples of an image's map. */
export function drawsOf(origin: Float32Array, key: DrawKey): Draws {
  const random = randomOf(key, 'perturbation');
  return {
    origin,
    uniform: () => random.uniform(),
    normal: (purpose, count) => normalNumbers(count, 1, randomOf(key, purpose)),
  };
}
