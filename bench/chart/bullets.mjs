import { percent, figure as shown, times } from '../wording.mjs';
import { colorOf } from './colors.mjs';

const room = 2; // space of the axis for labels beside the lines, in lengths of its longest bar

/** The figure of a group: a line for each row, with a bar for glissade and a dot for each peer. */
export function bullets(title, rows) {
  const cells = rows.flatMap(({ results }, i) =>
    results.filter(({ median }) => median !== undefined).map((result) => ({ ...result, at: i + 1 })),
  );
  const peers = [...new Set(cells.map(({ peer }) => peer))].filter((peer) => peer !== 'glissade');
  const of = (peer) => cells.filter((cell) => cell.peer === peer);
  return {
    name: title,
    title,
    caption: '',
    x: { label: rows[0].unit, domain: [0, room * Math.max(...cells.map(({ median }) => median))] },
    y: { label: '', names: rows.map(({ label }) => label.replace(/ +/g, ' ')) },
    marks: [
      {
        kind: 'bars',
        axis: 'x',
        name: 'glissade',
        color: colorOf({ peer: 'glissade' }),
        bars: of('glissade').map(({ at, median }) => [at - 0.4, at + 0.4, median]),
      },
      ...peers.map((peer) => ({
        kind: 'dots',
        name: of(peer)[0].name,
        color: colorOf({ peer }),
        points: of(peer).map(({ at, median }) => [median, at]),
      })),
      ...rows.map((_, i) =>
        labelOf(
          cells.filter(({ at }) => at === i + 1),
          i + 1,
        ),
      ),
    ],
  };
}

/** The label beside a line: glissade's figure, its share of the peak, and the ratio of each peer's time to it. */
function labelOf(cells, at) {
  const words = cells.flatMap(({ peer, name, median, ratio, shareOfPeak }) =>
    peer === 'glissade'
      ? [shown(median), ...(shareOfPeak ? [`${percent(shareOfPeak)} of peak`] : [])]
      : [`${name} ${ratio ? times(ratio) : shown(median)}`],
  );
  const end = Math.max(0, ...cells.map(({ median }) => median));
  return { kind: 'label', at: [end, at], text: `\u2002${words.join('  ·  ')}`, anchor: 'start' };
}
