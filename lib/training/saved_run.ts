import { runPosition } from '../addon/records.js';
import { isArray, isPlainObject } from '../checks/kinds.js';
import { corrupt } from '../formats/safetensors.js';
import { type Interrupted, type SavedRun, savedFrom } from './interrupted.js';

type Numbers = Record<string, unknown>;

const isCount = (value: unknown, least = 0, most = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isFrom0 = (value: number): boolean => value >= 0 && value < Number.POSITIVE_INFINITY;

/**
 * The run in the metadata of a trainer's file.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` unless everything in it is of its type.
 */
export function runFrom(text: string): SavedRun {
  const run = parsed(text);
  if (!isPlainObject(run)) throw fault('its metadata are not valid');
  const { options, data, validation, epochs, curvature } = run as Numbers;
  if (!isPlainObject(options) || !isArray(epochs) || !isArray(curvature)) throw fault('its metadata are not valid');
  const { batchSize, epochs: count, curvatureMonitor } = options as Numbers;
  if (!isCount(batchSize, 1) || !isCount(count, 1)) throw fault('its options are not valid');
  if (curvatureMonitor !== undefined && !isCount((curvatureMonitor as Numbers | null)?.every, 1))
    throw fault('its options are not valid');
  if (!isFingerprint(data) || (validation !== null && !isFingerprint(validation)))
    throw fault('the fingerprints of its data are not valid');
  const isOfRun = (report: unknown) => isReport(report) && hasScores(report, validation);
  if (!epochs.every(isOfRun)) throw fault('its reports are not valid');
  const measured = ['step', 'learningRate', 'loss', 'squaredGradientNorm', 'gradientCurvature'];
  if (
    !curvature.every((report) => isPlainObject(report) && measured.every((key) => isNumber((report as Numbers)[key])))
  )
    throw fault('its reports of the curvature are not valid');
  return run as SavedRun;
}

function parsed(text: string): unknown {
  try {
    return savedFrom(text);
  } catch {
    throw fault('its metadata are not JSON');
  }
}

const isFingerprint = (data: unknown): boolean => {
  const { rows, columns, contents } = isPlainObject(data) ? (data as Numbers) : {};
  return isCount(rows, 1) && isCount(columns, 1) && isCount(contents);
};

function isReport(report: unknown): report is Numbers {
  if (!isPlainObject(report) || 'model' in report) return false;
  const { epoch, steps, loss, learningRate, seconds, examplesPerSecond, accuracy, skipped } = report as Numbers;
  return (
    isCount(epoch, 1) &&
    isCount(steps) &&
    [loss, learningRate, seconds, examplesPerSecond].every(isNumber) &&
    (accuracy === undefined || isNumber(accuracy)) &&
    (skipped === undefined || isCount(skipped))
  );
}

/** Whether a report has scores of a validation if its run has one. */
const hasScores = ({ validation: scores }: Numbers, validation: unknown): boolean =>
  validation === null ? scores === undefined : isPlainObject(scores) && isNumber((scores as Numbers).loss);

/**
 * Checks that a run can stand at its position. The addon checks only that its numbers are in range.
 *
 * @param trainer Its steps, and the epochs that it had begun before the run.
 * @throws GlissadeError `ERR_CORRUPT_FILE`
 */
export function checkPosition(
  { options, data, epochs: reports, position, best }: Interrupted,
  trainer: { steps: number; epochs: number },
): void {
  const at = Object.fromEntries(
    Object.entries(runPosition.at).map(([name, index]) => [name, position[index]!]),
  ) as Record<keyof typeof runPosition.at, number>;
  const { batchSize, epochs, curvatureMonitor } = options as {
    batchSize: number;
    epochs: number;
    curvatureMonitor?: { every: number };
  };
  const hasBest = at.bestEpoch !== 0;
  const since = hasBest ? trainer.epochs + at.epochsEnded - at.bestEpoch : at.epochsEnded;
  const isPossible: Record<keyof typeof runPosition.at, boolean> = {
    epochsEnded: at.epochsEnded === reports.length && at.epochsEnded <= epochs,
    examplesTaken:
      isCount(at.examplesTaken, 0, at.epochsEnded < epochs ? data.rows : 0) &&
      (at.examplesTaken % batchSize === 0 || at.examplesTaken === data.rows),
    steps: isCount(at.steps, 0, trainer.steps),
    loss: !Number.isNaN(at.loss),
    lossWeight: isFrom0(at.lossWeight),
    correct: isFrom0(at.correct),
    weight: isFrom0(at.weight),
    examplesCounted: isCount(at.examplesCounted, 0, at.examplesTaken),
    seconds: isFrom0(at.seconds),
    haveRowsCaughtUp: isCount(at.haveRowsCaughtUp, 0, 1),
    probeDueAt: isCount(at.probeDueAt, 0, curvatureMonitor ? trainer.steps + curvatureMonitor.every : 0),
    bestValue: Number.isFinite(at.bestValue),
    bestEpoch: isCount(at.bestEpoch, hasBest ? trainer.epochs + 1 : 0, trainer.epochs + at.epochsEnded),
    bestSteps: isCount(at.bestSteps, 0, hasBest ? trainer.steps : 0),
    epochsWithoutImprovement: at.epochsWithoutImprovement === since,
    elapsedSeconds: isFrom0(at.elapsedSeconds),
  };
  for (const [name, fits] of Object.entries(isPossible)) if (!fits) throw fault(`its ${name} is impossible`);
  for (const [i, report] of reports.entries())
    if ((report as Numbers).epoch !== trainer.epochs + i + 1) throw fault('its reports are not those of its epochs');
  if (best?.some((value: number) => !Number.isFinite(value)))
    throw fault('the parameters of its best epoch are not finite');
}

const fault = (what: string): Error => corrupt(`the run that was interrupted: ${what}`);
