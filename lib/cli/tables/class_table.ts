import { quoted } from '../../checks/shown.js';
import { numberText } from '../../numbers/number_text.js';
import type { Estimate, ScoresByClass } from '../../tables/index.js';
import { estimateText } from './score_words.js';

/** The most classes for which there is a table of scores. */
const mostClasses = 50;

const scoreOrNone = (score: Estimate | null): string => (score === null ? '–' : estimateText(score));

/** A title, and the scores of each class as rows of cells after a row of names. Undefined for numbers, and for a great many classes. */
export function classTable({ byClass, positive }: ScoresByClass): { title: string; cells: string[][] } | undefined {
  if (!byClass || byClass.length > mostClasses) return undefined;
  const rows = byClass.map(({ class: one, rows: count, predicted, precision, recall, f1 }) => [
    String(one),
    numberText(count),
    numberText(predicted),
    ...[precision, recall, f1].map(scoreOrNone),
  ]);
  const remark =
    positive === undefined ? '' : `; the average precision is that of ${quoted(String(positive))}, the rarer class`;
  return {
    title: `Scores of each class${remark}`,
    cells: [['Class', 'Rows', 'Predicted', 'Precision', 'Recall', 'F1'], ...rows],
  };
}
