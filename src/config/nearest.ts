// The known word that is nearest to one that is not known.

/** Smallest edit distance; the first of equals. */
export function nearest(word: string, known: readonly string[]): string {
  const distances = known.map((one) => ({ one, distance: editDistance(word.slice(0, 100), one) }));
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).one;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
