import { normal, range } from './numbers';
import type { PlacedTensor } from './reference_model';

type Evaluate = () => { loss: number; gradient: ArrayLike<number> };

/** The slope of a loss along a direction. */
export interface Slope {
  /** From a central difference. */
  difference: number;
  /** From the gradient. */
  derivative: number;
  /**
   * Twice the distance of the derivative from the mean of those on both sides. If the gradient is right, it differs
   * from the central difference by a sixth of this where the loss is smooth, and by up to half of it where the slope
   * jumps.
   */
  unevenness: number;
}

/** Measures the slope. Moves `point`, which `evaluate` reads, and restores it. */
export function slopeAlong(direction: ArrayLike<number>, point: Float64Array, evaluate: Evaluate): Slope {
  const step = 1e-5;
  const start = point.slice();
  const [before, here, after] = [-step, 0, step].map((length) => {
    point.set(start.map((x, i) => x + length * direction[i]!));
    const { loss, gradient } = evaluate();
    return { loss, derivative: range(start.length).reduce((sum, i) => sum + gradient[i]! * direction[i]!, 0) };
  });
  point.set(start);
  return {
    difference: (after!.loss - before!.loss) / (2 * step),
    derivative: here!.derivative,
    unevenness: Math.abs(before!.derivative - 2 * here!.derivative + after!.derivative),
  };
}

/** The difference of a tensor's gradient from central differences, relative to its norm. */
export interface GradientError {
  name: string;
  error: number;
  /** False near a kink, where the error means nothing. */
  isEven: boolean;
}

/**
 * Compares gradient and central differences for each tensor, along a random direction. Kinks (of relu, of a maximum, of
 * losses) are recognised by the unevenness, which a wrong gradient does not cause.
 */
export function gradientErrors(
  tensors: PlacedTensor[],
  parameters: Float64Array,
  evaluate: Evaluate,
  seed: number,
): GradientError[] {
  const { loss, gradient } = evaluate();
  const number = normal(seed);
  return tensors
    .filter(({ isTrained }) => isTrained)
    .map(({ name, offset, length }) => {
      const direction = new Float64Array(parameters.length);
      for (const i of range(length)) direction[offset + i] = number() / Math.sqrt(length);
      const { difference, derivative, unevenness } = slopeAlong(direction, parameters, evaluate);
      const size = Math.hypot(...range(length).map((i) => gradient[offset + i]!));
      const scale = Math.max(size, 0.01 * Math.max(1, Math.abs(loss))); // below, rounding errors dominate
      return { name, error: Math.abs(difference - derivative) / scale, isEven: unevenness < 3e-8 * scale };
    });
}
