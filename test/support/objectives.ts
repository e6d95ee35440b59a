import type { FloatArray } from '../../lib/addon';
import type { Objective, Problem } from '../../lib/minimize/problem';
import { normal, range } from './numbers';

/** ½Σ λ_i θ_i² with its minimum at 0. L and μ are the largest and the smallest λ. */
export function quadratic(
  eigenvalues: readonly number[],
  start: readonly number[] = eigenvalues.map(() => 1),
): Problem {
  return {
    name: 'quadratic',
    start,
    smoothness: Math.max(...eigenvalues),
    strongConvexity: Math.min(...eigenvalues),
    objective(theta, gradient) {
      let loss = 0;
      for (const [i, eigenvalue] of eigenvalues.entries()) {
        gradient[i] = eigenvalue * theta[i]!;
        loss += (eigenvalue * theta[i]! ** 2) / 2;
      }
      return loss;
    },
  };
}

/** ½θᵀAθ − bᵀθ with A = MᵀM + I and random M and b. */
export function drawnQuadratic(n: number, seed: number): { matrix: number[][]; b: number[]; objective: Objective } {
  const draw = normal(seed);
  const root = range(n).map(() => range(n).map(draw));
  const matrix = range(n).map((i) =>
    range(n).map((j) => root.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? 1 : 0)),
  );
  const b = range(n).map(draw);
  return {
    matrix,
    b,
    objective(theta, gradient) {
      let loss = 0;
      for (const [i, row] of matrix.entries()) {
        const product = row.reduce((sum, a, j) => sum + a * theta[j]!, 0);
        gradient[i] = product - b[i]!;
        loss += theta[i]! * (product / 2 - b[i]!);
      }
      return loss;
    },
  };
}

/** (1 − x)² + 100(y − x²)² (Rosenbrock 1960), with its minimum at (1, 1). */
export const rosenbrock: Objective = ([x = 0, y = 0], gradient) => {
  const [a, b] = [1 - x, y - x * x];
  gradient[0] = -2 * a - 400 * x * b;
  gradient[1] = 200 * b;
  return a * a + 100 * b * b;
};

/** A function of one number as an objective. */
export const ofOne =
  (value: (x: number) => number, slope: (x: number) => number): Objective =>
  ([x = 0], gradient) => {
    gradient[0] = slope(x);
    return value(x);
  };

/** A smooth objective with many valleys: Σ a cos(w·θ + c) + ½κ‖θ‖², κ = 0.1. */
export function landscape(n: number, waves: number, seed: number): Objective {
  const draw = normal(seed);
  const terms = range(waves).map(() => ({ height: draw(), phase: draw(), direction: range(n).map(draw) }));
  return (theta, gradient) => {
    let loss = 0;
    for (let i = 0; i < n; ++i) {
      loss += (0.1 * theta[i]! ** 2) / 2;
      gradient[i] = 0.1 * theta[i]!;
    }
    for (const { height, phase, direction } of terms) {
      const angle = direction.reduce((sum, w, i) => sum + w * theta[i]!, phase);
      loss += height * Math.cos(angle);
      for (let i = 0; i < n; ++i) gradient[i]! -= height * Math.sin(angle) * direction[i]!;
    }
    return loss;
  };
}

/** Wraps an objective, and records every θ at which it is evaluated. */
export function watched(objective: Objective): { objective: Objective; thetas: FloatArray[] } {
  const thetas: FloatArray[] = [];
  return {
    thetas,
    objective(theta, gradient) {
      thetas.push(theta.slice());
      return objective(theta, gradient);
    },
  };
}

export const distanceTo = (theta: ArrayLike<number>, target: ArrayLike<number>): number =>
  Math.hypot(...Array.from(theta, (x, i) => x - target[i]!));
