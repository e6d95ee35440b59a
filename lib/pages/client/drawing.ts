import {
  areaY,
  axisX,
  axisY,
  contour,
  dot,
  frame,
  gridX,
  gridY,
  line,
  type Markish,
  plot,
  rectY,
  ruleX,
  ruleY,
  text,
} from '@observablehq/plot';
import { type AxisRange, axisRange, isShown, placer } from '../axes.js';
import type { Axis, Figure, Mark, Point } from '../figure.js';
import { colorsOf, legendOf } from './colors.js';

/** Most points of a line that a plot can show. */
const mostPoints = 640;

/** A figure as SVG, and the places of its points. */
export interface Drawing {
  readonly svg: SVGSVGElement;
  readonly width: number;
  readonly height: number;
  readonly domains: { readonly x: readonly [number, number]; readonly y: readonly [number, number] };
  /** Pixels from the left and from the top of the SVG. */
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** The point of the plot at a place in pixels; undefined outside the frame. */
  readonly pointAt: (left: number, top: number) => Point | undefined;
  /** The pixels between which the frame lies. */
  readonly frame: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
}

/**
 * Draws a figure as SVG, `width` pixels wide. Colours are variables of the page's style sheet. A group of class
 * `series-N` has the marks of the legend's entry N.
 */
export function drawn(figure: Figure, width: number, document?: Document): Drawing {
  const xRange = axisRange(figure, 'x', Math.max(3, Math.min(9, Math.round(width / 80))));
  const equalHeight = ([low, high]: readonly [number, number], inner: number) =>
    (inner * (high - low)) / (xRange.domain[1] - xRange.domain[0]);
  const yRange = axisRange(figure, 'y', 7);
  const margin = { left: marginFor(yRange), right: 16, top: 8, bottom: 26 };
  let right = width - margin.right;
  let height = Math.round(Math.max(220, 0.6 * width)) + margin.top + margin.bottom;
  if (figure.equal) {
    const wanted = equalHeight(yRange.domain, right - margin.left);
    const inner = Math.min(wanted, 0.95 * width);
    right = margin.left + (right - margin.left) * (inner / wanted);
    height = Math.round(inner + margin.top + margin.bottom);
  }
  const colorOf = colorsOf(figure.marks);
  const entries = legendOf(figure.marks).map(({ name }) => name);
  const ends = { left: margin.left, right, top: margin.top, bottom: height - margin.bottom };
  const x = placer(xRange, ends.left, ends.right);
  const y = placer(yRange, ends.bottom, ends.top);
  const svg = plot({
    ...(document && { document }),
    width,
    height,
    marginLeft: margin.left,
    marginRight: width - right,
    marginTop: margin.top,
    marginBottom: margin.bottom,
    inset: 0,
    className: 'plot',
    style: { fontSize: '12.5px' },
    x: scaleOf(xRange),
    y: scaleOf(yRange),
    marks: [
      gridX(xRange.ticks),
      gridY(yRange.ticks),
      axisX(xRange.ticks, { text: xRange.ticks.map(xRange.tickText), label: null }),
      axisY(yRange.ticks, { text: yRange.ticks.map(yRange.tickText), label: null }),
      frame({ stroke: 'var(--line)' }),
      ...figure.marks.flatMap((mark) => {
        const entry = 'name' in mark && mark.name !== undefined ? entries.indexOf(mark.name) : -1;
        return drawers[mark.kind](
          mark as never,
          colorOf(mark),
          figure,
          entry < 0 ? 'series' : `series series-${entry}`,
        );
      }),
      ...endLabels(figure, colorOf, x, y, (ends.left + ends.right) / 2),
    ],
  }) as SVGSVGElement;
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${figure.title}. ${figure.caption}`);
  return {
    svg,
    width,
    height,
    domains: { x: xRange.domain, y: yRange.domain },
    x,
    y,
    pointAt: (left, top) =>
      left < ends.left || left > ends.right || top < ends.top || top > ends.bottom
        ? undefined
        : [
            valueBetween(xRange, (left - ends.left) / (ends.right - ends.left)),
            valueBetween(yRange, (top - ends.bottom) / (ends.top - ends.bottom)),
          ],
    frame: ends,
  };
}

/** Room for the tick texts of the y axis. */
const marginFor = ({ ticks, tickText }: AxisRange) =>
  20 + 7 * Math.max(3, ...ticks.map((tick) => [...tickText(tick)].length));

const scaleOf = ({ scale, domain }: AxisRange) => ({ type: scale, domain: domain as [number, number], axis: null });

/** The value at a share of an axis. */
const valueBetween = ({ scale, domain: [low, high] }: AxisRange, share: number): number =>
  scale === 'log' ? low * (high / low) ** share : low + (high - low) * share;

const dashes = { solid: 'none', dashed: '6,5', dotted: '1.5,4' } as const;

/** Functions that draw each kind of mark in a colour. */
const drawers: {
  [Kind in Mark['kind']]: (
    mark: Extract<Mark, { kind: Kind }>,
    stroke: string,
    figure: Figure,
    className: string,
  ) => Markish[];
} = {
  line({ points, style = 'solid', width = 2 }, stroke, figure, className) {
    const { shown, isCut } = visible(points, figure);
    const options = { stroke, strokeWidth: width, strokeDasharray: dashes[style], clip: true, className };
    return [line(thinned(shown, figure.x) as Point[], options), ...cross(shown, isCut, stroke, className)];
  },
  trajectory({ points, style = 'solid' }, stroke, figure, className) {
    const { shown, isCut } = visible(points, figure);
    const options = { stroke, strokeWidth: 2, strokeDasharray: dashes[style], clip: true };
    const path = line(shown, { ...options, className: `${className} trajectory` });
    return [path, ...cross(shown, isCut, stroke, className)];
  },
  dots: ({ points, radius = 4 }, fill, figure, className) => [
    dot(
      points.filter((point) => isShown(point, figure) && isWithin(point, figure)),
      { fill, r: radius, fillOpacity: 0.85, className },
    ),
  ],
  band: ({ points }, fill, figure, className) => [
    areaY(
      points.filter(([x, low, high]) => isShown([x, low], figure) && isShown([x, high], figure)),
      { x: '0', y1: '1', y2: '2', fill, fillOpacity: 0.18, clip: true, className },
    ),
  ],
  rule({ axis, at }, stroke, _figure, className) {
    const options = { stroke, strokeWidth: 1.5, strokeDasharray: '6,5', className };
    return [axis === 'x' ? ruleX([at], options) : ruleY([at], options)];
  },
  bars: ({ bars }, fill, _figure, className) => [
    rectY(bars, { x1: '0', x2: '1', y: '2', fill, fillOpacity: 0.6, inset: 0.5, className }),
  ],
  contours({ values, width, levels }, _stroke, { x, y }) {
    const height = values.length / width;
    const [x1, x2] = aroundCells(x.domain!, width);
    const [y1, y2] = aroundCells(y.domain!, height);
    const style = { stroke: 'var(--quiet)', strokeOpacity: 0.45, clip: true };
    // The grid has a value in each cell. Without `interpolate: null`, Plot triangulates it to find the nearest ones.
    const grid = { width, height, x1, x2, y1, y2, interpolate: null };
    const options = { ...grid, thresholds: levels as number[], ...style };
    return [contour(values as number[], options as object)];
  },
  label: ({ at, text: words, anchor = 'middle' }) => [
    text([at], { text: [words], textAnchor: anchor, fill: 'var(--ink)', stroke: 'var(--page)', strokeWidth: 4 }),
  ],
};

/**
 * The outer edges of `count` cells whose centres are evenly spaced over a domain, from end to end, plus a little on
 * each side. Clipping that hides the outlines that areas have at the edges.
 */
function aroundCells([low, high]: readonly [number, number], count: number): [number, number] {
  const beyond = (high - low) * (1 / (count - 1) / 2 + 1 / 400);
  return [low - beyond, high + beyond];
}

/** A cross where a line ends at a number that is not finite. */
const cross = (shown: readonly Point[], isCut: boolean, stroke: string, className: string) =>
  isCut ? shown.slice(-1).map((end) => dot([end], { symbol: 'times', stroke, strokeWidth: 2.5, r: 5, className })) : [];

/** The names of trajectories at their ends, moved apart where they would overlap. */
function endLabels(
  figure: Figure,
  colorOf: (mark: Mark) => string,
  x: (value: number) => number,
  y: (value: number) => number,
  middle: number,
): Markish[] {
  const named = new Set<string>();
  const ends = figure.marks.flatMap((mark) => {
    if (mark.kind !== 'trajectory' || mark.name === undefined || named.has(mark.name)) return [];
    named.add(mark.name);
    const end = visible(mark.points, figure)
      .shown.filter((point) => isWithin(point, figure))
      .at(-1);
    return end ? [{ end, name: mark.name, fill: colorOf(mark), left: x(end[0]), top: y(end[1]) }] : [];
  });
  ends.sort((one, other) => one.top - other.top);
  const placed: { left: number; top: number }[] = [];
  return ends.map(({ end, name, fill, left, top }) => {
    let at = top;
    for (const one of placed)
      if (Math.abs(one.left - left) < 140 && at < one.top + labelHeight) at = one.top + labelHeight;
    placed.push({ left, top: at });
    const place = left > middle ? ({ textAnchor: 'end', dx: -9 } as const) : ({ textAnchor: 'start', dx: 9 } as const);
    const style = { fill, stroke: 'var(--page)', strokeWidth: 4, fontWeight: 600 };
    return text([end], { text: [name], ...place, dy: at - top, ...style });
  });
}

const labelHeight = 15;

/** Whether a point is in the domains that a figure asks for. */
const isWithin = ([x, y]: Point, figure: Figure) => {
  const [left, right] = figure.x.domain ?? [-Infinity, Infinity];
  const [bottom, top] = figure.y.domain ?? [-Infinity, Infinity];
  return x >= left && x <= right && y >= bottom && y <= top;
};

/** The points of a line before the first that is not finite, without those that have no place on a logarithmic axis. */
export function visible(points: readonly Point[], figure: Figure): { shown: Point[]; isCut: boolean } {
  const end = points.findIndex((point) => !point.every(Number.isFinite));
  const whole = end < 0 ? points : points.slice(0, end);
  return { shown: whole.filter((point) => isShown(point, figure)), isCut: end >= 0 };
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
