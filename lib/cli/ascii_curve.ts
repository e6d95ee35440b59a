import { plot } from 'asciichart'; // a line of box characters; the build puts it into this module
import { axisRange, placer } from '../pages/axes.js';
import { type Curve, points, stepsOf } from './curve.js';

/** Width of the column of labels, wider than any label. */
const labelWidth = 11;

/** A curve with its axes, as text for a terminal of the given size. */
export function asciiCurve(curve: Curve, terminalColumns: number, terminalRows: number): string {
  const columns = Math.max(20, terminalColumns - labelWidth - 3);
  const height = Math.min(Math.max(5, terminalRows - 8), 24);
  const values = points(curve, columns + 1).map(({ value }) => value);
  const { shares, label } = vertical(values, curve.logarithmic);
  const top = shares.every((share) => share === 0) ? 0 : height - 1;
  const lines = plot(
    shares.map((share) => 1 + share * top), // from 1: asciichart draws another character at 0
    { height: top, offset: 2, format: (row) => `${label(top === 0 ? 0 : (row - 1) / top).padStart(labelWidth)} ` },
  );
  const { axis, numbers } = horizontal(curve, columns);
  const indent = ' '.repeat(labelWidth + 1);
  return [
    `${'value'.padStart(labelWidth)}${curve.logarithmic ? ' (logarithmic)' : ''}`,
    lines.replaceAll(/ +$/gm, ''),
    `${indent}└${axis}`,
    `${indent} ${numbers}`,
    `${indent} ${'step'.padStart(columns)}`,
  ].join('\n');
}

/** Values as fractions of the height, and the label at a fraction. A logarithmic axis has values ≤ 0 at the bottom. */
function vertical(values: number[], logarithmic: boolean) {
  const to = logarithmic ? Math.log10 : (value: number) => value;
  const back = logarithmic ? (x: number) => 10 ** x : (x: number) => x;
  const heights = values.filter((value) => !logarithmic || value > 0).map(to);
  const least = Math.min(...heights);
  const range = Math.max(...heights) - least;
  const digits = logarithmic ? 3 : digitsToTell(range, Math.max(...heights.map(Math.abs)));
  return {
    shares: values.map((value) => (range === 0 || (logarithmic && value <= 0) ? 0 : (to(value) - least) / range)),
    label: (share: number) => shortened(back(least + share * range), digits),
  };
}

/** The digits that labels need so that neighbours differ. */
const digitsToTell = (range: number, greatest: number) =>
  range === 0 ? 3 : Math.min(Math.max(3, 2 + Math.ceil(Math.log10(greatest / range))), 8);

function shortened(value: number, digits: number): string {
  const rounded = Number(value.toPrecision(digits));
  return rounded !== 0 && Math.abs(rounded) < 1e-4 ? rounded.toExponential() : String(rounded);
}

/** The axis of steps: a line with ticks, and a line with their numbers. */
function horizontal(curve: Curve, columns: number) {
  const count = Math.max(2, Math.floor(columns / 14));
  const range = axisRange({ marks: [], x: { domain: stepsOf(curve) }, y: {} }, 'x', count);
  const place = placer(range, 0, columns - 1);
  const axis = new Array<string>(columns).fill('─');
  let numbers = '';
  for (const tick of range.ticks.filter(Number.isInteger)) {
    const column = Math.round(place(tick));
    const number = stepLabel(tick);
    const start = Math.min(column, columns - number.length);
    if (start < numbers.length + (numbers === '' ? 0 : 1)) continue;
    axis[column] = '┬';
    numbers = numbers.padEnd(start) + number;
  }
  return { axis: axis.join(''), numbers };
}

/** A step as short text: 1500, 2e6. */
export const stepLabel = (step: number): string => (step < 1e6 ? String(step) : step.toExponential().replace('+', ''));
