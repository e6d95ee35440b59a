import type { FloatArray } from '../../addon/index.js';
import { newArray } from '../../errors.js';
import type { Reading } from '../../models/probabilities.js';
import type { Target } from '../target.js';
import type { Prediction } from './head.js';
import { headOf } from './heads.js';

/** How outputs are read that are numbers, or no calibrated logits. */
export const unread: Reading = { by: 'logistic', calibration: { slope: 1, intercept: 0 }, done: undefined };

/** The number of outputs for some targets. */
export const outputsOf = (targets: readonly Target[]): number =>
  targets.reduce((sum, target) => sum + headOf(target).outputs, 0);

/** The predictions that outputs of a network stand for: of several targets, objects by their names. */
export function predictionsOf(targets: readonly Target[], outputs: FloatArray): Prediction[] {
  const ofTargets = split(targets, outputs).map((part, i) => headOf(targets[i]!).predictions(part));
  if (targets.length === 1) return ofTargets[0]!;
  return ofTargets[0]!.map((_, row) =>
    Object.fromEntries(targets.map(({ column }, i) => [column, ofTargets[i]![row]!])),
  ) as Prediction[];
}

/** The readings of several targets, row by row. */
export function readingsOfSeveral(targets: readonly Target[], outputs: FloatArray): Float64Array {
  const rows = outputs.length / outputsOf(targets);
  const parts = split(targets, outputs).map((part, i) => {
    const head = headOf(targets[i]!);
    return { width: head.width, read: head.read(part, { ...unread, by: head.outputs === 1 ? 'logistic' : 'softmax' }) };
  });
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const all = newArray(Float64Array, rows * width);
  let from = 0;
  for (const part of parts) {
    for (let row = 0; row < rows; ++row)
      all.set(part.read.subarray(row * part.width, (row + 1) * part.width), row * width + from);
    from += part.width;
  }
  return all;
}

/** The outputs of each target. */
function split(targets: readonly Target[], outputs: FloatArray): FloatArray[] {
  if (targets.length === 1) return [outputs];
  const width = outputsOf(targets);
  let end = 0;
  return targets.map((target) => {
    const begin = end;
    end += headOf(target).outputs;
    return outputs.filter((_, i) => i % width >= begin && i % width < end);
  });
}
