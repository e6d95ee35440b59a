import type { Trajectory } from '../../minimize/minimize.js';
import type { Problem } from '../../minimize/problem.js';
import { dot, plus } from '../../minimize/vectors.js';

export interface WolfeShares {
  /** The least decrease of all steps s, (R(θ) − R(θ + s)) / |∇R(θ)ᵀs|, where Armijo asks for c₁. */
  readonly decrease: number;
  /** The largest slope left, |∇R(θ + s)ᵀs| / |∇R(θ)ᵀs|, where the strong Wolfe conditions allow c₂. */
  readonly slope: number;
}

/** What the steps of a run fulfil, from its path alone. */
export function wolfeShares({ objective }: Problem, { thetas, losses }: Trajectory): WolfeShares {
  const gradients = thetas.map((theta) => {
    const gradient = theta.slice();
    objective(theta, gradient);
    return gradient;
  });
  let [decrease, slope] = [Infinity, 0];
  for (let t = 0; t + 1 < thetas.length; ++t) {
    const step = plus(thetas[t + 1]!, -1, thetas[t]!);
    const promised = -dot(gradients[t]!, step);
    decrease = Math.min(decrease, (losses[t]! - losses[t + 1]!) / promised);
    slope = Math.max(slope, Math.abs(dot(gradients[t + 1]!, step)) / promised);
  }
  return { decrease, slope };
}
