import { distance } from 'fastest-levenshtein'; // small, typed, no dependencies, and CommonJS can require it
import { nameHere } from './foreign_names.js';

/** Words whose lengths differ by more are not compared. */
const mostApart = 40;

/** Options that belong to `fit` in other libraries, and to the rule here. */
const ofRules = ['learningRate', 'weightDecay', 'beta1', 'beta2', 'epsilon'];

/**
 * ` It is called "learningRate" here.` for a name of another library, ` Did you mean "weightDecay"?` for a similar word,
 * or else the list of known words.
 */
export function suggestion(word: string, known: readonly string[]): string {
  const given = word.toLowerCase();
  const called = nameHere(word, known);
  if (called !== undefined) return ` It is called "${called}" here.`;
  const isSoftmax = given === 'softmax' && known.includes('softplus'); // as an activation
  if (isSoftmax)
    return ' softmax() is a separate layer; the loss crossEntropy contains it, with or without that layer.';
  if (known.includes('optimizer') && !known.includes('learningRate')) {
    const ofRule = ofRules.includes(word) ? word : nameHere(word, ofRules);
    if (ofRule !== undefined) return ` It belongs to the rule: optimizer: adam({ ${ofRule}: … }).`;
  }
  const [nearest] = known
    .filter((candidate) => Math.abs(candidate.length - given.length) <= mostApart)
    .map((candidate) => ({ candidate, edits: distance(given, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  if (nearest !== undefined) {
    const { candidate, edits } = nearest;
    const longer = Math.max(word.length, candidate.length);
    if (edits <= Math.max(2, word.length / 3) && edits <= longer / 2) return ` Did you mean "${candidate}"?`;
  }
  return ` Known are: ${known.join(', ')}.`;
}
