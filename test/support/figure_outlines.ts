import type { Axis, Figure, Mark } from '../../lib/pages/figure';

/** Points of a mark, as rows of numbers. */
const rowsOf = (mark: Mark): readonly (readonly number[])[] => {
  if (mark.kind === 'contours') return [mark.values, mark.levels];
  if (mark.kind === 'referenceLine') return [[mark.at]];
  if (mark.kind === 'label') return [mark.at];
  return mark.kind === 'bars' ? mark.bars : mark.points;
};

/** Whether the numbers along an axis were read from a clock. */
const isTime = ({ label }: Axis): boolean => /\bseconds\b/.test(label);

/**
 * The number of points, then for each coordinate its sum, then its sum weighted by the index of the point, which
 * depends on the order. Logarithms are summed, so that small numbers count beside large ones. Times count as zero.
 */
function summed(rows: readonly (readonly number[])[], axes: readonly Axis[]): number[] {
  const size = (x: number) => (Number.isFinite(x) ? Math.sign(x) * Math.log1p(Math.abs(x)) : 0);
  const [sums, ordered]: [number[], number[]] = [[], []];
  for (const [k, row] of rows.entries())
    for (const [i, number] of row.slice(0, 3).entries()) {
      const x = axes[i] && isTime(axes[i]) ? 0 : number;
      sums[i] = (sums[i] ?? 0) + size(x);
      ordered[i] = (ordered[i] ?? 0) + (size(x) * k) / rows.length;
    }
  return [rows.length, ...sums, ...ordered];
}

const axisOf = ({ label, scale, domain, names }: Axis) => ({ label, scale, domain, names: names?.join() });

/** A figure in short: its texts and styles, and sums of its numbers. */
export const outlineOf = ({ name, title, x, y, equal, marks }: Figure) => ({
  name,
  title,
  x: axisOf(x),
  y: axisOf(y),
  equal,
  marks: marks.map((mark) => {
    const {
      points: _,
      bars: __,
      values: ___,
      levels: ____,
      at: _____,
      steps: ______,
      ...rest
    } = mark as never as Record<string, unknown>;
    return { ...rest, sums: summed(rowsOf(mark), [x, y]) };
  }),
});

export const differs = 'differs from run to run';

/**
 * An outline in which everything that differs from another one by more than a hundredth, or as a word, is replaced by
 * `differs`.
 */
export function common(one: unknown, other: unknown): unknown {
  if (other === undefined || one === differs || other === differs) return other === undefined ? one : differs;
  if (typeof one === 'number') return isNear(one, other) ? one : differs;
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length)
    return one.map((each, i) => common(each, other[i]));
  if (typeof one === 'object' && one !== null && !Array.isArray(one) && typeof other === 'object' && other !== null)
    return Object.fromEntries(
      Object.entries(one).map(([key, value]) => [key, common(value, (other as Record<string, unknown>)[key])]),
    );
  return one === other ? one : differs;
}

const isNear = (one: number, other: unknown): boolean =>
  typeof other === 'number' && Math.abs(one - other) <= 0.01 * Math.max(Math.abs(one), Math.abs(other), 1);

/** The paths where an outline differs from the expected one. */
export function deviations(found: unknown, expected: unknown, place = ''): string[] {
  if (expected === differs) return [];
  if (typeof expected === 'number') return isNear(expected, found) ? [] : [`${place}: ${found}, not ${expected}`];
  if (typeof expected !== 'object' || expected === null)
    return found === expected ? [] : [`${place}: ${found}, not ${expected}`];
  if (typeof found !== 'object' || found === null) return [`${place}: ${found}`];
  const keys = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...keys].flatMap((key) =>
    deviations((found as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key], `${place}/${key}`),
  );
}
