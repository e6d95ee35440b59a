import type { FloatArray } from '../addon/index.js';
import { checkOneOf, orDefault } from '../checks/options.js';
import { checkNumber, openInterval } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import type { Probabilities } from '../onnx/contents.js';
import { type Calibration, calibrationOf, type ProbabilityFunction } from './calibration.js';
import type { OnnxOptions } from './options.js';

/** What this reads of a model. */
interface Classifier {
  readonly outputs: number;
  readonly layers: readonly Layer[];
}

/** How a model's outputs are turned into probabilities. */
export interface Reading {
  by: ProbabilityFunction;
  calibration: Pick<Calibration, 'slope' | 'intercept'>;
  /** The function that the outputs have already passed. */
  done: ProbabilityFunction | undefined;
}

const uncalibrated = { slope: 1, intercept: 0 };

/** The function that the last layer applies, if its results are probabilities. */
export function lastFunction({ layers }: Classifier): ProbabilityFunction | undefined {
  const last = layers.at(-1) as { kind: string; activation?: string };
  if (last.kind === 'softmax') return 'softmax';
  return last.activation === 'sigmoid' ? 'logistic' : undefined;
}

/**
 * Reads the option `by`. Its default is the function of the calibration, else of the last layer, else `'logistic'` for
 * one output and `'softmax'` for several.
 *
 * @throws TypeError for another function than that of the calibration or the last layer.
 */
export function checkProbabilityFunction(model: Classifier, given: unknown): ProbabilityFunction {
  const [calibrated, last] = [calibrationOf(model)?.by, lastFunction(model)];
  const usual = calibrated ?? last ?? (model.outputs === 1 ? 'logistic' : 'softmax');
  const by = checkOneOf('by', orDefault(given, usual), ['softmax', 'logistic']);
  if (calibrated !== undefined && by !== calibrated)
    throw errorWith('ERR_INVALID_ARGUMENT', `by "${by}": the model is calibrated for "${calibrated}"`);
  if (last !== undefined && by !== last)
    throw errorWith('ERR_INVALID_ARGUMENT', `by "${by}": the last layer already is "${last}"`);
  if (by === 'softmax' && model.outputs === 1)
    throw errorWith('ERR_INVALID_ARGUMENT', 'by "softmax": the model has one output, whose softmax is always 1');
  return by;
}

export function readingOf(model: Classifier, by: unknown): Reading {
  return {
    by: checkProbabilityFunction(model, by),
    calibration: calibrationOf(model) ?? uncalibrated,
    done: lastFunction(model),
  };
}

/** Turns rows of outputs into probabilities, in place. Each is computed in double precision and rounded once. */
export function toProbabilities(outputs: FloatArray, columns: number, { by, calibration, done }: Reading): FloatArray {
  const { slope, intercept } = calibration;
  if (done !== undefined && slope === 1 && intercept === 0) return outputs;
  if (by === 'logistic') {
    for (let k = 0; k < outputs.length; ++k) outputs[k] = logistic(slope * outputs[k]! + intercept);
    return outputs;
  }
  const row = new Float64Array(columns);
  for (let begin = 0; begin < outputs.length; begin += columns) {
    // The logarithms of a softmax are its logits less a constant, which softmax ignores.
    for (let j = 0; j < columns; ++j)
      row[j] = slope * (done === 'softmax' ? Math.log(outputs[begin + j]!) : outputs[begin + j]!);
    softmax(row);
    outputs.set(row, begin);
  }
  return outputs;
}

function logistic(z: number): number {
  const e = Math.exp(-Math.abs(z));
  return (z < 0 ? e : 1) / (1 + e);
}

function softmax(row: Float64Array): void {
  let top = -Infinity;
  for (const z of row) if (!(z <= top)) top = z;
  let sum = 0;
  for (let j = 0; j < row.length; ++j) sum += row[j] = Math.exp(row[j]! - top);
  for (let j = 0; j < row.length; ++j) row[j]! /= sum;
}

/** @throws TypeError, RangeError for a threshold that is not a probability, or if there are more than two classes. */
export function checkThreshold(given: unknown, columns: number, by: ProbabilityFunction): number | undefined {
  if (given === undefined) return undefined;
  if (by === 'softmax' && columns !== 2)
    throw errorWith('ERR_INVALID_ARGUMENT', `threshold: there are ${columns} classes; a threshold is for two`);
  return checkNumber('threshold', given, openInterval(0, 1));
}

/**
 * The decisions that follow from rows of outputs: for softmax, the class of each row; otherwise, for each output, 1 for
 * yes and 0 for no. Without a threshold, the more probable one; of equal ones, the first class, and no.
 */
export function toClasses(
  outputs: FloatArray,
  columns: number,
  { by, calibration: { slope, intercept }, done }: Reading,
  threshold = 0.5,
): Uint32Array {
  const limit = Math.log(threshold / (1 - threshold));
  if (by === 'logistic' && done === 'logistic') return Uint32Array.from(outputs, (p) => Number(p > threshold));
  if (by === 'logistic') return Uint32Array.from(outputs, (z) => Number(slope * z + intercept > limit));
  const logit = done === 'softmax' ? Math.log : (z: number) => z;
  return Uint32Array.from({ length: outputs.length / columns }, (_, i) => {
    const row = outputs.subarray(i * columns, (i + 1) * columns);
    if (columns === 2) return Number(slope * (logit(row[1]!) - logit(row[0]!)) > limit);
    let at = 0;
    for (let j = 1; j < columns; ++j) if (row[j]! > row[at]!) at = j;
    return at;
  });
}

/** How an ONNX graph turns outputs into probabilities, as `predictProbabilities` does. */
export function graphProbabilities(
  where: string,
  model: object,
  { probabilities }: OnnxOptions,
): Probabilities | undefined {
  if (probabilities === undefined) return undefined;
  const by = checkOneOf('probabilities', probabilities, ['softmax', 'logistic']);
  const calibration = calibrationOf(model);
  if (calibration === undefined) return { by, ...uncalibrated };
  if (calibration.by !== by)
    throw errorWith('ERR_INVALID_ARGUMENT', `${where}: the model is calibrated for probabilities: "${calibration.by}"`);
  return calibration;
}
