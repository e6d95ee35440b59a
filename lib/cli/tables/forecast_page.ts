import { quoted } from '../../checks/shown.js';
import { decimalsText } from '../../numbers/number_text.js';
import { type Figure, figureHtml, pageHtml } from '../../pages/index.js';
import { escaped } from '../../pages/markup.js';
import type { Forecasted, ForecastMethod, ForecastRow, PastValues } from '../../tables/index.js';
import { dateText } from './csv_line.js';
import { forecastCells, forecastVerdict, meaningOfForecastScores, methodNames, timesLines } from './forecast_text.js';
import { counted } from './score_words.js';

/** The most series with a picture. */
const mostPictures = 12;

/** The report of a forecast as a self-contained page. */
export function forecastPage(forecasted: Forecasted, data: string, command: string): string {
  const { report, past } = forecasted;
  const { target, horizon, spacing, by, series } = report;
  const figures = [
    ...past.slice(0, mostPictures).map((one, i) => pictureOf(forecasted, one, i)),
    stepsFigure(forecasted),
  ];
  const [titles, ...rows] = forecastCells(report);
  const cells = (tag: 'td' | 'th', list: readonly string[]) =>
    list.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  return pageHtml({
    title: `${target} of ${data}`,
    style,
    figures: { forecast: figures },
    body: `<h1>${escaped(target)} of ${escaped(data)}: the next ${counted(horizon, 'value')}</h1>
<p>${escaped(forecastVerdict(report))} ${escaped(timesLines(report).join(' '))}</p>
<p>${counted(report.values, 'value')}${by === undefined ? '' : ` in ${series} series by ${escaped(quoted(by))}`}, one every ${escaped(spacing)} from ${escaped(report.first)} to ${escaped(report.last)}. All fits took ${decimalsText(report.seconds, 1)} s.</p>
<div class="figures">
${figures.map((figure) => figureHtml('forecast', figure)).join('\n')}
</div>
${series > mostPictures ? `<p>The first ${mostPictures} of ${series} series have a picture.</p>` : ''}
<h2>Scores of the backtest</h2>
<div class="wide"><table class="plain"><tr>${cells('th', titles!)}</tr>
${rows.map(([name, ...list]) => `<tr>${cells('th', [name!])}${cells('td', list)}</tr>`).join('\n')}</table></div>
<p>${escaped(meaningOfForecastScores(report))}</p>
<h2>Reproduce the forecast</h2>
<pre>${escaped(command)}</pre>
<details><summary>Full report as JSON</summary><pre>${escaped(JSON.stringify(report, null, 1))}</pre></details>`,
  });
}

const style = `
table.plain { border-collapse: collapse; }
h1 { overflow-wrap: anywhere; }
table.plain th, table.plain td { padding: 0.2em 0.9em 0.2em 0; text-align: left; white-space: nowrap; }
table.plain td { font-variant-numeric: tabular-nums; }
.wide, pre { overflow-x: auto; }
`;

/** Such as days, or steps of 15 minutes. */
const stepsOf = (spacing: string): string => (/^[a-z]+$/.test(spacing) ? `${spacing}s` : `steps of ${spacing}`);

type Point = [number, number];

/** The past of a series, the last forecast of the backtest, and the forecast, with their intervals. */
function pictureOf(
  { report, forecast, backtested }: Forecasted,
  { series, values, last }: PastValues,
  index: number,
): Figure {
  const { target, horizon, season, spacing, interval } = report;
  const shown = Math.min(values.length, Math.max(6 * horizon, 3 * season, 40));
  const points: Point[] = [];
  for (let i = values.length - shown; i < values.length; ++i)
    if (!Number.isNaN(values[i]!)) points.push([i - values.length + 1, values[i]!]);
  const own = <Row extends ForecastRow>(rows: readonly Row[]) => rows.filter((row) => row.series === series);
  const before = own(backtested);
  const isAtEnd = before.length > 0;
  const shift = isAtEnd ? before[0]!.place - 1 : 0;
  const marks = (rows: readonly ForecastRow[], from: number, name: string, color: 'orange' | 'gray') => [
    {
      kind: 'band' as const,
      color,
      points: rows.map(({ step, low, high }): [number, number, number] => [from + step, low, high]),
    },
    {
      kind: 'line' as const,
      name,
      color,
      points: rows.map(({ step, prediction }): Point => [from + step, prediction]),
    },
  ];
  const when = typeof last === 'number' ? String(last) : dateText(last);
  return {
    name: `series-${index + 1}`,
    title: series === undefined ? target : `${target}, ${series}`,
    caption: `The last ${counted(shown, 'value')} and the forecast of the next ${horizon}. The band is to contain ${decimalsText(100 * interval, 0)} % of the values.${isAtEnd ? ' Gray: the last forecast of the backtest.' : ''}`,
    x: { label: `${stepsOf(spacing)} after ${when}` },
    y: { label: target },
    marks: [
      { kind: 'line', name: 'past', color: 'blue', points },
      ...(isAtEnd ? marks(before, shift, 'backtest', 'gray') : []),
      ...marks(own(forecast), 0, 'forecast', 'orange'),
    ],
  };
}

/** MASE over the steps of the horizon. */
function stepsFigure({ report }: Forecasted): Figure {
  const { scores, chosen, spacing } = report;
  const methods = new Set<ForecastMethod>([chosen, 'seasonalPersistence', 'exponentialSmoothing']);
  return {
    name: 'steps',
    title: 'Errors by step',
    caption: 'The mean absolute scaled error of the backtest for each step of the horizon.',
    x: { label: `${stepsOf(spacing)} after the last value` },
    y: { label: 'MASE' },
    marks: [...methods].map((method) => ({
      kind: 'line' as const,
      name: methodNames[method],
      points: scores[method]!.maseBySteps.map((x, i): Point => [i + 1, x]).filter(([, x]) => !Number.isNaN(x)),
    })),
  };
}
