/** The quantile of `share`, linearly interpolated. Default: the median. */
export function quantile(values, share = 0.5) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  return sorted[Math.floor(at)] + (sorted[Math.ceil(at)] - sorted[Math.floor(at)]) * (at % 1);
}

/** Half the distance between the quartiles, relative to the median. */
export const spreadOf = (values) => (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / quantile(values);

export const geometricMean = (values) => Math.exp(values.reduce((sum, x) => sum + Math.log(x), 0) / values.length);

const quantilesOfT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13];

/** The 0.975 quantile of Student's t: what a 95 % interval reaches to both sides, in standard errors. */
export const studentT = (degrees) => quantilesOfT[degrees - 1] ?? 2.1;
