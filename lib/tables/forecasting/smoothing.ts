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
 * @see Holt 1957; Winters 1960; Hyndman, Koehler, Ord & Snyder 2008, Forecasting with Exponential Smoothing.
 */
export function smooth(
  form: SmoothingForm,
  weights: SmoothingWeights,
  initial: SmoothingState,
  values: Float64Array,
): Smoothed {
  const fitted = new Float64Array(values.length);
  return { fitted, ...pass(form, weights, initial, values, { fitted }) };
}

/** What a pass writes down. */
interface Records {
  readonly fitted?: Float64Array;
  readonly tape?: Float64Array;
}

function pass(
  { seasonal }: SmoothingForm,
  { level: alpha, trend: beta, seasonal: gamma, damping: phi }: SmoothingWeights,
  initial: SmoothingState,
  values: Float64Array,
  { fitted, tape }: Records,
): Omit<Smoothed, 'fitted'> {
  const isMultiplied = seasonal === 'multiplicative';
  const terms = initial.seasonal.slice();
  const period = terms.length;
  let { level, trend } = initial;
  let squares = 0;
  let place = initial.times % period;
  for (let i = 0; i < values.length; ++i) {
    const s = terms[place]!;
    const p = level + phi * trend;
    const forecast = isMultiplied ? p * s : p + s;
    const y = values[i]!;
    const e = Number.isNaN(y) ? 0 : y - forecast;
    squares += e * e;
    if (fitted) fitted[i] = forecast;
    if (tape) {
      tape[4 * i] = p;
      tape[4 * i + 1] = trend;
      tape[4 * i + 2] = s;
      tape[4 * i + 3] = e;
    }
    const share = isMultiplied ? e / s : e;
    level = p + alpha * share;
    trend = phi * trend + beta * share;
    terms[place] = s + gamma * (isMultiplied ? e / p : e);
    if (++place === period) place = 0;
  }
  return { squares, state: { level, trend, seasonal: terms, times: initial.times + values.length } };
}

/** What each time of the pass forwards leaves for the pass backwards: p, trend, seasonal term and error. Kept between calls. */
let tape = new Float64Array(0);

/** The sum of squared errors with its gradient, by one pass forwards and one backwards. */
export function squaresWithGradient(
  form: SmoothingForm,
  weights: SmoothingWeights,
  initial: SmoothingState,
  values: Float64Array,
): { squares: number; gradient: SmoothingGradient } {
  const count = values.length;
  if (tape.length < 4 * count) tape = new Float64Array(8 * count);
  const { squares } = pass(form, weights, initial, values, { tape });
  const isMultiplied = form.seasonal === 'multiplicative';
  const { level: alpha, trend: beta, seasonal: gamma, damping: phi } = weights;
  const period = initial.seasonal.length;
  const terms = new Float64Array(period); // derivatives with respect to the seasonal terms after a time
  let level = 0; // the same for level and trend
  let trend = 0;
  let dAlpha = 0;
  let dBeta = 0;
  let dGamma = 0;
  let dPhi = 0;
  let place = (initial.times + count) % period;
  for (let i = count - 1; i >= 0; --i) {
    const p = tape[4 * i]!;
    const b = tape[4 * i + 1]!;
    if (--place < 0) place = period - 1;
    const term = terms[place]!;
    let dp = level;
    let ds = term;
    if (!Number.isNaN(values[i]!)) {
      const s = tape[4 * i + 2]!;
      const e = tape[4 * i + 3]!;
      const byLevel = isMultiplied ? 1 / s : 1;
      const bySeason = isMultiplied ? 1 / p : 1;
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
