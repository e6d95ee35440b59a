import type { FloatType } from '../addon/index.js';
import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import type { Dataset } from '../data/dataset.js';
import { dense } from '../layers/dense.js';
import type { BlockShape } from '../models/inputs.js';
import { type Network, network } from './network.js';

export interface LinearModelOptions {
  /** Inputs: a number of columns, `{ sparse: columns }`, or a dataset, for inputs like its own. */
  inputs: BlockShape | Dataset;
  /** Number of outputs. Default 1. */
  outputs?: number | undefined;
  /** Whether the model has biases b. Default true. */
  bias?: boolean | undefined;
  /** Type of the parameters and of all arithmetic. Default `'float32'`. */
  type?: FloatType | undefined;
}

/**
 * A linear model y = x·W + b, which starts from zeros: linear regression under the loss `squared`, logistic regression
 * under `logistic` or `crossEntropy`, a support vector machine under `hinge`.
 *
 * @example
 * const model = linear({ inputs: { sparse: 2 ** 18 } });
 * await model.fit(clicks, { loss: 'logistic', optimizer: ftrl({ learningRate: 0.1, l1: 1 }), batchSize: 1 });
 */
export function linear(options: LinearModelOptions): Network {
  checkOptions('linear', options, ['inputs', 'outputs', 'bias', 'type']);
  const outputs = checkInteger('outputs', orDefault(options.outputs, 1), 1, 2 ** 31 - 1);
  const bias = checkBoolean('bias', orDefault(options.bias, true));
  return network({
    inputs: options.inputs,
    layers: [dense(outputs, { bias, initializer: 'zeros' })],
    type: options.type,
  });
}
