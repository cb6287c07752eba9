// The word that was probably meant: the nearest of a list by Levenshtein's edit distance, the least
// number of letters inserted, deleted or replaced.

function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}

/**
 * The nearest word of a list: at most two edits, and at most half its letters, from the given word; the first of
 * equally near ones.
 */
export function nearest(given: string, words: readonly string[]): string | undefined {
  const close = words
    .filter((word) => Math.abs(word.length - given.length) <= 2)
    .map((word) => ({ word, distance: editDistance(given, word) }))
    .filter(({ word, distance }) => distance <= 2 && 2 * distance <= word.length)
    .sort((a, b) => a.distance - b.distance);
  return close[0]?.word;
}
