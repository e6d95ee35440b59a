import { checkOneOf, checkOptions } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import type { Loss } from '../losses/loss.js';
import { defineExtra } from './extras.js';

/** What turns outputs into probabilities: softmax over the classes, or σ of each output. */
export type ProbabilityFunction = 'softmax' | 'logistic';

/** How a model's outputs z are read as logits: slope·z + intercept. */
export interface Calibration {
  readonly method: 'temperature' | 'platt';
  /** The function that turns these logits into probabilities. */
  readonly by: ProbabilityFunction;
  /** With `'temperature'`, 1/T. */
  readonly slope: number;
  /** 0 with `'temperature'`. */
  readonly intercept: number;
}

const calibrations = new WeakMap<object, Calibration>();

export const calibrationOf = (model: object): Calibration | undefined => calibrations.get(model);

export function keepCalibration(model: object, calibration: Calibration): void {
  calibrations.set(model, Object.freeze(calibration));
}

/** Forgets the calibration of a model, whose outputs change when it is trained. */
export function forgetCalibration(model: object): void {
  calibrations.delete(model);
}

defineExtra('calibration', {
  toJSON: calibrationOf,
  from(model, json) {
    if (json === undefined) return forgetCalibration(model);
    checkOptions('calibration', json as Calibration, ['method', 'by', 'slope', 'intercept']);
    const { method, by, slope, intercept } = json as Calibration;
    keepCalibration(model, {
      method: checkOneOf('method', method, ['temperature', 'platt']),
      by: checkOneOf('by', by, ['softmax', 'logistic']),
      slope: checkNumber('slope', slope, finite),
      intercept: checkNumber('intercept', intercept, finite),
    });
  },
});

const functionsUnder: Partial<Record<Loss['name'], readonly ProbabilityFunction[]>> = {
  crossEntropy: ['softmax'],
  logistic: ['logistic'],
  focal: ['softmax', 'logistic'],
};

/** The calibration of a model for the logits of a loss. */
export function calibrationUnder(model: object, loss: Loss['name']): Calibration | undefined {
  const calibration = calibrationOf(model);
  return calibration && functionsUnder[loss]?.includes(calibration.by) ? calibration : undefined;
}
