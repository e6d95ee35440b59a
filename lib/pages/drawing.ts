import type * as Plots from '@observablehq/plot'; // draws SVG from plain data; by the makers of D3, in wide use
import type * as Documents from 'linkedom'; // the few DOM calls that Plot makes, a tenth of jsdom's size
import { imported, optional } from '../packages.js';
import type { Axis, Color, Figure, Line, Mark, Point } from './figure.js';

const width = 640;
const height = 400;
/** Most points of a line that a plot of this width can show. */
const mostPoints = 640;

const palette = ['blue', 'orange', 'green', 'purple', 'red', 'teal', 'pink', 'gold'] as const;

export interface LegendEntry {
  readonly name: string;
  /** A CSS colour. */
  readonly color: string;
  readonly shape: 'line' | 'dashed' | 'dotted' | 'dots' | 'area';
}

export interface Drawing {
  readonly svg: string;
  readonly legend: readonly LegendEntry[];
  /** Whether a line ends at a number that is not finite. */
  readonly diverges: boolean;
  /** Number of steps of the longest trajectory. */
  readonly steps: number;
}

/** Loads Plot and linkedom, and returns a function that draws figures as SVG. Colours are CSS variables of the page. */
export async function loadDrawing(): Promise<(figure: Figure) => Drawing> {
  return optional('figures are the work', '@observablehq/plot linkedom', async () => {
    const plot = await imported<typeof Plots>('@observablehq/plot');
    const { parseHTML } = await imported<typeof Documents>('linkedom');
    const { document } = parseHTML('<html><body></body></html>');
    return (figure) => drawn(figure, plot, document);
  });
}

type Plot = typeof Plots;

function drawn(figure: Figure, plot: Plot, document: object): Drawing {
  const colorOf = colorsOf(figure.marks);
  const svg = plot.plot({
    document: document as NonNullable<Plots.PlotOptions['document']>,
    width,
    height,
    marginLeft: 66,
    marginBottom: 46,
    marginTop: 16,
    marginRight: 20,
    inset: figure.marks.some(({ kind }) => kind === 'contours') ? 0 : 6,
    style: { fontSize: '13px' },
    x: axis(figure, 'x'),
    y: axis(figure, 'y'),
    marks: [
      plot.frame({ stroke: 'var(--line)' }),
      ...figure.marks.flatMap((mark) => drawers[mark.kind](plot, mark as never, css(colorOf(mark)), figure)),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${figure.title}. ${figure.caption}`);
  return {
    svg: svg.outerHTML,
    legend: legendOf(figure.marks, colorOf),
    diverges: figure.marks.some((mark) => isPath(mark) && visible(mark.points, figure).isCut),
    steps: Math.max(0, ...figure.marks.map((mark) => (mark.kind === 'trajectory' ? mark.points.length - 1 : 0))),
  };
}

const isPath = (mark: Mark) => mark.kind === 'line' || mark.kind === 'trajectory';

/** Functions that draw each kind of mark in a colour. */
const drawers: {
  [Kind in Mark['kind']]: (
    plot: Plot,
    mark: Extract<Mark, { kind: Kind }>,
    color: string,
    figure: Figure,
  ) => Plots.Markish[];
} = {
  line(plot, { points, style = 'solid', width = 2 }, color, figure) {
    const { shown, isCut } = visible(points, figure);
    const strokeDasharray = { solid: 'none', dashed: '6,5', dotted: '1.5,4' }[style];
    const line = plot.line(thinned(shown, figure.x), {
      stroke: color,
      strokeWidth: width,
      strokeDasharray,
      clip: true,
    });
    return isCut ? [line, ...cross(plot, shown, color)] : [line];
  },
  trajectory(plot, { points }, color, figure) {
    const { shown, isCut } = visible(points, figure);
    const line = plot.line(shown, { stroke: color, strokeWidth: 2, className: 'trajectory', clip: true });
    return isCut ? [line, ...cross(plot, shown, color)] : [line];
  },
  dots: (plot, { points, radius = 4 }, color, figure) => [
    plot.dot(visible(points.filter(isFinitePoint), figure).shown, {
      fill: color,
      r: radius,
      fillOpacity: 0.85,
      clip: true,
    }),
  ],
  band: (plot, { points }, color) => [
    plot.areaY(points, { x: '0', y1: '1', y2: '2', fill: color, fillOpacity: 0.18, clip: true }),
  ],
  rule(plot, { axis, at }, color) {
    const options = { stroke: color, strokeWidth: 1.5, strokeDasharray: '6,5' };
    return [axis === 'x' ? plot.ruleX([at], options) : plot.ruleY([at], options)];
  },
  bars: (plot, { bars }, color) => [
    plot.rectY(bars, { x1: '0', x2: '1', y: '2', fill: color, fillOpacity: 0.6, inset: 0.5 }),
  ],
  contours(plot, { values, width, levels }, _color, { x, y }) {
    const height = values.length / width;
    const [x1, x2] = aroundCells(x.domain!, width);
    const [y1, y2] = aroundCells(y.domain!, height);
    const place = { width, height, x1, x2, y1, y2 };
    return [
      plot.contour(
        values as number[],
        {
          ...place,
          thresholds: levels as number[],
          stroke: 'var(--quiet)',
          strokeOpacity: 0.45,
          clip: true,
        } as unknown as Plots.ContourOptions,
      ),
    ];
  },
  label: (plot, { at, text, anchor = 'middle' }) => [
    plot.text([at], {
      text: [text],
      textAnchor: anchor,
      fill: 'var(--ink)',
      stroke: 'var(--page)',
      strokeWidth: 4,
    }),
  ],
};

/**
 * The outer edges of `count` cells whose centres are evenly spaced over a domain, from end to end, plus one pixel on
 * each side. Clipping that pixel hides the outlines that areas have at the edges.
 */
function aroundCells([low, high]: readonly [number, number], count: number): [number, number] {
  const beyond = (high - low) * (1 / (count - 1) / 2 + 1 / width);
  return [low - beyond, high + beyond];
}

/** A cross where a line ends at a number that is not finite. */
const cross = (plot: Plot, shown: readonly Point[], stroke: string) =>
  shown.slice(-1).map((end) => plot.dot([end], { symbol: 'times', stroke, strokeWidth: 2.5, r: 5 }));

/** Plot's options for an axis of a figure, whose domain covers all marks by default. */
function axis(figure: Figure, which: 'x' | 'y'): Plots.ScaleOptions {
  const { label, scale = 'linear', domain } = figure[which];
  const common = { type: scale, label, labelAnchor: 'center', labelArrow: 'none', grid: true } as const;
  if (scale === 'linear') return { ...common, ...(domain ? { domain: domain as [number, number] } : { nice: true }) };
  const [low, high] = domain ?? padded(figure.marks.flatMap((mark) => valuesOf(mark, which)));
  return { ...common, domain: [low, high], ticks: logarithmicTicks(low, high), tickFormat: powerOfTen };
}

/** The values of a mark that an axis must cover. */
function valuesOf(mark: Mark, which: 'x' | 'y'): number[] {
  const isX = which === 'x';
  switch (mark.kind) {
    case 'rule':
      return mark.axis === which ? [mark.at] : [];
    case 'label':
      return [mark.at[isX ? 0 : 1]];
    case 'bars':
      return mark.bars.flatMap(([low, high, y]) => (isX ? [low, high] : [y]));
    case 'band':
      return mark.points.flatMap(([x, low, high]) => (isX ? [x] : [low, high]));
    case 'contours':
      return [];
    default:
      return mark.points.map((point) => point[isX ? 0 : 1]);
  }
}

/** The range from the least to the greatest positive value, with a small margin. */
function padded(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0 && value < Infinity);
  const [least, greatest] = [
    positive.reduce((a, b) => Math.min(a, b), Infinity),
    positive.reduce((a, b) => Math.max(a, b), 0),
  ];
  const margin = Math.max(1.05, greatest ** 0.03 / least ** 0.03);
  if (positive.length === 0) return [0.1, 10];
  return [Math.max(Number.MIN_VALUE, least / margin), Math.min(Number.MAX_VALUE, greatest * margin)];
}

/** At most nine powers of ten. If there are fewer than three, their multiples by 2 and 5 as well. */
function logarithmicTicks(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.ceil((last - first + 1) / 9);
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  if (powers.length >= 3) return powers.filter((power) => power % every === 0).map((power) => 10 ** power);
  return [first - 1, ...powers]
    .flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))
    .filter((tick) => tick >= low && tick <= high);
}

/** A number as text: 0.01, 20, 100,000, 10⁻⁵ or 2·10⁶. */
function powerOfTen(value: number): string {
  const power = Math.floor(Math.log10(value) + 1e-9);
  if (power > -4 && power < 6) return Number(value.toPrecision(1)).toLocaleString('en', { maximumFractionDigits: 6 });
  const digits = [...String(power)].map((digit) => (digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]));
  const digit = Math.round(value / 10 ** power);
  return `${digit === 1 ? '' : `${digit}·`}10${digits.join('')}`;
}

const isFinitePoint = (point: Point) => point.every(Number.isFinite);

/** The points of a line before the first that is not finite, without those ≤ 0 on a logarithmic axis. */
function visible(points: readonly Point[], { x, y }: Figure): { shown: Point[]; isCut: boolean } {
  const end = points.findIndex((point) => !isFinitePoint(point));
  const whole = end < 0 ? points : points.slice(0, end);
  const shown = whole.filter((point) => (x.scale !== 'log' || point[0] > 0) && (y.scale !== 'log' || point[1] > 0));
  return { shown, isCut: end >= 0 };
}

/** At most about `mostPoints` points of a line, evenly spaced along the axis, with both ends. */
function thinned(points: readonly Point[], { scale }: Axis): readonly Point[] {
  if (points.length <= mostPoints) return points;
  const place = scale === 'log' ? Math.log : (value: number) => value;
  const first = place(points[0]![0]);
  const gap = (place(points.at(-1)![0]) - first) / mostPoints;
  let next = first;
  return points.filter(([x], i) => {
    if (place(x) < next && i < points.length - 1) return false;
    next = Math.max(next + gap, place(x));
    return true;
  });
}

/**
 * The colour of each mark: its own, or that of its name (given to another mark, or else the next free one of the
 * palette). Contours, labels and marks without either are gray.
 */
function colorsOf(marks: readonly Mark[]): (mark: Mark) => Color {
  const taken = new Set<Color>();
  const byName = new Map<string, Color>();
  for (const mark of marks)
    if ('color' in mark && mark.color !== undefined) {
      taken.add(mark.color);
      if (mark.name !== undefined) byName.set(mark.name, mark.color);
    }
  const free = palette.filter((color) => !taken.has(color));
  let next = 0;
  for (const mark of marks)
    if ('name' in mark && mark.name !== undefined && !byName.has(mark.name))
      byName.set(mark.name, (free.length > 0 ? free : palette)[next++ % (free.length || palette.length)]!);
  return (mark) => {
    if (mark.kind === 'contours' || mark.kind === 'label') return 'gray';
    return mark.color ?? (mark.name === undefined ? 'gray' : byName.get(mark.name)!);
  };
}

const css = (color: Color): string =>
  typeof color === 'number'
    ? `color-mix(in oklch, var(--ramp-end) ${Math.round(100 * color)}%, var(--ramp-begin))`
    : `var(--${color})`;

function legendOf(marks: readonly Mark[], colorOf: (mark: Mark) => Color): LegendEntry[] {
  const entries = new Map<string, LegendEntry>();
  for (const mark of marks)
    if ('name' in mark && mark.name !== undefined && !entries.has(mark.name))
      entries.set(mark.name, { name: mark.name, color: css(colorOf(mark)), shape: shapeOf(mark) });
  return [...entries.values()];
}

function shapeOf(mark: Mark): LegendEntry['shape'] {
  if (mark.kind === 'dots') return 'dots';
  if (mark.kind === 'band' || mark.kind === 'bars') return 'area';
  if (mark.kind === 'rule') return 'dashed';
  const { style = 'solid' } = mark as Line;
  return style === 'solid' ? 'line' : style;
}
