/** How a function changes along a direction. */
export interface Slope {
  /** As a central difference says. */
  difference: number;
  /** As the gradient says. */
  derivative: number;
  /**
   * How far the derivatives on both sides are from having the one between as their mean. The central difference of a
   * function with this gradient is off by a sixth of that where the function is smooth, by up to half of it where its
   * slope jumps.
   */
  unevenness: number;
}

/** Moves `point`, which `evaluate` reads, and puts it back. */
export function slopeAlong(
  direction: ArrayLike<number>,
  point: Float64Array,
  evaluate: () => { loss: number; gradient: ArrayLike<number> },
  step = 1e-5,
): Slope {
  const start = point.slice();
  const [before, here, after] = [-step, 0, step].map((length) => {
    for (let i = 0; i < point.length; ++i) point[i] = start[i]! + length * direction[i]!;
    const { loss, gradient } = evaluate();
    return { loss, derivative: dot(gradient, direction) };
  }) as [Sample, Sample, Sample];
  point.set(start);
  return {
    difference: (after.loss - before.loss) / (2 * step),
    derivative: here.derivative,
    unevenness: Math.abs(before.derivative - 2 * here.derivative + after.derivative),
  };
}

interface Sample {
  loss: number;
  derivative: number;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; ++i) sum += a[i]! * b[i]!;
  return sum;
}
