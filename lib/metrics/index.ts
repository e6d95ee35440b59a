export {
  type AverageOptions,
  accuracy,
  auc,
  averagePrecision,
  balancedAccuracy,
  type CalibrationErrorOptions,
  calibrationError,
  confusionMatrix,
  f1,
  logLoss,
  precision,
  recall,
  type ThresholdOptions,
  type TopKOptions,
  topK,
} from './classes.js';
export { meanAbsoluteError, type QuantileLossOptions, quantileLoss, r2, rootMeanSquaredError } from './numbers.js';
