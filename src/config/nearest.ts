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

/** The word of a list within two edits of what was given, and no more than half its letters; the first of equals. */
export function nearest(given: string, words: readonly string[]): string | undefined {
  const close = words
    .map((word) => ({ word, distance: editDistance(given, word) }))
    .filter(({ word, distance }) => distance <= 2 && 2 * distance <= word.length)
    .sort((a, b) => a.distance - b.distance);
  return close[0]?.word;
}
