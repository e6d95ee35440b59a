/** `Did you mean "training"?`, or the list of what there is. */
export function suggestion(word, known) {
  const [best] = [...known].sort((a, b) => distance(word, a) - distance(word, b));
  return distance(word, best) <= Math.max(2, word.length / 3)
    ? `Did you mean "${best}"?`
    : `Known are: ${known.join(', ')}.`;
}

/** The number of insertions, deletions and substitutions that lead from one word to the other (Levenshtein). */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; ++i) {
    const next = [i];
    for (let j = 1; j <= b.length; ++j)
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}
