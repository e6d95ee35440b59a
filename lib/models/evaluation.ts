import type { NativeNetwork } from '../addon/index.js';
import { checkOptions, orDefault } from '../checks/options.js';
import { checkDataset, checkShard, type Dataset, nativeDataset } from '../data/dataset.js';
import { checkRanks, nativeCommunicator } from '../distributed/ranks.js';
import { noteIfShared } from '../distributed/shared_errors.js';
import type { Layer } from '../layers/layer.js';
import { computeOf } from '../losses/custom.js';
import { checkLoss } from '../losses/loss.js';
import { checkMetrics, type MetricLike } from '../metrics/metric.js';
import { type ScoresOf, scoresOf } from '../metrics/scores.js';
import { calibrationUnder } from './calibration.js';
import { checkLastLayer } from './last_layer.js';
import type { EvaluateOptions } from './options.js';
import { checkPrecision } from './precision.js';
import { type Shared, sharedBy } from './ranks.js';

/** `evaluate` of a model. */
export function evaluation<const M extends readonly MetricLike[]>(
  model: Shared & { readonly inputs: number; readonly layers: readonly Layer[] },
  native: NativeNetwork,
  data: Dataset,
  options: EvaluateOptions<M>,
): ScoresOf<M> {
  checkOptions('evaluate', options, ['loss', 'metrics', 'precision', 'ranks']);
  const ranks = checkRanks(options.ranks);
  const loss = checkLoss(options.loss);
  checkLastLayer(model.layers, loss);
  const calibration = calibrationUnder(model, loss.name);
  const list = checkMetrics(orDefault<readonly MetricLike[]>(options.metrics, []), loss, calibration);
  const precision = checkPrecision(options.precision);
  const rows = nativeDataset(checkShard(checkDataset('the data', data, model.inputs), ranks));
  const { accuracy, apart } = list;
  const custom = computeOf(loss);
  const communicator = ranks && nativeCommunicator(ranks);
  const identity =
    ranks && JSON.stringify({ evaluate: { loss, metrics: apart, precision }, ...sharedBy(model, ranks, data) });
  try {
    const found = native.evaluate(rows, loss, accuracy, precision, apart, calibration, custom, communicator, identity);
    return scoresOf<M>(list, found);
  } catch (error) {
    throw ranks ? noteIfShared(error) : error;
  }
}
