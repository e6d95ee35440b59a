import type { FloatArray } from '../addon/index.js';
import { runPosition } from '../addon/records.js';
import { type Dataset, nativeDataset, rowsOfAll, shardSizes } from '../data/dataset.js';
import type { StepCurvature } from './curvature_monitor.js';
import { otherTraining } from './other_training.js';

/** Numbers that identify a dataset. */
interface DataFingerprint {
  rows: number;
  columns: number;
  contents: number;
}

/**
 * Shards differ from rank to rank, and with the number of ranks, so only their total number of rows identifies them.
 */
export const fingerprintOf = (data: Dataset): DataFingerprint => ({
  rows: rowsOfAll(data),
  columns: data.columns,
  contents: shardSizes(data) ? 0 : nativeDataset(data).fingerprint(),
});

/** The options that a run's results depend on, by name, and its data. Plain JSON. */
export interface RunIdentity {
  options: Readonly<Record<string, unknown>>;
  data: DataFingerprint;
  validation: DataFingerprint | null;
}

export const identityOf = (
  options: RunIdentity['options'],
  data: Dataset,
  validation: Dataset | undefined,
): RunIdentity => ({
  options,
  data: fingerprintOf(data),
  validation: validation ? fingerprintOf(validation) : null,
});

/** A run in a trainer's file. */
export interface SavedRun extends RunIdentity {
  /** Reports of its epochs. */
  epochs: readonly object[];
  curvature: readonly StepCurvature[];
}

/** A run that was interrupted: from its file, and from the image. */
export interface Interrupted extends SavedRun {
  /** `runPosition` of lib/addon/records.ts. */
  position: Float64Array;
  /** Parameters of its best epoch, if they are kept. */
  best: FloatArray | undefined;
}

const otherRun = (difference: string): Error =>
  otherTraining(difference, 'to give up that run, call abandon() of the trainer');

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless a run is the one that was interrupted. */
export function checkSameRun(before: RunIdentity, now: RunIdentity): void {
  if ((before.validation === null) !== (now.validation === null))
    throw otherRun(
      `the run that was interrupted had ${before.validation ? 'a' : 'no'} validation, but this one has ${now.validation ? 'one' : 'none'}`,
    );
  for (const name of new Set([...Object.keys(before.options), ...Object.keys(now.options)])) {
    const [was, is] = [before.options[name], now.options[name]].map((value) => JSON.stringify(value) ?? 'not given');
    if (was !== is)
      throw otherRun(
        `the trainer continues the run that was interrupted, with ${name} ${was}, but ${name} is now ${is}`,
      );
  }
  checkSameData('training data', before.data, now.data);
  if (before.validation && now.validation) checkSameData('validation data', before.validation, now.validation);
}

function checkSameData(name: string, before: DataFingerprint, now: DataFingerprint): void {
  const of = 'those of the run that was interrupted';
  for (const side of ['rows', 'columns'] as const)
    if (before[side] !== now[side])
      throw otherRun(`the ${name} have ${now[side]} ${side}, but ${of} had ${before[side]}`);
  if (before.contents !== now.contents) throw otherRun(`the ${name} have other contents than ${of}`);
}

/** A run as JSON. */
export const savedJson = ({ options, data, validation, epochs, curvature }: SavedRun): string =>
  JSON.stringify({ options, data, validation, epochs, curvature }, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? { [numberKey]: String(value) } : value,
  );
const numberKey = 'number'; // for NaN and infinities, which JSON lacks

export const savedFrom = (json: string): SavedRun =>
  JSON.parse(json, (_, value) => (typeof value?.[numberKey] === 'string' ? Number(value[numberKey]) : value));

/** Number of epochs that a run has begun. */
export const epochsBegun = (position: Float64Array): number =>
  position[runPosition.at.epochsEnded]! + (position[runPosition.at.examplesTaken]! > 0 ? 1 : 0);

/** Whether a run of some epochs has nothing left to do. */
export const isFinished = (position: Float64Array, epochs: number, patience: number | undefined): boolean =>
  position[runPosition.at.epochsEnded]! >= epochs ||
  (patience !== undefined && position[runPosition.at.epochsWithoutImprovement]! >= patience);
