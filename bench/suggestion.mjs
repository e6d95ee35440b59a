import { distance } from 'fastest-levenshtein'; // as in lib/checks/suggestion.ts: small, no dependencies

/** `Did you mean "training"?`, or the list of known words. */
export function suggestion(word, known) {
  const [best] = [...known].sort((a, b) => distance(word, a) - distance(word, b));
  return distance(word, best) <= Math.max(2, word.length / 3)
    ? `Did you mean "${best}"?`
    : `Known are: ${known.join(', ')}.`;
}
