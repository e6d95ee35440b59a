import { minimize } from '../../minimize/minimize.js';
import { sumOf } from '../sampling.js';
import {
  type SmoothingForm,
  type SmoothingState,
  type SmoothingWeights,
  smooth,
  squaresWithGradient,
} from './smoothing.js';

/** Exponential smoothing with the weights and the initial state that fit a series best. */
export interface FittedSmoothing {
  readonly form: SmoothingForm;
  readonly weights: SmoothingWeights;
  readonly initial: SmoothingState;
  /** The sum of squared errors of the forecasts one time ahead. */
  readonly squares: number;
  /** Akaike's criterion, corrected for few values. */
  readonly criterion: number;
}

/** φ of a damped trend is between these, as in statsmodels. */
const [leastDamping, mostDamping] = [0.8, 0.995];

/** Starts of the weights: α, β* and γ*. Those with the least errors are optimised. */
const starts = [0.1, 0.3, 0.6, 0.9].flatMap((alpha) =>
  [0.05, 0.3].flatMap((beta) => [0.05, 0.3].map((gamma) => [alpha, beta, gamma] as const)),
);

/** How many of the starts are optimised, and for how many steps: to compare forms, and for the one that is chosen. */
const [quick, thorough] = [
  { starts: 1, steps: 50 },
  { starts: 3, steps: 300 },
];

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const logit = (x: number): number => Math.log(x / (1 - x));

/** The parts of θ: unbounded numbers for α, β*, γ* and φ, then the initial state in units of the deviation of the values. */
interface Layout {
  readonly trend: boolean;
  readonly damped: boolean;
  readonly seasonal: boolean;
  readonly scale: number;
  /** The unit of the seasonal part. */
  readonly seasonalScale: number;
}

const layoutOf = ({ trend, seasonal }: SmoothingForm, scale: number): Layout => ({
  trend: trend !== 'none',
  damped: trend === 'damped',
  seasonal: seasonal !== 'none',
  scale,
  seasonalScale: seasonal === 'multiplicative' ? 1 : scale,
});

interface Point {
  readonly weights: SmoothingWeights;
  readonly initial: SmoothingState;
}

/** α, β = αβ*, γ = (1 − α)γ* and φ, from θ. */
function pointAt(
  theta: Float64Array,
  { trend, damped, seasonal, scale, seasonalScale }: Layout,
  season: number,
): Point {
  let at = 0;
  const next = () => theta[at++]!;
  const alpha = logistic(next());
  const beta = trend ? alpha * logistic(next()) : 0;
  const gamma = seasonal ? (1 - alpha) * logistic(next()) : 0;
  const damping = damped ? leastDamping + (mostDamping - leastDamping) * logistic(next()) : 1;
  const level = next() * scale;
  const slope = trend ? next() * scale : 0;
  const terms = seasonal ? theta.subarray(at).map((x) => x * seasonalScale) : new Float64Array(season);
  return {
    weights: { level: alpha, trend: beta, seasonal: gamma, damping },
    initial: { level, trend: slope, seasonal: terms, times: 0 },
  };
}

/** Writes the gradient with respect to θ. */
function objective(form: SmoothingForm, layout: Layout, values: Float64Array, unit: number) {
  const { trend, damped, seasonal, scale, seasonalScale } = layout;
  return (given: Float32Array | Float64Array, into: Float32Array | Float64Array): number => {
    const theta = given as Float64Array;
    const { weights, initial } = pointAt(theta, layout, form.season);
    const { squares, gradient } = squaresWithGradient(form, weights, initial, values);
    const { level: alpha } = weights;
    let at = 0;
    let ofAlpha = gradient.level;
    const put = (x: number) => {
      into[at++] = x / unit;
    };
    at = 1;
    if (trend) {
      const share = logistic(theta[at]!);
      ofAlpha += gradient.trend * share;
      put(gradient.trend * alpha * share * (1 - share));
    }
    if (seasonal) {
      const share = logistic(theta[at]!);
      ofAlpha -= gradient.seasonal * share;
      put(gradient.seasonal * (1 - alpha) * share * (1 - share));
    }
    if (damped) {
      const share = logistic(theta[at]!);
      put(gradient.damping * (mostDamping - leastDamping) * share * (1 - share));
    }
    put(gradient.initialLevel * scale);
    if (trend) put(gradient.initialTrend * scale);
    if (seasonal) for (const x of gradient.initialSeasonal) put(x * seasonalScale);
    into[0] = (ofAlpha * alpha * (1 - alpha)) / unit;
    return squares / unit;
  };
}

/** A first guess of the initial state: the mean of the first season, its increase to the second, the deviations of each place. */
function initialState({ trend, seasonal, season }: SmoothingForm, values: Float64Array): SmoothingState {
  const present = (begin: number, end: number) => values.subarray(begin, end).filter((x) => !Number.isNaN(x));
  const mean = (list: Float64Array) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const length = seasonal === 'none' ? Math.min(10, values.length) : season;
  const first = mean(present(0, length));
  const second = mean(present(length, 2 * length));
  const slope = trend === 'none' || Number.isNaN(second) ? 0 : (second - first) / length;
  const level = first - (slope * (length + 1)) / 2;
  const isMultiplied = seasonal === 'multiplicative';
  const terms = new Float64Array(season).fill(isMultiplied ? 1 : 0);
  if (seasonal !== 'none')
    for (let place = 0; place < season; ++place) {
      let [sum, count] = [0, 0];
      for (let i = place; i < Math.min(values.length, 4 * season); i += season) {
        const centre = mean(present(i - place, i - place + season));
        const y = values[i]!;
        if (Number.isNaN(y) || Number.isNaN(centre)) continue;
        const usual = centre + slope * (place - (season - 1) / 2);
        sum += isMultiplied ? y / usual : y - usual;
        count += 1;
      }
      if (count > 0) terms[place] = sum / count;
    }
  return { level, trend: slope, seasonal: terms, times: 0 };
}

const defined = (x: number, otherwise: number): number => (Number.isFinite(x) ? x : otherwise);

/** The deviation of the values, or 1 if they are all the same. */
export function deviationOf(values: Float64Array): number {
  const present = values.filter((x) => !Number.isNaN(x));
  const mean = present.reduce((sum, x) => sum + x, 0) / present.length;
  return Math.sqrt(present.reduce((sum, x) => sum + (x - mean) ** 2, 0) / present.length) || 1;
}

/**
 * The weights and the initial state with the least sum of squared errors, by L-BFGS from several starts. All are optimised together,
 * with 0 < α < 1, 0 < β < α, 0 < γ < 1 − α and 0.8 < φ < 0.995, the bounds of statsmodels.
 *
 * @param values NaN for missing ones. At least one is present.
 * @param earlier A fit of this form to the first of the values, which is the only start then.
 */
export function fitSmoothing(
  form: SmoothingForm,
  values: Float64Array,
  effort = thorough,
  earlier?: FittedSmoothing,
): FittedSmoothing {
  const scale = deviationOf(values);
  const layout = layoutOf(form, scale);
  const count = values.filter((x) => !Number.isNaN(x)).length;
  const unit = scale * scale * count;
  const first = earlier?.initial ?? initialState(form, values);
  const { trend, damped, seasonal, seasonalScale } = layout;
  const thetas = (earlier ? [sharesOf(earlier.weights)] : startsOf(layout)).map(([alpha, beta, gamma, damping = 0.9]) =>
    Float64Array.from([
      logit(alpha),
      ...(trend ? [logit(beta)] : []),
      ...(seasonal ? [logit(gamma)] : []),
      ...(damped ? [logit(damping)] : []),
      first.level / scale,
      ...(trend ? [first.trend / scale] : []),
      ...(seasonal ? first.seasonal.map((x) => x / seasonalScale) : []),
    ]),
  );
  const squaresAt = (theta: Float64Array) => {
    const { weights, initial } = pointAt(theta, layout, form.season);
    return defined(smooth(form, weights, initial, values).squares, Infinity);
  };
  const ranked = thetas
    .map((theta) => ({ theta, squares: squaresAt(theta) }))
    .sort((a, b) => a.squares - b.squares)
    .slice(0, effort.starts);
  let best: { readonly theta: Float64Array; readonly squares: number } = ranked[0]!;
  const function_ = objective(form, layout, values, unit);
  for (const { theta: start, squares: before } of ranked) {
    if (before === Infinity) continue;
    const { theta } = minimize(function_, start, { maxSteps: effort.steps, tolerance: 1e-7, onNonFinite: 'stop' });
    const squares = squaresAt(theta as Float64Array);
    if (squares < best.squares) best = { theta: theta as Float64Array, squares };
  }
  const parameters = best.theta.length + 1 - (seasonal ? 1 : 0); // with the variance; a shift of the seasonal part is not free
  const { weights, initial } = pointAt(best.theta, layout, form.season);
  return { form, weights, initial, squares: best.squares, criterion: criterionOf(best.squares, count, parameters) };
}

/** α, β*, γ*, and the place of φ between its bounds; all in (0, 1). */
type Start = readonly [alpha: number, beta: number, gamma: number, damping?: number];

/** The start at the weights of another fit. A level of 0 or 1 says nothing of the other weights. */
function sharesOf({ level, trend, seasonal, damping }: SmoothingWeights): Start {
  const inside = (x: number) => Math.min(1 - 1e-6, Math.max(1e-6, x));
  const place = (damping - leastDamping) / (mostDamping - leastDamping);
  const share = (x: number, of: number) => inside(of > 0 ? x / of : 0);
  return [inside(level), share(trend, level), share(seasonal, 1 - level), inside(place)];
}

/** The starts, without those that differ in what the form lacks. */
function startsOf({ trend, seasonal }: Layout): Start[] {
  return starts.filter(([, beta, gamma]) => (trend || beta === 0.05) && (seasonal || gamma === 0.05));
}

/** Akaike's criterion, corrected for few values (Hurvich & Tsai 1989); infinite if there are too few. */
const criterionOf = (squares: number, count: number, parameters: number): number =>
  count - parameters - 1 <= 0
    ? Infinity
    : count * Math.log(Math.max(squares, Number.MIN_VALUE) / count) +
      2 * parameters +
      (2 * parameters * (parameters + 1)) / (count - parameters - 1);

/** Longer seasons have no seasonal part: each of their places would be a parameter. */
export const longestSeason = 60;

/** The forms that can be fitted to a series. Factors of a season need values above 0. */
export function formsFor(values: Float64Array, season: number): SmoothingForm[] {
  const trends = ['none', 'additive', 'damped'] as const;
  const present = values.filter((x) => !Number.isNaN(x));
  const isSeasonal = season > 1 && season <= longestSeason && present.length >= 2 * season + 4;
  const isPositive = present.every((x) => x > 0);
  const seasonals = ['none', ...(isSeasonal ? ['additive', ...(isPositive ? ['multiplicative'] : [])] : [])] as const;
  return seasonals.flatMap((seasonal) =>
    trends.map((trend) => ({
      trend,
      seasonal: seasonal as SmoothingForm['seasonal'],
      season: seasonal === 'none' ? 1 : season,
    })),
  );
}

/** All forms that can be fitted, to compare them. */
export const comparedSmoothing = (values: Float64Array, season: number): FittedSmoothing[] =>
  formsFor(values, season).map((form) => fitSmoothing(form, values, quick));

/** The form with the least criterion, fitted. */
export function bestSmoothing(
  values: Float64Array,
  season: number,
  compared = comparedSmoothing(values, season),
): FittedSmoothing {
  const { form } = compared.reduce((best, one) => (one.criterion < best.criterion ? one : best));
  return fitSmoothing(form, values);
}

/** A fit, and what it counts in an average. */
export interface WeightedSmoothing {
  readonly weight: number;
  readonly fit: FittedSmoothing;
}

/** Smaller weights in an average are 0. */
const leastWeight = 0.01;

/**
 * The forms with the weights of Akaike: a form whose criterion is larger by 2 is less likely by 1/e.
 *
 * @see Burnham & Anderson 2002, Model Selection and Multimodel Inference; Kolassa 2011, Combining exponential smoothing forecasts
 *   using Akaike weights.
 */
export function weightedByAkaike(compared: readonly FittedSmoothing[]): WeightedSmoothing[] {
  const least = Math.min(...compared.map(({ criterion }) => criterion));
  if (!Number.isFinite(least)) return [{ weight: 1, fit: compared[0]! }]; // too few values to compare forms
  const likelihoods = compared.map(({ criterion }) => Math.exp((least - criterion) / 2));
  const sum = sumOf(likelihoods);
  const kept = likelihoods.map((x) => (x < leastWeight * sum ? 0 : x));
  return compared.flatMap((fit, i) => (kept[i]! > 0 ? [{ weight: kept[i]! / sumOf(kept), fit }] : []));
}

/** The form of an earlier fit to the first of the values, fitted to all. */
export const refitted = (earlier: FittedSmoothing, values: Float64Array): FittedSmoothing =>
  fitSmoothing(earlier.form, values, quick, earlier);
