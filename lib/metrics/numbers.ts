import { orDefault } from '../checks/options.js';
import { checkNumber, openInterval } from '../checks/ranges.js';
import { defineMetric } from './metric.js';

export interface QuantileLossOptions {
  /** q, in (0, 1). Default 0.5, which gives half of the mean absolute error. */
  quantile?: number | undefined;
}

// Of several outputs, each metric is the mean over them. Under the loss `poisson`, predictions are e^z.

/** The weighted mean of |t − prediction|. scikit-learn's `mean_absolute_error`. */
export const meanAbsoluteError = defineMetric('meanAbsoluteError', { of: 'numbers', mode: 'min' });

/** The root of the weighted mean of (t − prediction)². scikit-learn's `root_mean_squared_error`. */
export const rootMeanSquaredError = defineMetric('rootMeanSquaredError', { of: 'numbers', mode: 'min' });

/**
 * R² = 1 − Σ w(t − prediction)² / Σ w(t − mean t)². Where all targets are equal: 1 if the predictions are exact, else 0.
 * scikit-learn's `r2_score`.
 */
export const r2 = defineMetric('r2', { of: 'numbers', mode: 'max' });

/**
 * The weighted mean of q(t − prediction) below the target, (1 − q)(prediction − t) above it. scikit-learn's
 * `mean_pinball_loss`.
 */
export const quantileLoss = defineMetric<'quantileLoss', QuantileLossOptions>('quantileLoss', {
  of: 'numbers',
  mode: 'min',
  options: ['quantile'],
  check: ({ quantile }) => ({ quantile: checkNumber('quantile', orDefault(quantile, 0.5), openInterval(0, 1)) }),
});
