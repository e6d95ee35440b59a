import * as Plot from '@observablehq/plot';
import { figure, percent, reasonOf, times } from '../wording.mjs';
import { colorOf, plot } from './svg.mjs';

const height = 22; // of a bar with its margins
const longest = 10; // times as long as the first: longer bars are cut

/** The plot of a row: a bar for each contestant, in the unit of the row. */
export function bars(title, { unit, decimals, results }) {
  const measured = results.filter(({ median }) => median !== undefined);
  const most = Math.max(0, ...measured.map(({ median, spread }) => median * (1 + spread)));
  const end = results[0].median ? Math.min(most, longest * results[0].median) : most;
  const isCut = ({ median }) => median > end;
  const y = ({ name }) => name;
  const textOf = ({ median, ratio, shareOfPeak }) =>
    [
      `${figure(median, decimals)} ${unit}`,
      ratio && times(ratio),
      shareOfPeak > 0.001 && `${percent(shareOfPeak)} of peak`,
    ]
      .filter(Boolean)
      .join('  ·  ');
  const spreads = measured.filter((result) => result.trials.length > 1 && !isCut(result));
  return plot(title, {
    height: height * results.length,
    marginTop: 0,
    marginBottom: 0,
    x: { domain: [0, end], axis: null, clamp: true },
    y: { domain: results.map(y), label: null, tickSize: 0, padding: 0.2 },
    marks: [
      Plot.barX(measured, { x: ({ median }) => Math.min(median, end), y, fill: colorOf, rx: 2 }),
      Plot.ruleY(spreads, {
        x1: ({ median, spread }) => median * (1 - spread),
        x2: ({ median, spread }) => median * (1 + spread),
        y,
        stroke: 'var(--ink)',
        strokeOpacity: 0.7,
      }),
      Plot.text(measured.filter(isCut), {
        x: end,
        y,
        text: () => '╱╱',
        dx: -28,
        fill: 'var(--page)',
        fontSize: 20,
        fontWeight: 'bold',
      }),
      Plot.text(measured, {
        x: ({ median, spread }) => Math.min(median * (1 + spread), end),
        y,
        text: textOf,
        textAnchor: 'start',
        dx: 8,
        fill: 'var(--ink)',
      }),
      Plot.text(
        results.filter(({ median }) => median === undefined),
        { x: 0, y, text: (result) => cut(reasonOf(result)), textAnchor: 'start', dx: 4, fill: 'var(--quiet)' },
      ),
    ],
  });
}

const cut = (text) => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
