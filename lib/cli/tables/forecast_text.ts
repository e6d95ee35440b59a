import { quoted } from '../../checks/shown.js';
import { decimalsText, numberText } from '../../numbers/number_text.js';
import type { ForecastMethod, ForecastReport, ForecastRow, ForecastScores, TimesNamed } from '../../tables/index.js';
import { aligned } from './aligned.js';
import { dateText } from './csv_line.js';
import { counted } from './score_words.js';

/** The methods in words. */
export const methodNames: Readonly<Record<ForecastMethod, string>> = {
  persistence: 'persistence',
  seasonalPersistence: 'seasonal persistence',
  exponentialSmoothing: 'exponential smoothing',
  averagedSmoothing: 'averaged smoothing',
  theta: 'theta',
  linear: 'linear model',
  network: 'network',
  combination: 'combination',
};

const share = (x: number): string => `${decimalsText(100 * x, 1)} %`;

/** The scores of all methods as cells, with titles. */
export function forecastCells({ scores, chosen, choice }: ForecastReport): string[][] {
  const cells = (name: string, { mase, pinball, mae, rmse, coverage }: ForecastScores) => [
    name,
    decimalsText(mase, 3),
    decimalsText(pinball, 4),
    numberText(mae, 4),
    numberText(rmse, 4),
    share(coverage),
  ];
  return [
    ['', 'MASE', 'pinball loss', 'MAE', 'RMSE', 'inside the interval'],
    ...Object.entries(scores).map(([method, one]) =>
      cells(`${methodNames[method as ForecastMethod]}${method === chosen ? ' (chosen)' : ''}`, one),
    ),
    cells('chosen by other folds', choice),
  ];
}

/** What the scores mean. */
export const meaningOfForecastScores = ({
  interval,
  backtest: { folds, from, origins },
  horizon,
  spacing,
}: ForecastReport): string =>
  `${counted(origins, 'origin')} from ${from} on in ${counted(folds, 'fold')}; from each, ${counted(horizon, 'value')} (one every ${spacing}) were forecast by methods that had only seen earlier values. MASE is the mean absolute error in units of the mean change over a season before the backtest. The pinball loss is that of the median and the ends of the ${share(interval)} interval, in the same units; the interval was found from the other folds. "Chosen by other folds" has the method of each fold that is best in the others: it says what to expect of the choice.`;

/** What was found about the times, in sentences. */
export function timesLines({
  missing,
  doubled,
  withoutTime,
  short,
  ended,
  last,
  leftOut,
  chosen,
}: ForecastReport): string[] {
  const named = ({ count, first }: TimesNamed) => `${first.join(', ')}${count > first.length ? ', …' : ''}`;
  return [
    ...(missing.count > 0
      ? [
          `${counted(missing.count, 'time')} without a value: ${named(missing)}. Inputs use the last value before them, and no score counts them.`,
        ]
      : []),
    ...(doubled.count > 0
      ? [
          `${counted(doubled.count, 'time')} with several rows: ${named(doubled)}. Their mean is used; if they belong to several series, name the column that tells these apart (by).`,
        ]
      : []),
    ...(withoutTime > 0 ? [`${counted(withoutTime, 'row')} without a time or a series left out.`] : []),
    ...(ended
      ? [
          `${numberText(ended.count)} series without values up to ${last}, forecast from the end of their own: ${named(ended)}.`,
        ]
      : []),
    ...(short.count > 0
      ? [
          `${numberText(short.count)} series too short for ${theMethod(chosen)}, forecast by exponential smoothing: ${named(short)}.`,
        ]
      : []),
    ...(leftOut === undefined ? [] : [`Only simple methods were compared: ${leftOut}.`]),
  ];
}

/** A method as the subject of a sentence. */
const theMethod = (method: ForecastMethod): string =>
  ['linear', 'network', 'combination'].includes(method) ? `the ${methodNames[method]}` : methodNames[method];

/** The verdict in a sentence. */
export function forecastVerdict({ scores, chosen, season }: ForecastReport): string {
  const { mase } = scores[chosen]!;
  const seasonal = scores.seasonalPersistence!.mase;
  const than = season === 1 ? 'the last value' : 'the value one season earlier';
  const [[best, { mase: least }]] = Object.entries(scores).sort(([, a], [, b]) => a.mase - b.mase) as [
    [ForecastMethod, ForecastScores],
  ];
  if (least === 0)
    return `In the backtest, ${theMethod(best)} made no error. The forecast is that of ${theMethod(chosen)}.`;
  const gain = (from: number, to: number) => share(1 - to / from);
  const name = theMethod(chosen);
  const isBest = mase === least;
  if (chosen === 'seasonalPersistence' && isBest) return `No method was better than ${than}, so that is the forecast.`;
  const beside =
    chosen === 'seasonalPersistence'
      ? `The forecast is ${than}.`
      : mase < seasonal
        ? `The forecast is that of ${name}, whose errors in the backtest are ${gain(seasonal, mase)} smaller than those of ${than}.`
        : `The forecast is that of ${name}, which was no better than ${than} in the backtest.`;
  return isBest
    ? beside
    : `${beside} ${capital(theMethod(best))} had errors ${gain(mase, least)} smaller than that; the difference is not clear, or it was not among the methods to choose from.`;
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

/** The report as text. */
export function summaryOfForecast(report: ForecastReport): string {
  const { target, series, values, spacing, season, first, last, by } = report;
  const of = by === undefined ? '' : ` in ${numberText(series)} series by ${quoted(by)}`;
  return [
    `${quoted(target)}: ${counted(values, 'value')}${of}, one every ${spacing} from ${first} to ${last}; ${season === 1 ? 'no season' : `a season of ${season}`}`,
    ...timesLines(report),
    '',
    'backtest:',
    ...aligned(forecastCells(report)),
    '',
    meaningOfForecastScores(report),
    forecastVerdict(report),
    `all fits took ${decimalsText(report.seconds, 1)} s`,
  ].join('\n');
}

/** The most forecasts that are printed if a file has them all. */
const mostLines = 14;

/** Forecasts as lines of text. */
export function forecastLines(
  rows: readonly ForecastRow[],
  { time, by, target }: { readonly time: string; readonly by?: string | undefined; readonly target: string },
  which: 'all' | 'some',
): string[] {
  const shown = which === 'all' ? rows : rows.slice(0, mostLines);
  return [
    ...aligned([
      [...(by === undefined ? [] : [by]), time, target, 'low', 'high'],
      ...shown.map(({ series, time: at, prediction, low, high }) => [
        ...(by === undefined ? [] : [series!]),
        typeof at === 'number' ? String(at) : dateText(at),
        ...[prediction, low, high].map((x) => numberText(x, 5)),
      ]),
    ]),
    ...(shown.length < rows.length ? [`  … ${numberText(rows.length - shown.length)} more`] : []),
  ];
}
