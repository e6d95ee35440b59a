import type { FloatArray, FloatType } from '../addon/index.js';
import type { Ranks } from '../distributed/ranks.js';
import type { Layer } from '../layers/layer.js';
import type { LossLike } from '../losses/loss.js';
import type { MetricLike } from '../metrics/metric.js';
import type { ProbabilityFunction } from './calibration.js';
import type { InputShape } from './inputs.js';
import type { Precision } from './precision.js';

export interface NetworkOptions {
  /**
   * The inputs: a number of columns; images, as `{ height: 28, width: 28 }`, each row [height, width, channels]; sparse
   * columns, as `{ sparse: 2 ** 18 }`; categories, as `{ categories: [50, 200] }`; several of these by the names of a
   * dataset's blocks; or a dataset, for inputs like its own.
   */
  inputs: InputShape;
  /** The layers in order, the first on the inputs. */
  layers: readonly Layer[];
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
  /** Type of the parameters and of all arithmetic. Default `'float32'`. */
  type?: FloatType | undefined;
}

/** A named parameter: a live view of {@link Network.parameters}, row-major. */
export interface NamedTensor {
  readonly data: FloatArray;
  readonly shape: readonly number[];
}

export interface EvaluateOptions<M extends readonly MetricLike[] = readonly MetricLike[]> {
  /** The loss: a name, or a loss with options, as `losses.huber({ delta: 2 })`. */
  loss: LossLike;
  /** Metrics to report beside the loss: names, or metrics with options, as `metrics.topK({ k: 5 })`. Default none. */
  metrics?: M | undefined;
  /** Precision of matrix products. Default `'full'`. */
  precision?: Precision | undefined;
  /**
   * The ranks that share the work. Each calls this with the same model, data and options, and gets the scores of the
   * whole. Default: this process alone.
   */
  ranks?: Ranks | undefined;
}

export interface DerivativeOptions {
  /** The loss: a name, or a loss with options. Not `losses.custom`. */
  loss: LossLike;
  /**
   * Whether the network runs as in training: all rows make one minibatch, batchNorm uses its statistics, and dropout
   * drops. Otherwise it runs as in {@link Network.evaluate}, on a few rows at a time. Default false.
   */
  training?: boolean | undefined;
  /** Seed of dropout; only with `training: true`. Default 0. */
  seed?: number | undefined;
}

export interface LossGradient {
  /** The mean loss. */
  loss: number;
  /**
   * Derivatives of the mean loss with respect to `model.parameters`, in its order and type; 0 for batchNorm's
   * statistics.
   */
  gradient: FloatArray;
}

export interface VarianceOptions {
  /** The loss: a name, or a loss with options. Not `losses.custom`. */
  loss: LossLike;
}

/**
 * The variance of gradients. Arrays have the length, order and type of `model.parameters`; numbers for batchNorm's
 * statistics are 0.
 */
export interface GradientVariance extends LossGradient {
  /** The variance of each derivative over the examples. */
  variance: FloatArray;
  /** The sum of the variances, E‖gᵢ − ḡ‖²: the trace of the gradients' covariance. */
  total: number;
}

export interface OnnxOptions {
  /**
   * What turns the outputs into probabilities at the end of the graph: `'softmax'` for a network trained under
   * `crossEntropy`, `'logistic'` (1/(1 + e⁻ˣ) of each output) under `logistic`; of a calibrated model, calibrated ones.
   * Default: nothing; the graph returns what `predict` does.
   */
  probabilities?: ProbabilityFunction | undefined;
}

export interface AppendOptions extends OnnxOptions {
  /** Name of the encoder's output that the network reads. Default: the only one. */
  output?: string | undefined;
}

export interface PredictOptions {
  /** Factor of each input, for arrays; a dataset has its own. Default 1. */
  scale?: number | undefined;
  /** Precision of matrix products. Default `'full'`. */
  precision?: Precision | undefined;
  /**
   * The ranks that share the rows. Each calls this with the same model, data and options, and gets the outputs of all
   * rows. Default: this process alone.
   */
  ranks?: Ranks | undefined;
}

export interface ProbabilityOptions extends PredictOptions {
  /**
   * What turns outputs into probabilities. Default: the function of the calibration or of the last layer, else
   * `'logistic'` for one output and `'softmax'` for several.
   */
  by?: ProbabilityFunction | undefined;
}

export interface ClassOptions extends ProbabilityOptions {
  /**
   * p, in (0, 1): probabilities above it mean yes, or class 1 of two; see {@link thresholdFor}. Default 0.5.
   */
  threshold?: number | undefined;
}
