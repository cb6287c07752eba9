// How much a file may become in memory: a small file of weights that claims large ones is a mistake or a trap.
import { shown } from '../shown.js';

/** Most numbers in all tensors of a file of so many bytes: two a byte, and a million for files that hardly need any. */
export const mostNumbers = (bytes: number): number => 2 * bytes + 1_000_000;

/** What a tensor takes in memory beside its numbers, in numbers. */
const EACH = 64;

/**
 * Counts the numbers of a file's tensors before they are made.
 * @param refuse makes the error, thrown at the tensor that is too much
 */
export function unfolding(
  bytes: number,
  refuse: (why: string) => Error,
): (name: string, count: number) => void {
  let left = mostNumbers(bytes);
  return (name, count) => {
    left -= count + EACH;
    if (!(left >= 0))
      throw refuse(
        `tensor ${shown(name)} of ${count} numbers is more than a file of ${bytes} bytes holds`,
      );
  };
}
