import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import type { Dataset } from '../data/dataset.js';
import { checkDataset, nativeDataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import { checkLoss } from '../losses/loss.js';
import { type Calibration, keepCalibration, type ProbabilityFunction } from './calibration.js';
import { type Model, nativeNetwork } from './model.js';
import { checkProbabilityFunction, lastFunction } from './probabilities.js';

export interface CalibrateOptions {
  /**
   * - `'temperature'`: p = softmax(z/T), or σ(z/T). Decisions stay as they are. (Guo et al. 2017,
   *   https://arxiv.org/abs/1706.04599)
   * - `'platt'`: p = σ(a·z + b), for models of one output: logits, or margins of a hinge loss. (Platt 1999)
   *
   * Default `'temperature'`.
   */
  method?: 'temperature' | 'platt' | undefined;
  /** What turns outputs into probabilities. Default: `'logistic'` for one output, `'softmax'` for several. */
  by?: ProbabilityFunction | undefined;
}

/**
 * Calibrates a model's probabilities: finds how its outputs are read as logits so that the log loss is least over data
 * on which the model has not been trained. The model keeps it for `predictProbabilities`, `predictClasses` and the
 * metrics of `evaluate`, until it is trained again, and saves it in its file. The outputs of `predict` and the loss
 * stay as they are.
 *
 * `'temperature'` is computed to the last digits, by Newton's method within a bracket. `'platt'` has Platt's targets
 * (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2) instead of 1 and 0, with the summed weights N of rows, as scikit-learn's
 * `CalibratedClassifierCV(method='sigmoid')`. The outputs of all rows are in memory meanwhile.
 *
 * @param data Rows with targets of 0 and 1, or class numbers; weights count.
 * @throws TypeError, RangeError for options or data that don't fit; RangeError `ERR_OUT_OF_RANGE` if no temperature is
 *   best, because the outputs are no better than chance or never wrong; GlissadeError `ERR_BUSY` during a run of the
 *   model.
 */
export function calibrate(model: Model, data: Dataset, options: CalibrateOptions = {}): Calibration {
  const network = nativeNetwork(model);
  checkOptions('calibrate', options, ['method', 'by']);
  const method = checkOneOf('method', orDefault(options.method, 'temperature'), ['temperature', 'platt']);
  const by = checkProbabilityFunction(model, options.by);
  if (lastFunction(model) === 'logistic')
    throw errorWith('ERR_INVALID_ARGUMENT', 'calibrate: the last layer is a sigmoid; calibration needs its logits');
  const native = nativeDataset(checkDataset('the data', data, model.inputs));
  network.checkIdle();
  const loss = checkLoss(by === 'softmax' ? 'crossEntropy' : 'logistic');
  const { metrics } = network.evaluate(native, loss, false, 'full', [{ name: method, as: method }]);
  const [slope, intercept] = metrics![0] as [number, number];
  if (!Number.isFinite(slope) || !Number.isFinite(intercept) || (method === 'temperature' && slope === 0))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      slope === 0
        ? 'calibrate: the outputs are no better than chance on these data, so no temperature is best'
        : 'calibrate: no temperature is best on these data: the outputs are never wrong, or not finite',
    );
  const calibration = { method, by, slope, intercept } as const;
  keepCalibration(model, calibration);
  return calibration;
}
