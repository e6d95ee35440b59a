import type { FloatArray } from '../addon/index.js';
import { errorWith } from '../errors.js';
import type { LossBatch } from './loss_batch.js';

const { abs, max } = Math;

/** The most outputs that are compared. */
const mostCompared = 32;

/**
 * Compares the gradient of a loss with differences of its value, for some outputs of a minibatch. Where the loss has a
 * kink, any slope between those of its two sides is accepted.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names an output at which they differ, or if `value` writes to outputs.
 */
export function checkGradient(
  value: (batch: LossBatch) => number,
  fillGradient: (batch: LossBatch, gradient: FloatArray) => void,
  batch: LossBatch,
): void {
  const { outputs, columns } = batch;
  const copyWith = (index: number, output: number): LossBatch => {
    const copy = {
      ...batch,
      outputs: outputs.slice(),
      targets: batch.targets.slice(),
      weights: batch.weights?.slice(),
    };
    copy.outputs[index] = output;
    return copy;
  };
  const first = copyWith(0, outputs[0]!);
  const middle = value(first);
  if (first.outputs.some((z, i) => !Object.is(z, outputs[i])))
    throw errorWith('ERR_INVALID_ARGUMENT', 'losses.custom: value writes to batch.outputs; it must copy them first');
  const gradient = outputs.map(() => 0);
  fillGradient(copyWith(0, outputs[0]!), gradient);
  const accuracy = outputs instanceof Float64Array ? 1e-12 : 2e-7; // of values
  for (const i of someOf(outputs.length)) {
    const step = max(1, abs(outputs[i]!)) / 32;
    const [far, near] = [step, step / 2].map((distance) => slopesAt(i, distance));
    // Errors of the differences: from higher derivatives, from rounding, and from a kink, where the gap between the
    // slopes of the two sides does not shrink with the step.
    const curved = abs(near!.central - far!.central);
    const kink = max(0, 2 * near!.gap - far!.gap);
    const rounding = (accuracy * abs(middle)) / step;
    const slope = (4 * near!.central - far!.central) / 3; // Richardson's extrapolation
    const bound = 1e-3 * max(abs(gradient[i]!), abs(slope)) + curved + kink + 4 * rounding;
    if (Number.isFinite(bound - slope) || (Number.isNaN(gradient[i]) && Number.isFinite(slope)))
      if (!(abs(gradient[i]! - slope) <= bound))
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `losses.custom: gradient[${i}] (row ${Math.floor(i / columns)}, column ${i % columns}) is ${gradient[i]}, but differences of value give ${Number(slope.toPrecision(6))}. If that is intended, set check: false`,
        );
  }

  /** The slope between two points at a distance on both sides, and the gap between the slopes to each. */
  function slopesAt(index: number, distance: number): { central: number; gap: number } {
    const [below, above] = [-distance, distance].map((shift) => {
      const moved = copyWith(index, outputs[index]! + shift);
      const by = moved.outputs[index]! - outputs[index]!; // as it was, rounded
      return { by, rise: value(moved) - middle };
    });
    const gap = abs(above!.rise / above!.by - below!.rise / below!.by);
    return { central: (above!.rise - below!.rise) / (above!.by - below!.by), gap };
  }
}

/** Some indices below `count`, spread over rows and columns by the golden ratio; all of them if they are few. */
function someOf(count: number): number[] {
  if (count <= mostCompared) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: mostCompared }, (_, k) => Math.floor(count * ((k * 0.6180339887) % 1)));
}
