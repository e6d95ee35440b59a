import { distance } from 'fastest-levenshtein'; // small, typed, without dependencies, and CommonJS can require it

/** The largest difference in length of two words that are compared at all. */
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
