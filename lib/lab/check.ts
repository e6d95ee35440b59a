/** A claim of the lecture, and the measured number that decides it. */
export interface Check {
  /** In words, with its formula. */
  readonly claim: string;
  readonly measured: number;
  /** The smallest and the largest `measured` for which the claim holds. */
  readonly bounds: readonly [number, number];
  /** Whether `measured` is within the bounds, inclusive. False for NaN. */
  readonly holds: boolean;
  /** The wrong model with which this check fails when it replaces the right one. */
  readonly counterModel: string;
}

/** States a claim, which the number that is then given decides: `claim('η is small').atMost(η, 0.1, counterModel)`. */
export const claim = (text: string) => ({
  atMost: (measured: number, bound: number, counterModel: string): Check =>
    decided(text, measured, [Number.NEGATIVE_INFINITY, bound], counterModel),
  atLeast: (measured: number, bound: number, counterModel: string): Check =>
    decided(text, measured, [bound, Number.POSITIVE_INFINITY], counterModel),
  between: (measured: number, least: number, greatest: number, counterModel: string): Check =>
    decided(text, measured, [least, greatest], counterModel),
});

const decided = (claim: string, measured: number, bounds: Check['bounds'], counterModel: string): Check => ({
  claim,
  measured,
  bounds,
  holds: measured >= bounds[0] && measured <= bounds[1],
  counterModel,
});

/** The bounds as text: `≤ 1e−12`, `≥ 0.5` or `from −1.2 to −0.8`. */
export function boundsOf({ bounds: [least, greatest] }: Check): string {
  if (least === Number.NEGATIVE_INFINITY) return `≤ ${shortened(greatest)}`;
  if (greatest === Number.POSITIVE_INFINITY) return `≥ ${shortened(least)}`;
  return `from ${shortened(least)} to ${shortened(greatest)}`;
}

/** A number with at most four digits: 0.0123, 1.5e−12, 20,480. */
export function shortened(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace('Infinity', '∞').replace('-', '−');
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e6)
      ? value
          .toExponential(2)
          .replace(/\.?0+e/, 'e')
          .replace('e+', 'e')
      : Number(value.toPrecision(4)).toLocaleString('en', { maximumFractionDigits: 8 });
  return text.replaceAll('-', '−');
}
