import { checkOneOf, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, openInterval } from '../checks/ranges.js';
import { defineMetric } from './metric.js';

export interface ThresholdOptions {
  /**
   * p, in (0, 1): probabilities above it mean yes, or class 1 of two; see {@link thresholdFor}. Default: the more
   * probable answer, p = ½.
   */
  threshold?: number | undefined;
}

export interface AverageOptions extends ThresholdOptions {
  /**
   * How the scores of classes, or of several answers, become one number: `'binary'`: that of the positive class, of
   * two; `'macro'`: their mean, over the classes that occur among targets or predictions; `'micro'`: the score of
   * their summed counts. Default `'binary'` for two classes, else `'macro'`.
   */
  average?: 'binary' | 'macro' | 'micro' | undefined;
}

export interface TopKOptions {
  /** k, ≥ 1 and below the number of classes. Default 5. */
  k?: number | undefined;
}

export interface CalibrationErrorOptions {
  /** Number of bins of equal width. Default 15. */
  bins?: number | undefined;
}

const checkThreshold = ({ threshold }: ThresholdOptions): Record<string, number> =>
  threshold === undefined ? {} : { threshold: checkNumber('threshold', threshold, openInterval(0, 1)) };

const checkAverage = ({ average, ...rest }: AverageOptions): Record<string, string | number> => ({
  ...(average !== undefined && { average: checkOneOf('average', average, ['binary', 'macro', 'micro']) }),
  ...checkThreshold(rest),
});

const ofThreshold = { of: 'classes', mode: 'max', options: ['threshold'], check: checkThreshold } as const;
const averaged = { of: 'classes', mode: 'max', options: ['average', 'threshold'], check: checkAverage } as const;

/**
 * The weighted fraction of rows that are classified correctly; rows with several answers must have all of them right.
 * Of equal predictions, the first class counts. scikit-learn's `accuracy_score`.
 */
export const accuracy = defineMetric<'accuracy', ThresholdOptions>('accuracy', ofThreshold);

/**
 * The weighted fraction of rows whose class is among the k most likely. Of equal predictions, the later class counts
 * as more likely. scikit-learn's `top_k_accuracy_score`.
 */
export const topK = defineMetric<'topK', TopKOptions>('topK', {
  of: 'classes',
  mode: 'max',
  options: ['k'],
  check: ({ k }) => ({ k: checkInteger('k', orDefault(k, 5), 1) }),
});

/**
 * The weighted mean over rows of −log p, where p is the probability of the true class or answer: without the label
 * smoothing and class weights of a loss. scikit-learn's `log_loss`.
 */
export const logLoss = defineMetric('logLoss', { of: 'classes', mode: 'min' });

/**
 * Area under the ROC curve, exact: the probability that a row with the answer yes has a larger output than one with the
 * answer no, ties counted by half. For more than two classes, the mean of each class against the rest; for several
 * answers, the mean over them. Keeps 16 bytes for each row and class that is ranked, and sorts them at the end.
 * scikit-learn's `roc_auc_score`, with `multi_class: 'ovr'`.
 */
export const auc = defineMetric('auc', { of: 'classes', mode: 'max' });

/**
 * Σₙ (Rₙ − Rₙ₋₁)Pₙ over the thresholds of a ranking, with recall R and precision P; exact. Several classes or answers
 * and memory are as for {@link auc}. scikit-learn's `average_precision_score`.
 */
export const averagePrecision = defineMetric('averagePrecision', { of: 'classes', mode: 'max' });

/** 2PR/(P + R), with precision P and recall R; 0 if both are 0. scikit-learn's `f1_score`. */
export const f1 = defineMetric<'f1', AverageOptions>('f1', averaged);

/**
 * Of the rows that are decided for a class, the weighted fraction that belongs to it; 0 if there are no such rows.
 * scikit-learn's `precision_score`.
 */
export const precision = defineMetric<'precision', AverageOptions>('precision', averaged);

/**
 * Of the rows of a class, the weighted fraction that is decided for it; 0 if there are no such rows. scikit-learn's
 * `recall_score`.
 */
export const recall = defineMetric<'recall', AverageOptions>('recall', averaged);

/** The mean recall of the classes that occur among the targets. scikit-learn's `balanced_accuracy_score`. */
export const balancedAccuracy = defineMetric<'balancedAccuracy', ThresholdOptions>('balancedAccuracy', ofThreshold);

/** Weights of the rows of each class (rows) that are decided for each class (columns). scikit-learn's `confusion_matrix`. */
export const confusionMatrix = defineMetric<'confusionMatrix', ThresholdOptions>('confusionMatrix', {
  ...ofThreshold,
  mode: undefined,
});

/**
 * Expected calibration error: Σ over bins of their share of the weights × |mean p − fraction of rows where the
 * prediction is right|. Bins (a, b] of equal width divide [0, 1]. p is the probability of yes; for several classes,
 * that of the most likely class.
 *
 * @see Guo et al. 2017, https://arxiv.org/abs/1706.04599
 */
export const calibrationError = defineMetric<'calibrationError', CalibrationErrorOptions>('calibrationError', {
  of: 'classes',
  mode: 'min',
  options: ['bins'],
  check: ({ bins }) => ({ bins: checkInteger('bins', orDefault(bins, 15), 1, 2 ** 20) }),
});
