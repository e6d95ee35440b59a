import { quoted } from '../../checks/shown.js';
import { numberText } from '../../numbers/number_text.js';
import type { Estimate, ScoresByClass } from '../../tables/index.js';
import { aligned } from './aligned.js';
import { estimateText } from './score_words.js';

/** The most classes for which there is a table of scores. */
const mostClasses = 50;

const scoreOrNone = (score: Estimate | null): string => (score === null ? '–' : estimateText(score));

/** The scores of each class, as rows of cells after a row of names. */
interface ClassTable {
  readonly cells: string[][];
  /** Of two classes: whose average precision the report has, as a part of a sentence. */
  readonly remark: string | undefined;
}

/** Undefined for numbers, and for a great many classes. */
export function classTable({ byClass, positive }: ScoresByClass): ClassTable | undefined {
  if (!byClass || byClass.length > mostClasses) return undefined;
  const rows = byClass.map(({ class: one, rows: count, predicted, precision, recall, f1 }) => [
    String(one),
    numberText(count),
    numberText(predicted),
    ...[precision, recall, f1].map(scoreOrNone),
  ]);
  return {
    remark:
      positive === undefined
        ? undefined
        : `the average precision is that of ${quoted(String(positive))}, the rarer class`,
    cells: [['Class', 'Rows', 'Predicted', 'Precision', 'Recall', 'F1'], ...rows],
  };
}

/** The table as lines of text. */
export function classLines(scores: ScoresByClass): string[] {
  const table = classTable(scores);
  if (!table) return [];
  return [`Scores of each class${table.remark ? `; ${table.remark}` : ''}:`, ...aligned(table.cells)];
}
