import { deviationOf, type FittedSmoothing, longestSeason } from './fit_smoothing.js';
import type { SmoothingForm, SmoothingWeights } from './smoothing.js';

/** The quantile of the normal distribution beyond which the correlation over a season counts as one: 90 %, on both sides. */
const critical = 1.645;

/** The number of weights α that are tried: 0.01, 0.02, … */
const tried = 99;

/**
 * The theta method: the mean of a line through all values and of simple exponential smoothing of twice their distance from it.
 * That is simple exponential smoothing with a drift of half the slope of the line (Hyndman & Billah 2003). Values
 * with a season are divided by its factors, or reduced by its terms if any value is not above 0.
 *
 * @param values NaN for missing ones. At least one is present.
 * @see Assimakopoulos & Nikolopoulos 2000, The theta model; the winner of the competition M3.
 */
export function fitTheta(values: Float64Array, season: number): FittedSmoothing {
  const seasonal = hasSeason(values, season) ? (values.some((x) => x <= 0) ? 'additive' : 'multiplicative') : 'none';
  const form: SmoothingForm = { trend: 'additive', seasonal, season: seasonal === 'none' ? 1 : season };
  const terms = seasonal === 'none' ? Float64Array.of(0) : seasonalTerms(values, season, seasonal);
  const adjusted = values.map((y, i) => {
    const term = terms[i % terms.length]!;
    return seasonal === 'multiplicative' ? y / term : y - term;
  });
  const trend = slopeOf(adjusted) / 2;
  const fits = Array.from({ length: tried }, (_, i) => bestLevel(adjusted, trend, (i + 1) / (tried + 1)));
  const { alpha, level, squares } = fits.reduce((best, one) => (one.squares < best.squares ? one : best));
  const weights: SmoothingWeights = { level: alpha, trend: 0, seasonal: 0, damping: 1 };
  return { form, weights, initial: { level, trend, seasonal: terms, times: 0 }, squares, criterion: Number.NaN };
}

/** The initial level with the least squared errors, which are linear in it. */
function bestLevel(values: Float64Array, trend: number, alpha: number) {
  let level = 0;
  let rest = 1; // what is left of the initial level at a time
  let [squares, products, ofRest] = [0, 0, 0];
  for (const y of values) {
    level += trend;
    if (Number.isNaN(y)) continue;
    const e = y - level;
    squares += e * e;
    products += e * rest;
    ofRest += rest * rest;
    level += alpha * e;
    rest *= 1 - alpha;
  }
  return { alpha, level: products / ofRest, squares: squares - (products * products) / ofRest };
}

/** Whether values a season apart are correlated, given the correlations at shorter distances (Bartlett 1946). */
function hasSeason(values: Float64Array, season: number): boolean {
  const count = values.filter((x) => !Number.isNaN(x)).length;
  if (season < 2 || season > longestSeason || count < 3 * season) return false;
  const deviation = deviationOf(values);
  const present = values.filter((x) => !Number.isNaN(x));
  const mean = present.reduce((sum, x) => sum + x, 0) / count;
  const correlation = (lag: number) => {
    let sum = 0;
    for (let i = lag; i < values.length; ++i) {
      const product = (values[i]! - mean) * (values[i - lag]! - mean);
      if (!Number.isNaN(product)) sum += product;
    }
    return sum / (count * deviation * deviation);
  };
  let squares = 0;
  for (let lag = 1; lag < season; ++lag) squares += correlation(lag) ** 2;
  return Math.abs(correlation(season)) > critical * Math.sqrt((1 + 2 * squares) / count);
}

/** The mean distance, or ratio, of each place of the season from the moving average over a season. Their mean is 0, or 1. */
function seasonalTerms(values: Float64Array, season: number, kind: 'additive' | 'multiplicative'): Float64Array {
  const [sums, counts] = [new Float64Array(season), new Float64Array(season)];
  const half = Math.floor(season / 2);
  for (let i = half; i + half < values.length; ++i) {
    // An even season has half the weight at both ends.
    let average = 0;
    for (let j = -half; j <= half; ++j)
      average += (values[i + j]! * (season % 2 === 0 && Math.abs(j) === half ? 0.5 : 1)) / season;
    const term = kind === 'multiplicative' ? values[i]! / average : values[i]! - average;
    if (!Number.isFinite(term)) continue;
    sums[i % season]! += term;
    counts[i % season]! += 1;
  }
  const neutral = kind === 'multiplicative' ? 1 : 0;
  const terms = sums.map((sum, place) => (counts[place] === 0 ? neutral : sum / counts[place]!));
  const mean = terms.reduce((sum, x) => sum + x, 0) / season;
  return terms.map((x) => (kind === 'multiplicative' ? x / mean : x - mean));
}

/** The slope of the line of least squares. */
function slopeOf(values: Float64Array): number {
  let [count, sumTimes, sum] = [0, 0, 0];
  for (const [i, x] of values.entries())
    if (!Number.isNaN(x)) [count, sumTimes, sum] = [count + 1, sumTimes + i, sum + x];
  const [meanTime, mean] = [sumTimes / count, sum / count];
  let [products, squares] = [0, 0];
  for (const [i, x] of values.entries())
    if (!Number.isNaN(x)) {
      products += (i - meanTime) * (x - mean);
      squares += (i - meanTime) ** 2;
    }
  return squares > 0 ? products / squares : 0;
}
