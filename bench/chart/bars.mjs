import { percent, reasonOf, figure as shown, times } from '../wording.mjs';
import { colorOf } from './colors.mjs';

const longest = 10; // longest bar, as a multiple of the first: longer bars are cut
const room = 2; // space of the axis for labels beside the bars, in lengths of its longest bar

/** The figure of a row: a bar for each contestant, in the unit of the row. */
export function bars(title, { unit, decimals, results }) {
  const measured = results.filter(({ median }) => median !== undefined);
  const most = Math.max(0, ...measured.map(({ median, spread }) => median * (1 + spread)));
  const end = results[0].median ? Math.min(most, longest * results[0].median) : most;
  const marks = results.flatMap((result, i) => {
    const { median, spread, trials } = result;
    const at = i + 1;
    if (median === undefined) return [label(0, at, cut(reasonOf(result)))];
    const [low, high] = [median * (1 - spread), median * (1 + spread)];
    const isCut = median > end;
    return [
      { kind: 'bars', axis: 'x', color: colorOf(result), bars: [[at - 0.4, at + 0.4, Math.min(median, end)]] },
      ...(trials.length > 1 && !isCut ? [{ kind: 'line', color: 'gray', width: 1.5, points: [[low, at], [high, at]] }] : []), // biome-ignore format: one line
      label(isCut ? end : high, at, `${isCut ? '╱╱ ' : ''}${textOf(result, { unit, decimals })}`),
    ];
  });
  const names = results.map(({ name }) => name);
  return {
    name: title,
    title,
    caption: '',
    x: { label: unit, domain: [0, end * room || 1] },
    y: { label: '', names },
    marks,
  };
}

const textOf = ({ median, ratio, shareOfPeak }, { unit, decimals }) =>
  [
    `${shown(median, decimals)} ${unit}`,
    ratio && times(ratio),
    shareOfPeak > 0.001 && `${percent(shareOfPeak)} of peak`,
  ]
    .filter(Boolean)
    .join('  ·  ');

const label = (x, y, text) => ({ kind: 'label', at: [x, y], text: `\u2002${text}`, anchor: 'start' });

const cut = (text) => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
