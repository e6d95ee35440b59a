import { normal, range } from './numbers';
import type { PlacedTensor } from './reference_model';

type Evaluate = () => { loss: number; gradient: ArrayLike<number> };

/** How a loss changes along a direction. */
export interface Slope {
  /** As a central difference says. */
  difference: number;
  /** As the gradient says. */
  derivative: number;
  /**
   * How far the derivative is from the mean of those on both sides, twice. With that gradient, the central difference
   * is off by a sixth of it where the loss is smooth, and by up to half of it where the slope jumps.
   */
  unevenness: number;
}

/** Moves `point`, which `evaluate` reads, and puts it back. */
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

/** How far a tensor's gradient is from what differences say, relative to its size. */
export interface GradientError {
  name: string;
  error: number;
  /** Else there is a kink nearby, and the error says nothing. */
  isEven: boolean;
}

/**
 * Compares gradient and differences for each tensor, along a direction in it that is drawn. Kinks (of relu, of a
 * maximum, of losses) are told by the unevenness, not by the error: a gradient that is wrong is not for that uneven.
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
      const scale = Math.max(size, 0.01 * Math.max(1, Math.abs(loss))); // of less, rounding errors take too large a part
      return { name, error: Math.abs(difference - derivative) / scale, isEven: unevenness < 3e-8 * scale };
    });
}
