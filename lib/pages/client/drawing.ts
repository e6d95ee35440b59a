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
  rectX,
  rectY,
  ruleX,
  ruleY,
  type TextOptions,
  text,
} from '@observablehq/plot';
import { type AxisRange, axisRange, isShown, nearby, placer } from '../axes.js';
import type { Axis, Figure, Line, Mark, Path, Point } from '../figure.js';
import { colorsOf, legendOf } from './colors.js';
import { pointsOf } from './points.js';

/** Most points of a line that a plot can show. */
const mostPoints = 640;

/** Maps a figure's points to pixels. */
interface Plane {
  readonly width: number;
  readonly ranges: { readonly x: AxisRange; readonly y: AxisRange };
  /** Pixels from the left and from the top of the SVG. */
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** The edges of the frame, in pixels. */
  readonly frame: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  /** Moves a distant point closer to the frame, since browsers cannot draw arbitrarily large coordinates. */
  readonly near: (point: Point) => [x: number, y: number];
}

/** A figure as SVG, and the mapping of its points. */
export interface Drawing extends Plane {
  readonly svg: SVGSVGElement;
  readonly height: number;
  /** The point of the plot at a place in pixels; undefined outside the frame. */
  readonly pointAt: (left: number, top: number) => Point | undefined;
}

/**
 * Draws a figure as SVG, `width` pixels wide. Colours are variables of the page's style sheet. The group of class
 * `series-N` contains the marks of entry N of the legend.
 */
export function drawn(figure: Figure, width: number, document?: Document): Drawing {
  const xRange = xRangeOf(figure, width);
  const equalHeight = ([low, high]: readonly [number, number], inner: number) =>
    (inner * (high - low)) / (xRange.domain[1] - xRange.domain[0]);
  const yRange = axisRange(figure, 'y', 7);
  const margin = { left: marginFor(yRange), right: marginAfter(xRange), top: 8, bottom: 26 };
  let right = width - margin.right;
  const inner = figure.y.names ? lineHeight * figure.y.names.length : Math.round(Math.max(220, 0.6 * width));
  let height = inner + margin.top + margin.bottom;
  if (figure.equal) {
    const wanted = equalHeight(yRange.domain, right - margin.left);
    const inner = Math.min(wanted, 0.95 * width);
    right = margin.left + (right - margin.left) * (inner / wanted);
    height = Math.round(inner + margin.top + margin.bottom);
  }
  const colorOf = colorsOf(figure.marks);
  const entries = legendOf(figure.marks).map(({ name }) => name);
  const ends = { left: margin.left, right, top: margin.top, bottom: height - margin.bottom };
  const [nearX, nearY] = [nearby(xRange), nearby(yRange)];
  const plane: Plane = {
    width,
    ranges: { x: xRange, y: yRange },
    x: placer(xRange, ends.left, ends.right),
    y: placer(yRange, ends.bottom, ends.top),
    frame: ends,
    near: (point) => [nearX(point[0]), nearY(point[1])],
  };
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
        const className = entry < 0 ? 'series' : `series series-${entry}`;
        return drawers[mark.kind](mark as never, colorOf(mark), figure, className, plane);
      }),
      ...texts(figure, colorOf, plane),
      ...whyNothing(figure, plane),
    ],
  }) as SVGSVGElement;
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${figure.title}. ${figure.caption}`);
  return {
    ...plane,
    svg,
    height,
    pointAt: (left, top) =>
      left < ends.left || left > ends.right || top < ends.top || top > ends.bottom
        ? undefined
        : [
            valueBetween(xRange, (left - ends.left) / (ends.right - ends.left)),
            valueBetween(yRange, (top - ends.bottom) / (ends.top - ends.bottom)),
          ],
  };
}

/** The range of the x axis, with as many ticks as fit into its width. */
function xRangeOf(figure: Figure, width: number): AxisRange {
  for (let count = Math.max(3, Math.min(9, Math.round(width / 80))); ; --count) {
    const range = axisRange(figure, 'x', count);
    const widest = Math.max(0, ...range.ticks.map((tick) => widthOf(range.tickText(tick))));
    if (count === 2 || range.ticks.length * widest < 0.9 * width) return range;
  }
}

/** Room for the tick texts of the y axis. */
const marginFor = ({ ticks, tickText }: AxisRange) =>
  20 + 7 * Math.max(3, ...ticks.map((tick) => [...tickText(tick)].length));

/** Room for half of the last tick's text of the x axis. */
const marginAfter = ({ ticks, tickText }: AxisRange) => Math.max(16, 4 + widthOf(tickText(ticks.at(-1) ?? 0)) / 2);

/** The width of a text in pixels, estimated by that of digits and bold letters. */
const widthOf = (words: string) => 8 * [...words].length;

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
    plane: Plane,
  ) => Markish[];
} = {
  line(mark, stroke, figure, className, plane) {
    const { style = 'solid', width = 2 } = mark;
    const { shown, isCut } = visible(mark, figure);
    const options = { stroke, strokeWidth: width, strokeDasharray: dashes[style], clip: true, className };
    return [
      line(thinned(shown, figure.x).map(plane.near), options),
      ...cross(shown, isCut, { stroke, className }, plane),
    ];
  },
  path(mark, stroke, figure, className, plane) {
    const { shown, isCut } = visible(mark, figure);
    const options = { stroke, strokeWidth: 2, strokeDasharray: dashes[mark.style ?? 'solid'], clip: true };
    const path = line(shown.map(plane.near), { ...options, className: `${className} trajectory` });
    return [path, ...cross(shown, isCut, { stroke, className }, plane)];
  },
  dots: ({ points, radius = 4 }, fill, figure, className, plane) => [
    dot(
      points.filter((point) => isShown(point, figure) && isWithin(point, plane)),
      { fill, r: radius, fillOpacity: 0.85, className },
    ),
  ],
  band({ points }, fill, figure, className, { near }) {
    const shown = points.filter(([x, low, high]) => isShown([x, low], figure) && isShown([x, high], figure));
    return [
      areaY(
        shown.map(([x, low, high]) => [...near([x, low]), near([x, high])[1]]),
        { x: '0', y1: '1', y2: '2', fill, fillOpacity: 0.18, clip: true, className },
      ),
    ];
  },
  referenceLine({ axis, at }, stroke, _figure, className, { ranges }) {
    const options = { stroke, strokeWidth: 1.5, strokeDasharray: '6,5', className };
    if (!isIn(at, ranges[axis])) return [];
    return [axis === 'x' ? ruleX([at], options) : ruleY([at], options)];
  },
  bars({ bars, axis }, fill, _figure, className) {
    const options = { fill, fillOpacity: 0.6, inset: 0.5, clip: true, className } as const;
    return [
      axis === 'x'
        ? rectX(bars, { y1: '0', y2: '1', x: '2', ...options })
        : rectY(bars, { x1: '0', x2: '1', y: '2', ...options }),
    ];
  },
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
  label: () => [], // in `texts`
};

/**
 * The outer edges of `count` cells with centres evenly spaced over a domain, ends included, plus a little on each side:
 * clipping then hides the outlines of areas at the edges.
 */
function aroundCells([low, high]: readonly [number, number], count: number): [number, number] {
  const beyond = (high - low) * (1 / (count - 1) / 2 + 1 / 400);
  return [low - beyond, high + beyond];
}

/** Makes texts readable over lines. */
const halo = { stroke: 'var(--page)', strokeWidth: 4 } as const;

/** A cross where a line ends because its next value is not finite. */
function cross(shown: readonly Point[], isCut: boolean, style: { stroke: string; className: string }, plane: Plane) {
  const end = shown.at(-1);
  return isCut && end && isWithin(end, plane)
    ? [dot([end], { symbol: 'times', strokeWidth: 2.5, r: 5, ...style })]
    : [];
}

/** A text beside a point. */
interface Words {
  readonly words: string;
  readonly at: Point;
  /** The end of the text that is at the point, shifted by `dx` pixels. */
  readonly anchor: 'start' | 'middle' | 'end';
  readonly dx: number;
  readonly style: TextOptions;
}

/** Labels, and the names of trajectories at their ends. They stay within the width, and move down if they would overlap. */
function texts(figure: Figure, colorOf: (mark: Mark) => string, plane: Plane): Markish[] {
  const { frame, width, x, y } = plane;
  const all = [...labels(figure), ...endLabels(figure, colorOf, plane)];
  const placed: { left: number; right: number; top: number }[] = [];
  return all
    .sort((one, other) => y(one.at[1]) - y(other.at[1]))
    .map(({ words, at, anchor, dx, style }) => {
      const wanted = x(at[0]) + dx - { start: 0, middle: 0.5, end: 1 }[anchor] * widthOf(words);
      const left = Math.max(frame.left + 3, Math.min(wanted, width - 5 - widthOf(words)));
      const right = left + widthOf(words);
      let top = y(at[1]);
      for (const one of placed)
        if (left < one.right && right > one.left && Math.abs(top - one.top) < labelHeight) top = one.top + labelHeight;
      placed.push({ left, right, top });
      placed.sort((one, other) => one.top - other.top);
      const shift = { dx: dx + left - wanted, dy: top - y(at[1]) };
      return text([at], { text: [words], textAnchor: anchor, ...shift, ...halo, ...style });
    });
}

const labelHeight = 14;

/** Of a name on the y axis. */
const lineHeight = 22;

const labels = (figure: Figure): Words[] =>
  figure.marks.flatMap((mark) =>
    mark.kind === 'label' && isShown(mark.at, figure)
      ? [{ words: mark.text, at: mark.at, anchor: mark.anchor ?? 'middle', dx: 0, style: { fill: 'var(--ink)' } }]
      : [],
  );

function endLabels(figure: Figure, colorOf: (mark: Mark) => string, plane: Plane): Words[] {
  const named = new Set<string>();
  const paths = figure.marks.flatMap((mark) => (mark.kind === 'path' ? visible(mark, figure).shown : []));
  const covered = (from: number, to: number, [, y]: Point) =>
    paths.filter(
      (one) =>
        plane.x(one[0]) > from && plane.x(one[0]) < to && Math.abs(plane.y(one[1]) - plane.y(y)) < labelHeight / 2,
    ).length;
  return figure.marks.flatMap((mark): Words[] => {
    if (mark.kind !== 'path' || mark.name === undefined || named.has(mark.name)) return [];
    named.add(mark.name);
    const at = visible(mark, figure)
      .shown.filter((point) => isWithin(point, plane))
      .at(-1);
    if (!at) return [];
    const [x, length] = [plane.x(at[0]), 9 + widthOf(mark.name)];
    const hasRoom = x + length <= plane.width - 5 && covered(x, x + length, at) <= covered(x - length, x, at);
    const side = hasRoom ? ({ anchor: 'start', dx: 9 } as const) : ({ anchor: 'end', dx: -9 } as const);
    return [{ words: mark.name, at, ...side, style: { fill: colorOf(mark), fontWeight: 600 } }];
  });
}

/** A text in the middle of the frame that explains why none of the data are visible. */
function whyNothing(figure: Figure, plane: Plane): Markish[] {
  const series = figure.marks.filter(({ kind }) => kind !== 'referenceLine' && kind !== 'label');
  if (figure.marks.some(({ kind }) => kind === 'contours' || kind === 'label')) return [];
  const points = series.flatMap(pointsOf).filter((point) => point.every(Number.isFinite));
  const shown = points.filter((point) => isShown(point, figure));
  if (shown.some((point) => isWithin(point, plane))) return [];
  const reason =
    points.length === 0
      ? 'there is no finite value'
      : shown.length === 0
        ? 'no value is above 0, as a logarithmic axis needs'
        : 'all values are beyond the axes';
  const words = `Nothing to draw: ${reason}`;
  return [text([words], { text: [words], frameAnchor: 'middle', fill: 'var(--quiet)', className: 'nothing' })];
}

const isIn = (value: number, { domain }: AxisRange) => value >= Math.min(...domain) && value <= Math.max(...domain);

/** Whether a point is in the frame. */
const isWithin = ([x, y]: Point, { ranges }: Plane) => isIn(x, ranges.x) && isIn(y, ranges.y);

/** The points of a line before the first that is not finite, without those that a logarithmic axis cannot show. */
function visible(mark: Line | Path, figure: Figure): { shown: Point[]; isCut: boolean } {
  const points = pointsOf(mark);
  return { shown: points.filter((point) => isShown(point, figure)), isCut: points.length < mark.points.length };
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
