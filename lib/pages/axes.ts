import { decimalsText, numberText, superscript } from '../numbers/number_text.js';
import type { Axis, Figure, Mark, Point } from './figure.js';

/** The parts of a figure that determine its axes. */
interface Plotted {
  readonly marks: readonly Mark[];
  readonly x: Omit<Axis, 'label'>;
  readonly y: Omit<Axis, 'label'>;
}

export type Scale = NonNullable<Axis['scale']>;

/** The range of an axis, its ticks, and their texts. */
export interface AxisRange {
  readonly scale: Scale;
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  readonly tickText: (value: number) => string;
}

/** The axis of a figure with at most about `count` ticks. */
export function axisRange(figure: Plotted, which: 'x' | 'y', count: number): AxisRange {
  const { scale = 'linear', domain, names } = figure[which];
  if (names) {
    const ticks = names.map((_, i) => i + 1);
    const ends = [names.length + 0.5, 0.5] as const;
    return { scale: 'linear', domain: ends, ticks, tickText: (value) => names[value - 1] ?? '' };
  }
  const values = () => figure.marks.flatMap((mark) => valuesOf(mark, which));
  if (scale === 'log') {
    const [low, high] = domain ?? padded(values());
    return { scale, domain: [low, high], ticks: logarithmicTicks(low, high, count), tickText: powerOfTen };
  }
  const [low, high] = domain ?? extent(values());
  const step = tickStep(high - low, count);
  const range = domain ?? ([Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step] as const);
  const first = Math.ceil(range[0] / step - 1e-9);
  const last = Math.floor(range[1] / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { scale, domain: range, ticks, tickText: linearText(step, Math.max(...ticks.map(Math.abs), 0)) };
}

/** The pixel of a value on an axis from pixel `from` to pixel `to`. */
export function placer({ scale, domain: [low, high] }: AxisRange, from: number, to: number): (value: number) => number {
  const at = scale === 'log' ? Math.log : (value: number) => value;
  return (value) => from + ((at(value) - at(low)) / (at(high) - at(low))) * (to - from);
}

/** The largest distance of a value from the ends of an axis, in axis lengths. A line to a more distant value is hardly steeper. */
const reach = 50;

/** The nearest value at most `reach` axis lengths from the ends of the axis. */
export function nearby({ scale, domain: [low, high] }: AxisRange): (value: number) => number {
  const far = scale === 'log' ? (high / low) ** reach : reach * Math.abs(high - low);
  const least = scale === 'log' ? Math.max(low / far, Number.MIN_VALUE) : Math.min(low, high) - far;
  const most = scale === 'log' ? Math.min(high * far, Number.MAX_VALUE) : Math.max(low, high) + far;
  return (value) => Math.max(least, Math.min(most, value));
}

/** The values of a mark that an axis must cover. */
export function valuesOf(mark: Mark, which: 'x' | 'y'): number[] {
  const isX = which === 'x';
  switch (mark.kind) {
    case 'referenceLine':
      return mark.axis === which ? [mark.at] : [];
    case 'label':
      return [mark.at[isX ? 0 : 1]];
    case 'bars':
      return mark.bars.flatMap(([low, high, value]) => (which === (mark.axis ?? 'y') ? [0, value] : [low, high]));
    case 'band':
      return mark.points.flatMap(([x, low, high]) => (isX ? [x] : [low, high]));
    case 'contours':
      return [];
    default:
      return mark.points.map((point) => point[isX ? 0 : 1]);
  }
}

/** Larger values are outside the frame: with them the length of an axis would overflow. */
const furthest = 1e300;

/** The least and the greatest finite value, never equal. */
function extent(values: readonly number[]): readonly [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values)
    if (Math.abs(value) <= furthest) [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
  if (least > greatest) return [0, 1];
  if (least < greatest) return [least, greatest];
  return least === 0 ? [0, 1] : [least - Math.abs(least) / 2, least + Math.abs(least) / 2];
}

/** The range from the least to the greatest positive value, with a small margin. */
function padded(values: readonly number[]): readonly [number, number] {
  let [least, greatest] = [Infinity, 0];
  for (const value of values)
    if (value > 0 && value < Infinity) [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
  if (greatest === 0) return [0.1, 10];
  const margin = Math.max(1.05, greatest ** 0.03 / least ** 0.03);
  return [Math.max(Number.MIN_VALUE, least / margin), Math.min(Number.MAX_VALUE, greatest * margin)];
}

/** 1, 2 or 5 times a power of ten, of which about `count` make the range. */
function tickStep(range: number, count: number): number {
  const rough = range / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  return power * (share >= Math.sqrt(50) ? 10 : share >= Math.sqrt(10) ? 5 : share >= Math.SQRT2 ? 2 : 1);
}

/**
 * At most `count` powers of ten. If there are fewer than three, also their multiples by 2 and 5, or by 3 if there is room
 * for fewer.
 */
function logarithmicTicks(low: number, high: number, count: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.ceil((last - first + 1) / count);
  const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  if (powers.length >= 3) return powers.filter((power) => power % every === 0).map((power) => 10 ** power);
  const multiples = (digits: readonly number[]) =>
    [first - 1, ...powers]
      .flatMap((power) => digits.map((digit) => digit * 10 ** power))
      .filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  const ticks = multiples([1, 2, 5]);
  return ticks.length <= count ? ticks : multiples([1, 3]);
}

/** A tick of a logarithmic axis as text: 0.01, 20, 1,000, 10⁻⁵ or 2·10⁶. */
function powerOfTen(value: number): string {
  const power = Math.floor(Math.log10(value) + 1e-9);
  if (power > -4 && power < 5) return numberText(value, 1);
  const digit = Math.round(value / 10 ** power);
  return `${digit === 1 ? '' : `${digit}·`}10${superscript(power)}`;
}

/** Texts of the ticks of a linear axis, all with equally many decimals, or in units of a power of ten. */
function linearText(step: number, largest: number): (value: number) => string {
  const power = Math.floor(Math.log10(largest || 1));
  if (power >= 6 || power < -4)
    return (value) => (value === 0 ? '0' : `${numberText(value / 10 ** power, 6)}·10${superscript(power)}`);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (value) => decimalsText(value, decimals);
}

/** A number with at most five digits, as text: 0.0123, −4.5·10⁻⁷, 20,480. */
export const valueText = (value: number): string => numberText(value, 5);

/** Whether the axes can show a point. */
export const isShown = ([x, y]: Point, figure: Figure): boolean =>
  Number.isFinite(x) &&
  Number.isFinite(y) &&
  (figure.x.scale !== 'log' || x > 0) &&
  (figure.y.scale !== 'log' || y > 0);
