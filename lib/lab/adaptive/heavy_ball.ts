/**
 * The heavy ball (Polyak 1964) in PyTorch's form, b ← αb + ∇R(θ), θ ← θ − ηb, on a quadratic. Along a direction of
 * curvature λ it is the recursion θ(t+1) = (1 + α − ηλ)·θ(t) − α·θ(t−1), whose roots obey z² − (1 + α − ηλ)z + α = 0.
 */
export interface HeavyBall {
  /** ηλ. */
  readonly step: number;
  /** α. */
  readonly decay: number;
}

/**
 * How θ moves in the long run: towards the minimum from one side, in slow oscillations around it, from side to side in
 * each step, or away from it.
 */
export type Motion = 'monotone' | 'oscillating' | 'alternating' | 'diverging';

/** The larger |z| of the roots of z² − sum · z + product = 0. */
export function largestRoot(sum: number, product: number): number {
  const discriminant = sum ** 2 / 4 - product;
  return discriminant < 0 ? Math.sqrt(product) : Math.abs(sum) / 2 + Math.sqrt(discriminant);
}

/** The factor by which the error shrinks per step in the long run. */
export const factorOf = ({ step, decay }: HeavyBall): number => largestRoot(1 + decay - step, decay);

/** The roots are complex for (1 − √α)² < ηλ < (1 + √α)². The error grows for ηλ > 2 + 2α. */
export function motionOf({ step, decay }: HeavyBall): Motion {
  if (step <= 0 || step >= 2 + 2 * decay) return 'diverging';
  const sum = 1 + decay - step;
  if (sum ** 2 < 4 * decay) return 'oscillating';
  return sum >= 0 ? 'monotone' : 'alternating';
}

/** η and α with the least factor for all curvatures from μ to L, and this factor. */
export function bestHeavyBall(strongConvexity: number, smoothness: number) {
  const root = Math.sqrt(smoothness / strongConvexity);
  const factor = (root - 1) / (root + 1);
  return { rate: (2 / (Math.sqrt(smoothness) + Math.sqrt(strongConvexity))) ** 2, decay: factor ** 2, factor };
}
