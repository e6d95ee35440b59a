import { distance } from 'fastest-levenshtein'; // of the small ones the one that CommonJS can require; typed, no dependencies

/** No known word is so much longer or shorter than the one that was meant. */
const mostApart = 40;

/** ` Did you mean "weightDecay"?`, or the list of what there is. */
export function suggestion(word: string, known: readonly string[]): string {
  const given = word.toLowerCase();
  const [nearest] = known
    .filter((candidate) => Math.abs(candidate.length - given.length) <= mostApart)
    .map((candidate) => ({ candidate, edits: distance(given, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  if (nearest !== undefined && nearest.edits <= Math.max(2, word.length / 3))
    return ` Did you mean "${nearest.candidate}"?`;
  return ` Known are: ${known.join(', ')}.`;
}
