import { distance } from 'fastest-levenshtein'; // small, typed, no dependencies, and CommonJS can require it

/** Words whose lengths differ by more are not compared. */
const mostApart = 40;

/** ` Did you mean "weightDecay"?`, or else the list of known words. */
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
