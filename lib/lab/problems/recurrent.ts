import type { Problem } from '../../index.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * f(w, b) = (σ(x_T) − 0.7)², where x_t = w·σ(x_{t−1}) + b and x₀ = 0.5: the error of a unit after it is fed back to
 * itself T times. Where the unit has two stable states, a wall separates the weights that lead to one from those that
 * lead to the other (after Pascanu, Mikolov & Bengio 2013, https://arxiv.org/abs/1211.5063, section 2.3).
 */
export function recurrent(steps: number): Problem {
  const target = 0.7;
  return {
    name: 'Recurrent unit',
    shape: [1, 2],
    start: [5.2, -2.2],
    least: 0,
    objective(theta, gradient) {
      const [w, b] = theta as unknown as [number, number];
      const activations = new Float64Array(steps + 1);
      activations[0] = sigmoid(0.5);
      for (let t = 1; t <= steps; ++t) activations[t] = sigmoid(w * activations[t - 1]! + b);
      const error = activations[steps]! - target;
      gradient.fill(0);
      let slope = 2 * error; // of f with respect to σ(x_t)
      for (let t = steps; t > 0; --t) {
        const alongSum = slope * activations[t]! * (1 - activations[t]!);
        gradient[0]! += alongSum * activations[t - 1]!;
        gradient[1]! += alongSum;
        slope = alongSum * w;
      }
      return error * error;
    },
  };
}
