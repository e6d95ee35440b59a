import { refuse } from '../../checks/options.js';
import { quoted } from '../../checks/shown.js';
import { bestScaling, type Scaling, scaledProbabilities } from '../../models/scaling.js';
import { score } from '../../models/score.js';
import { type ClassTarget, choicesOf, type Target } from '../target.js';
import { eachPart } from './cross_fitting.js';
import { type Estimate, meanOf } from './estimates.js';
import { rowsAt } from './predicted.js';
import { lossesOf, type Predicted } from './scores.js';

export interface CalibrationOptions {
  /**
   * Whether the probabilities of a network are calibrated if that lowers the log loss of held-out rows by more than chance explains.
   * For classes and the log loss. Default true.
   */
  readonly calibration?: boolean | undefined;
}

/** What this reads of the setting of a training. */
interface Calibratable {
  readonly target: string;
  readonly classes: object | undefined;
  readonly objective: { readonly loss?: string | undefined };
  readonly network: { readonly hidden: readonly number[]; readonly softmax?: string | undefined };
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` if the option is given, but there is nothing to calibrate. */
export function checkCalibration(where: string, setting: Calibratable, { calibration }: CalibrationOptions): void {
  const { target, classes, objective, network } = setting;
  if (calibration === undefined) return;
  refuse([
    [!classes, `${where}: calibration is for classes, but the target ${quoted(target)} is a number`],
    [objective.loss === 'focal', `${where}: calibration is for the log loss; leave out calibration or loss: "focal"`],
    [
      network.softmax === 'hierarchical' && calibration,
      `${where}: the decisions of softmax: "hierarchical" can't be calibrated; leave out calibration`,
    ],
    [network.hidden.length === 0, `${where}: calibration is for networks, but hidden: [] is a linear model`],
  ]);
}

/** Whether the predicted probabilities are calibrated, as `train` reports it. */
export interface CalibrationReport {
  /** Whether calibration lowers the log loss of held-out rows by more than chance explains. Only then the model has it. */
  readonly calibrated: boolean;
  /** How calibration scales logits: slope·z + intercept. A slope below 1 says that the model is too sure. */
  readonly slope: number;
  readonly intercept: number;
  /** How much smaller the log loss of a held-out row is with a calibration that was found without its part of the rows. */
  readonly gain: Estimate;
  /**
   * Expected calibration error on held-out rows, without calibration and with it: how far predicted probabilities are from
   * the share of rows that have the class, on average.
   */
  readonly errorWithout: number;
  readonly errorWith: number;
}

/** Held-out predictions, calibrated if that helps. */
export interface Calibrated {
  readonly predicted: Predicted;
  readonly report?: CalibrationReport;
  /** The calibration that the model needs. */
  readonly scaling?: Scaling;
}

/** Beyond this probability, logits are cut off. */
const nearest = 1e-12;

/** The logit of the second of two classes for each row, or the logarithms of the probabilities of several. */
function logitsOf({ predictions, truths }: Predicted, width: number): Float64Array {
  const logarithm = (p: number) => Math.log(Math.max(p, nearest));
  if (width > 2) return predictions.map(logarithm);
  return truths.map((_, row) => logarithm(predictions[2 * row + 1]!) - logarithm(predictions[2 * row]!));
}

const fitTo = (rows: Predicted, width: number): Scaling | undefined =>
  bestScaling(logitsOf(rows, width), width === 2 ? 1 : width, rows.truths, rows.weights);

const scaled = (rows: Predicted, width: number, scaling: Scaling): Float64Array =>
  scaledProbabilities(logitsOf(rows, width), width, scaling);

/**
 * Calibrates held-out predictions, each part of the rows by the others. The calibration is kept if that lowers the log loss by more
 * than chance explains; then the model's own one is fitted to all held-out rows.
 *
 * @param parts The part of each row.
 */
export function calibrated(target: Target, rows: Predicted, parts: Uint32Array): Calibrated {
  // The probabilities of a focal loss are no softmax of logits that a layer could scale.
  if (target.task === 'regression' || target.loss === 'focal') return { predicted: rows };
  const width = target.classes.length;
  const scaling = fitTo(rows, width);
  if (!scaling) return { predicted: rows };
  const predictions = rows.predictions.slice();
  for (const { own, others } of eachPart(parts)) {
    const ofOthers = fitTo(rowsAt(rows, width, others), width);
    if (!ofOthers) continue;
    const ofPart = scaled(rowsAt(rows, width, own), width, ofOthers);
    for (const [i, row] of own.entries()) predictions.set(ofPart.subarray(i * width, (i + 1) * width), row * width);
  }
  const after: Predicted = { ...rows, predictions, decided: choicesOf(target, predictions) };
  const losses = lossesOf(target, after);
  const gain = meanOf(
    lossesOf(target, rows).map((loss, row) => loss - losses[row]!),
    rows,
  );
  const isBetter = gain.low > 0;
  const report: CalibrationReport = {
    calibrated: isBetter,
    ...scaling,
    gain,
    errorWithout: calibrationError(target, rows),
    errorWith: calibrationError(target, after),
  };
  return isBetter ? { predicted: after, report, scaling } : { predicted: rows, report };
}

function calibrationError({ classes }: ClassTarget, { predictions, truths, weights }: Predicted): number {
  const width = classes.length;
  if (width > 2) return score('calibrationError', predictions, truths, { columns: width, weights });
  return score(
    'calibrationError',
    truths.map((_, row) => predictions[2 * row + 1]!),
    truths,
    { weights },
  );
}

/**
 * The scale of a network's outputs, and what is then added to each, for calibrated probabilities. The outputs contain the logarithms
 * of the weights of classes, which are not scaled.
 */
export function outputScaling(
  { classes, weights }: ClassTarget,
  { slope, intercept }: Scaling,
): { scale: number; shifts: number[] } {
  const logarithms = weights?.map(Math.log) ?? classes.map(() => 0);
  if (classes.length === 2)
    return { scale: slope, shifts: [intercept + (1 - slope) * (logarithms[1]! - logarithms[0]!)] };
  return { scale: slope, shifts: logarithms.map((logarithm) => (1 - slope) * logarithm) };
}
