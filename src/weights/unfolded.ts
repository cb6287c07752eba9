// How much a file may become in memory: a small file of weights that claims large ones is a mistake or a trap.
import { shown } from '../shown.js';

/** Most numbers in all tensors of a file of so many bytes: two a byte, and a million for files that hardly need any. */
export const mostNumbers = (bytes: number): number => 2 * bytes + 1_000_000;

/**
 * Counts the numbers of a file's tensors before they are made.
 * @param refuse makes the error, thrown at the tensor that is too much
 */
export function unfolding(
  bytes: number,
  refuse: (why: string) => Error,
): (name: string, count: number) => void {
  const most = mostNumbers(bytes);
  let left = most;
  return (name, count) => {
    left -= count;
    if (!(left >= 0))
      throw refuse(
        `tensor ${shown(name)} has ${count} numbers, expected at most ${most} in all tensors of a file of ${bytes} bytes`,
      );
  };
}
