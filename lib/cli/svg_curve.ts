import { axisRange, placer } from '../pages/axes.js';
import { escaped } from '../pages/markup.js';
import { stepLabel } from './ascii_curve.js';
import { type Curve, points, stepsOf } from './curve.js';

const width = 760;
const height = 420;
const left = 76;
const right = width - 28;
const top = 84;
const bottom = height - 56;

/** Most points of a curve; more than the picture has pixels across. */
const mostPoints = 3000;

const style = `
  svg { font: 13px system-ui, sans-serif; }
  .page { fill: #ffffff; }
  text { fill: #24292f; }
  .title { font-size: 17px; font-weight: 600; }
  .faint { fill: #5c6570; }
  .grid { stroke: #24292f; stroke-opacity: 0.14; }
  .axis { stroke: #24292f; stroke-opacity: 0.6; }
  .curve { fill: none; stroke: #2f6fd6; stroke-width: 2; stroke-linejoin: round; }
  .point { fill: #2f6fd6; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #14181d; }
    text { fill: #e6e9ed; }
    .faint { fill: #a0a9b4; }
    .grid, .axis { stroke: #e6e9ed; }
    .curve { stroke: #78a9ff; }
    .point { fill: #78a9ff; }
  }`;

/** A curve with its axes as a self-contained SVG for light and dark pages. A logarithmic axis leaves out values ≤ 0. */
export function svgCurve(curve: Curve): string {
  const all = points(curve, Math.min(curve.count, mostPoints));
  const shown = all.filter(({ value }) => !curve.logarithmic || value > 0);
  const xRange = axisRange({ marks: [], x: { domain: stepsOf(curve) }, y: {} }, 'x', 8);
  const scale = curve.logarithmic ? 'log' : 'linear';
  const yRange = axisRange(
    { marks: [{ kind: 'line', points: shown.map(({ step, value }) => [step, value] as const) }], x: {}, y: { scale } },
    'y',
    6,
  );
  const [x, y] = [placer(xRange, left, right), placer(yRange, bottom, top)];
  const place = ({ step, value }: { step: number; value: number }) => `${pixels(x(step))},${pixels(y(value))}`;

  const columns = xRange.ticks.filter(Number.isInteger);
  const rows = yRange.ticks.map((tick) => ({ tick, label: yRange.tickText(tick) }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(curve.title)}</title>`,
    `<desc>${escaped(curve.description)}</desc>`,
    `<style>${style}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="title" x="20" y="30">${escaped(curve.title)}</text>`,
    `<text class="faint" x="20" y="50">${escaped(cut(curve.description, 108))}</text>`,
    ...rows.map(
      ({ tick }) => `<line class="grid" x1="${left}" x2="${right}" y1="${pixels(y(tick))}" y2="${pixels(y(tick))}"/>`,
    ),
    ...rows.map(
      ({ tick, label }) => `<text x="${left - 8}" y="${pixels(y(tick) + 4.5)}" text-anchor="end">${label}</text>`,
    ),
    ...columns.map(
      (tick) =>
        `<line class="axis" x1="${pixels(x(tick))}" x2="${pixels(x(tick))}" y1="${bottom}" y2="${bottom + 5}"/>`,
    ),
    ...columns.map(
      (tick) => `<text x="${pixels(x(tick))}" y="${bottom + 20}" text-anchor="middle">${stepLabel(tick)}</text>`,
    ),
    `<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    `<text class="faint" x="${left - 8}" y="${top - 12}" text-anchor="end">value</text>`,
    `<text class="faint" x="${right}" y="${bottom + 42}" text-anchor="end">step</text>`,
    `<path class="curve" d="M${shown.map(place).join('L')}"/>`,
    ...(shown.length > 60 ? [] : shown.map((point) => circle(x(point.step), y(point.value)))),
    '</svg>\n',
  ].join('\n');
}

const pixels = (x: number) => String(Number(x.toFixed(2)));

const circle = (x: number, y: number) => `<circle class="point" cx="${pixels(x)}" cy="${pixels(y)}" r="2.5"/>`;

const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
