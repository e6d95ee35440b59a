import * as Plot from '@observablehq/plot';
import { figure, percent, times } from '../wording.mjs';
import { colorOf, plot } from './svg.mjs';

const height = 20; // of a line
const firstColumn = 56; // pixels from the bars to the end of the first column of figures
const columnWidth = 76;
const heading = ''; // the line above the first

/** The plot of a group: a line for each row, with a bar for glissade, a mark for each peer, and figures in columns. */
export function bullets(title, rows) {
  const label = (row) => row.label.replace(/ +/g, ' ');
  const cells = rows.flatMap((row) =>
    row.results.filter(({ median }) => median !== undefined).map((result) => ({ ...result, label: label(row) })),
  );
  const of = (peer) => cells.filter((cell) => cell.peer === peer);
  const others = [...new Set(cells.map(({ peer }) => peer))].filter((peer) => peer !== 'glissade');
  const columns = [
    { name: rows[0].unit, cells: of('glissade'), text: ({ median }) => figure(median) },
    { name: 'of peak', cells: of('glissade'), text: ({ shareOfPeak }) => (shareOfPeak ? percent(shareOfPeak) : '') },
    ...others.map((peer) => ({
      name: of(peer)[0].name,
      color: colorOf({ peer }),
      cells: of(peer),
      text: ({ ratio }) => (ratio ? times(ratio) : ''),
    })),
  ];
  const lines = rows.map(label);
  return plot(title, {
    height: height * (lines.length + 1),
    marginTop: 0,
    marginBottom: 0,
    x: { axis: null, domain: [0, Math.max(...cells.map(({ median }) => median))] },
    y: { domain: [heading, ...lines], label: null, tickSize: 0, padding: 0.25 },
    marks: [
      Plot.barX(of('glissade'), { x: 'median', y: 'label', fill: colorOf, rx: 2 }),
      ...others.map((peer) =>
        Plot.tickX(of(peer), {
          x: 'median',
          y: 'label',
          stroke: colorOf,
          strokeWidth: 3,
          insetTop: -2,
          insetBottom: -2,
        }),
      ),
      ...columns.flatMap(({ name, color = 'var(--quiet)', cells, text }, i) => {
        const place = { frameAnchor: 'right', textAnchor: 'end', dx: firstColumn + i * columnWidth };
        return [
          Plot.text([heading], { y: (line) => line, text: () => name, fill: color, ...place }),
          Plot.text(cells, { y: 'label', text, fill: 'var(--ink)', ...place }),
        ];
      }),
    ],
  });
}
