/**
 * The natural logarithm of the gamma function for x > 0: Stirling's series, after shifts to x ≥ 8 (Abramowitz & Stegun 1964,
 * 6.1.41). Its relative error is below 10⁻¹¹.
 */
function logGamma(x: number): number {
  let [at, product] = [x, 1];
  while (at < 8) product *= at++;
  const r = 1 / (at * at);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680)))) / at;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}

/** The pseudo-count of each bin in Jeffreys' prior. */
const prior = 0.5;

/**
 * The logarithm of the Bayes factor of two hypotheses about the recent rows: they have their own shares of the bins, or those
 * of the training rows. The shares have Jeffreys' prior (Good 1965, The estimation of probabilities). If the shares are those
 * of training, the factor exceeds 1/δ with a probability of at most δ, for any number of rows and bins, however rare.
 */
export class BayesFactor {
  /** logGamma(count + prior) of the training rows by bin. */
  readonly #bins: Float64Array;
  readonly #counts: readonly number[];
  readonly #total: number;

  /** @param counts Training rows by bin. */
  constructor(counts: readonly number[]) {
    this.#counts = counts;
    this.#bins = Float64Array.from(counts, (count) => logGamma(count + prior));
    this.#total = counts.reduce((sum, count) => sum + count, 0);
  }

  /** @param recent The recent rows by bin, of which there are `rows`. */
  logOf(recent: ArrayLike<number>, rows: number): number {
    const all = prior * this.#counts.length;
    let own = logGamma(all) - logGamma(all + rows);
    let same = logGamma(this.#total + all) - logGamma(this.#total + all + rows);
    for (let bin = 0; bin < this.#counts.length; ++bin) {
      const count = recent[bin]!;
      if (count === 0) continue; // most bins of a short window
      own += logGamma(count + prior) - logOfPrior;
      same += logGamma(this.#counts[bin]! + prior + count) - this.#bins[bin]!;
    }
    return own - same;
  }
}

const logOfPrior = logGamma(prior);

/**
 * The population stability index: Σ (p − q)·ln(p/q) over bins with the shares p of the recent rows and q of training. Half a
 * row is added to each bin, so that empty ones have a share.
 */
export function stabilityIndex(training: readonly number[], recent: ArrayLike<number>): number {
  let [all, some] = [0, 0];
  for (let bin = 0; bin < training.length; ++bin) {
    all += training[bin]! + prior;
    some += recent[bin]! + prior;
  }
  let sum = 0;
  for (let bin = 0; bin < training.length; ++bin) {
    const [p, q] = [(recent[bin]! + prior) / some, (training[bin]! + prior) / all];
    sum += (p - q) * Math.log(p / q);
  }
  return sum;
}
