/** The parts of exponential smoothing. */
export interface SmoothingForm {
  readonly trend: 'none' | 'additive' | 'damped';
  readonly seasonal: 'none' | 'additive' | 'multiplicative';
  /** Times per season; 1 without a season. */
  readonly season: number;
}

/** How much an error changes each part of the state, and how a trend fades. */
export interface SmoothingWeights {
  /** α, of the level. */
  readonly level: number;
  /** β = αβ*, of the trend. statsmodels calls β* `smoothing_trend`. */
  readonly trend: number;
  /** γ, of the season. */
  readonly seasonal: number;
  /** φ, by which a damped trend is multiplied at each time; 1 for others. */
  readonly damping: number;
}

/** The state after a time. */
export interface SmoothingState {
  readonly level: number;
  /** The increase per time; 0 without a trend. */
  readonly trend: number;
  /** The seasonal terms or factors. Entry i is that of the times whose number modulo the season is i. */
  readonly seasonal: Float64Array;
  /** The number of times so far. */
  readonly times: number;
}

/** The derivative of the sum of squared errors with respect to weights and initial state. */
export interface SmoothingGradient {
  readonly level: number;
  readonly trend: number;
  readonly seasonal: number;
  readonly damping: number;
  readonly initialLevel: number;
  readonly initialTrend: number;
  readonly initialSeasonal: Float64Array;
}

/** What a pass over a series found. */
export interface Smoothed {
  /** The forecast of each value from those before it. */
  readonly fitted: Float64Array;
  /** The sum of the squared errors. */
  readonly squares: number;
  readonly state: SmoothingState;
}

/**
 * Exponential smoothing in the error-correction form: with p = l + φb, the forecast is ŷ = p + s or p·s, the error is e = y − ŷ, and
 *
 *     l ← p + αe       b ← φb + βe       s ← s + γe            additive season, or none
 *     l ← p + αe/s     b ← φb + βe/s     s ← s + γe/p          multiplicative season
 *
 * This equals the component form of Holt and Winters. At a missing value (NaN) the error is 0, so the state moves by its trend only.
 *
 * @param onTime Called at each time with p, the trend, the seasonal term and the error before the update.
 * @see Holt 1957; Winters 1960; Hyndman, Koehler, Ord & Snyder 2008, Forecasting with Exponential Smoothing.
 */
export function smooth(
  { seasonal }: SmoothingForm,
  { level: alpha, trend: beta, seasonal: gamma, damping: phi }: SmoothingWeights,
  initial: SmoothingState,
  values: Float64Array,
  onTime?: (i: number, p: number, b: number, s: number, e: number) => void,
): Smoothed {
  const isMultiplied = seasonal === 'multiplicative';
  const terms = initial.seasonal.slice();
  const period = terms.length;
  const fitted = new Float64Array(values.length);
  let { level, trend } = initial;
  let squares = 0;
  let place = initial.times % period;
  for (let i = 0; i < values.length; ++i) {
    const s = terms[place]!;
    const p = level + phi * trend;
    const forecast = isMultiplied ? p * s : p + s;
    const y = values[i]!;
    const e = Number.isNaN(y) ? 0 : y - forecast;
    fitted[i] = forecast;
    squares += e * e;
    onTime?.(i, p, trend, s, e);
    const share = isMultiplied ? e / s : e;
    level = p + alpha * share;
    trend = phi * trend + beta * share;
    terms[place] = s + gamma * (isMultiplied ? e / p : e);
    if (++place === period) place = 0;
  }
  return { fitted, squares, state: { level, trend, seasonal: terms, times: initial.times + values.length } };
}

/** The sum of squared errors with its gradient, by one pass forwards and one backwards. */
export function squaresWithGradient(
  form: SmoothingForm,
  weights: SmoothingWeights,
  initial: SmoothingState,
  values: Float64Array,
): { squares: number; gradient: SmoothingGradient } {
  const count = values.length;
  const [ps, bs, ss, es] = Array.from({ length: 4 }, () => new Float64Array(count)) as Four;
  const { squares } = smooth(form, weights, initial, values, (i, p, b, s, e) => {
    ps[i] = p;
    bs[i] = b;
    ss[i] = s;
    es[i] = e;
  });
  const isMultiplied = form.seasonal === 'multiplicative';
  const { level: alpha, trend: beta, seasonal: gamma, damping: phi } = weights;
  const period = initial.seasonal.length;
  const terms = new Float64Array(period); // derivatives with respect to the seasonal terms after a time
  let [level, trend] = [0, 0]; // the same for level and trend
  let [dAlpha, dBeta, dGamma, dPhi] = [0, 0, 0, 0];
  for (let i = count - 1; i >= 0; --i) {
    const [p, b, s, e] = [ps[i]!, bs[i]!, ss[i]!, es[i]!];
    const place = (initial.times + i) % period;
    const term = terms[place]!;
    let [dp, ds] = [level, term];
    if (!Number.isNaN(values[i]!)) {
      const [byLevel, bySeason] = isMultiplied ? [1 / s, 1 / p] : [1, 1];
      dAlpha += level * e * byLevel;
      dBeta += trend * e * byLevel;
      dGamma += term * e * bySeason;
      const ofError = 2 * e + (alpha * level + beta * trend) * byLevel + gamma * term * bySeason;
      if (isMultiplied) {
        ds -= ((alpha * level + beta * trend) * e) / (s * s) + ofError * p;
        dp -= (gamma * term * e) / (p * p) + ofError * s;
      } else {
        ds -= ofError;
        dp -= ofError;
      }
    }
    terms[place] = ds;
    dPhi += b * (dp + trend);
    trend = phi * (dp + trend);
    level = dp;
  }
  const gradient = {
    level: dAlpha,
    trend: dBeta,
    seasonal: dGamma,
    damping: dPhi,
    initialLevel: level,
    initialTrend: trend,
    initialSeasonal: terms,
  };
  return { squares, gradient };
}

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];

/** The forecasts of the next times. */
export function extrapolate(
  { seasonal }: SmoothingForm,
  { damping }: SmoothingWeights,
  { level, trend, seasonal: terms, times }: SmoothingState,
  steps: number,
): Float64Array {
  let [p, b] = [level, trend];
  return Float64Array.from({ length: steps }, (_, i) => {
    b *= damping;
    p += b;
    const term = terms[(times + i) % terms.length]!;
    return seasonal === 'multiplicative' ? p * term : p + term;
  });
}
