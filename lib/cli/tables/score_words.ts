import { numberText } from '../../numbers/number_text.js';
import type { Estimate, TableScores, TrainReport } from '../../tables/index.js';
import { fourDigits } from '../../tables/shown_cells.js';

/** The names of scores that are more than the words of their keys. */
const names: Readonly<Record<string, string>> = {
  auc: 'AUC',
  f1: 'F1',
  r2: 'R²',
  rootMeanSquaredError: 'RMSE',
  brier: 'Brier score',
  matthews: 'Matthews correlation',
  poissonDeviance: 'Poisson deviance',
};

/** The name of a score in tables for people. Its key becomes words: `logLoss` is "Log loss". */
export function scoreName(key: string): string {
  if (Object.hasOwn(names, key)) return names[key]!;
  const words = key.replace(/([a-z0-9])([A-Z])/g, (_, end: string, begin: string) => `${end} ${begin.toLowerCase()}`);
  return capitalized(words);
}

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A number with its interval, to four digits. */
export const estimateText = ({ value, low, high }: Estimate): string =>
  `${fourDigits(value)} (${fourDigits(low)} to ${fourDigits(high)})`;

/** The names of scores with their values. */
export const scoreLines = (scores: TableScores): [string, string][] =>
  Object.entries(scores).map(([key, estimate]) => [scoreName(key), estimateText(estimate)]);

/** A number of things: "1 row", "1,700 rows". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${numberText(count)} ${count === 1 ? one : many}`;

/** Rows that have no value of the target. */
export const leftOutText = (rows: number): string =>
  `${counted(rows, 'row')} without a target ${rows === 1 ? 'is' : 'are'} left out`;

/** The columns that a model does not use, and dates that were not read as such, with the reasons. Reports of earlier versions have none. */
export const unusedLines = ({
  leftOut,
  leftOutBecause = {},
  unreadDates = {},
}: Pick<TrainReport, 'leftOut'> & Partial<Pick<TrainReport, 'leftOutBecause' | 'unreadDates'>>): string[] => {
  const texts = leftOut.map((name) => (leftOutBecause[name] ? `${name} (${leftOutBecause[name]})` : name));
  const unread = Object.entries(unreadDates).map(([name, why]) => `${name} (${why})`);
  return [
    ...(texts.length > 0 ? [`not used: ${texts.join(', ')}`] : []),
    ...(unread.length > 0 ? [`not read as dates: ${unread.join(', ')}`] : []),
  ];
};
