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

/** What scores mean, as sentences. */
const meanings: Readonly<Record<string, string>> = {
  accuracy: 'Accuracy is the share of rows whose class is predicted.',
  balancedAccuracy:
    'Balanced accuracy is the mean of this share over the classes, so that rare classes count as much as others.',
  logLoss: 'Log loss is the mean of −ln p, where p is the predicted probability of the true class; smaller is better.',
  auc: 'AUC is how often a row of one class gets a greater probability of it than a row of the other; 0.5 is chance.',
  averagePrecision:
    'Average precision is the mean precision as more and more rows are predicted as the rarer class; its share is chance.',
  rootMeanSquaredError:
    'RMSE is the root of the mean squared error, in the units of the target; large errors count most.',
  meanAbsoluteError: 'Mean absolute error is how far predictions are from the truth on average.',
  r2: 'R² is 1 if all predictions are right, and 0 if they are no better than the mean.',
  pinballLoss:
    'Pinball loss is the mean error of the quantiles, where errors above and below count by their levels; smaller is better.',
};

/** What the given scores mean, those that have a meaning in this list. */
export const meaningsOf = (scores: TableScores): string =>
  Object.keys(scores)
    .flatMap((key) => meanings[key] ?? [])
    .join(' ');

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
