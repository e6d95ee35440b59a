import { quoted } from '../../../checks/shown.js';
import { numberText } from '../../../numbers/number_text.js';
import type { Estimate } from '../estimates.js';
import type { TableWarning } from '../report.js';
import type { Comparison } from './comparison.js';

const scoresIn = ({ score, first, second }: Comparison) => ({ score, usual: first, instead: second });

/** What the scores are of, and both as text. */
function scoreTexts({ rows, score, first, second }: Comparison): [name: string, first: string, second: string] {
  const isShare = score === 'accuracy';
  const text = ({ value }: Estimate) => (isShare ? `${numberText(100 * value, 3)} %` : numberText(value, 4));
  const name = isShare ? 'accuracy' : 'mean absolute error';
  return [`In a trial on ${numberText(rows)} rows, the ${name}`, text(first), text(second)];
}

/** @param witness Whose scores they are. */
export function repeatedValuesWarning(
  column: string,
  comparison: Comparison,
  witness: 'model' | 'nearest',
): TableWarning {
  const [score, known, unknown] = scoreTexts(comparison);
  const name = quoted(column);
  const found =
    witness === 'model'
      ? `${score} is ${known} if the model has learnt from other rows of the same ${name}, but ${unknown} if it has not. If new rows will have other values of ${name}, expect the second score, and`
      : `${score} of the nearest rows is ${known} if they may have the same ${name}, but ${unknown} if they may not. If new rows will have other values of ${name}, scores may be too good;`;
  return {
    kind: 'repeated values',
    column,
    text: `Rows with the same ${name} are alike. ${found} train with the option by.`,
    options: { by: column },
    ...scoresIn(comparison),
  };
}

export function equalRowsWarning(share: number, comparison: Comparison): TableWarning {
  const [score, all, distinct] = scoreTexts(comparison);
  const advice =
    comparison.fall.low > 0
      ? 'If new rows will not repeat old ones, expect the second score, and train with the option distinct.'
      : 'That makes no clear difference here.';
  return {
    kind: 'equal rows',
    text: `${numberText(100 * share, 2)} % of the rows are equal to an earlier row, or nearly so. ${score} is ${all} as the rows are, and ${distinct} if the model has not learnt from equal rows. ${advice}`,
    options: { distinct: true },
    ...scoresIn(comparison),
  };
}

export function orderWarning(column: string, comparison: Comparison): TableWarning {
  const [score, mixed, earlier] = scoreTexts(comparison);
  return {
    kind: 'order',
    column,
    text: `Later rows differ from earlier ones. ${score} on the latest rows by ${quoted(column)} is ${mixed} if the model has learnt from rows of the same time, but ${earlier} if it has learnt from earlier rows only. If it will predict later rows, expect the second score, and train with the option time.`,
    options: { time: column },
    ...scoresIn(comparison),
  };
}

/** @param columns The column to blame, and others like it. */
export function leakWarning(columns: readonly string[], comparison: Comparison): TableWarning {
  const [score, having, without] = scoreTexts(comparison);
  const several = columns.length > 1;
  const names = several
    ? `${columns.slice(0, -1).map(quoted).join(', ')} and ${quoted(columns.at(-1)!)}`
    : quoted(columns[0]!);
  return {
    kind: 'leak',
    column: columns[0]!,
    text: `${several ? `Each of the columns ${names}` : `The column ${names}`} alone predicts the target nearly without a mistake. ${score} is ${having} with ${several ? 'them' : 'it'} and ${without} without. If ${several ? 'they are' : 'it is'} not known yet when the model is used, expect the second score, and train with the option without.`,
    options: { without: columns },
    ...scoresIn(comparison),
  };
}
