// Examples of two classes whose features overlap: normal numbers around two centers.
import { keyedRandom, normalNumbers } from '../../random.js';
import { type Examples, withOne } from '../logistic.js';

/** So many examples of so many features, classes by turns, `apart` from each other. */
export function flowersOf(count: number, size: number, key = 'examples', apart = 1): Examples {
  const random = keyedRandom(key);
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const rows = labels.map((label) =>
    withOne(
      normalNumbers(size, 1, random).map((v, j) => v + (apart * (label === 1 ? 1 : -1)) / (1 + j)),
    ),
  );
  return { rows, labels };
}
