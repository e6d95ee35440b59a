import { own } from '../../checks/own.js';
import { quoted } from '../../checks/shown.js';
import { hasPower, numberText, powerText } from '../../numbers/number_text.js';
import type { Estimate, TableScores, TrainReport } from '../../tables/index.js';
import { fourDigits } from '../../tables/shown_cells.js';
import { comparedIn } from './compared.js';

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
  const name = own(names, key);
  if (name !== undefined) return name;
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
export const estimateText = (estimate: Estimate): string => textWith(estimate, fourDigits);

const textWith = ({ value, low, high }: Estimate, text: (x: number) => string): string =>
  `${text(value)} (${text(low)} to ${text(high)})`.replaceAll('Infinity', '∞');

/** The same of several estimates in a row, all numbers in the same notation; a dash for one that there is not. */
export function estimateTexts(row: readonly (Estimate | undefined)[]): string[] {
  const numbers = row.flatMap((one) => (one ? [one.value, one.low, one.high] : []));
  const text = numbers.some((x) => Number.isFinite(x) && hasPower(x, 4)) ? (x: number) => powerText(x, 4) : fourDigits;
  return row.map((one) => (one ? textWith(one, text) : '–'));
}

/** A row of cells for each score: its name, and what each model and baseline has of it. */
export const comparedCells = (report: Pick<TrainReport, 'scores'>): string[][] => {
  const { scores } = report;
  const names = new Set(Object.values(scores).flatMap((one) => Object.keys(one)));
  return [...names].map((name) => [
    scoreName(name),
    ...estimateTexts(comparedIn(report).map(({ kind }) => scores[kind]![name])),
  ]);
};

/** The names of scores with their values. */
export const scoreLines = (scores: TableScores): [string, string][] =>
  Object.entries(scores).map(([key, estimate]) => [scoreName(key), estimateText(estimate)]);

/** A number of things: "1 row", "1,700 rows". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${numberText(count)} ${count === 1 ? one : many}`;

/** The rows that are left out, as the end of a sentence about the others. */
export const leftOutText = ({
  withoutTarget,
  withoutWeight = 0,
}: Pick<TrainReport, 'withoutTarget' | 'withoutWeight'>): string =>
  [
    [withoutTarget, 'without a target'],
    [withoutWeight, 'with the weight 0'],
  ]
    .filter(([rows]) => rows !== 0)
    .map(([rows, which]) => `; ${counted(rows as number, 'row')} ${which} ${rows === 1 ? 'is' : 'are'} left out`)
    .join('');

/** The name of a column in a list: in quotation marks if it could be misread. */
export const listedName = (name: string): string => (/^[^\s,;:()"]+$/.test(name) ? name : quoted(name));

/** The kind of each column, and how its dates are written, as rows of cells. */
export const kindCells = ({ kinds, dateForms }: Pick<TrainReport, 'kinds' | 'dateForms'>): string[][] =>
  Object.entries(kinds).map(([name, kind]) => {
    const form = own(dateForms, name);
    return [listedName(name), form ? `${kind}, read as dates such as ${form}` : kind];
  });

/** The most important columns. */
export const importanceText = ({ importance }: Pick<TrainReport, 'importance'>): string =>
  `Feature importance: ${importance
    .slice(0, 5)
    .map(({ column }) => listedName(column))
    .join(', ')}`;

/** The columns that a model does not use, and dates that were not read as such, with the reasons. Reports of earlier versions have none. */
export const unusedLines = ({
  leftOut,
  leftOutBecause = {},
  unreadDates = {},
}: Pick<TrainReport, 'leftOut'> & Partial<Pick<TrainReport, 'leftOutBecause' | 'unreadDates'>>): string[] => {
  const texts = leftOut.map((name) => {
    const reason = own(leftOutBecause, name);
    return reason ? `${listedName(name)} (${reason})` : listedName(name);
  });
  const unread = Object.entries(unreadDates).map(([name, why]) => `${listedName(name)} (${why})`);
  return [
    ...(texts.length > 0 ? [`not used: ${texts.join(', ')}`] : []),
    ...(unread.length > 0 ? [`not read as dates: ${unread.join(', ')}`] : []),
  ];
};
