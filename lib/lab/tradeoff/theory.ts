import type { Population } from './population.js';

/** E(y − wᵀx)²: what the class lacks is noise to it. */
export const leastRisk = ({ lacking, noise }: Population): number => lacking + noise ** 2;

/** Expectation of the estimation error: that of least squares on N rows with d normal inputs. */
export const estimationError = (population: Population, rows: number): number => {
  const columns = population.variances.length;
  return (leastRisk(population) * columns) / (rows - columns - 1);
};

/**
 * E Σ λᵢ(θᵢ − wᵢ)² of SGD from θ = 0 after each of `steps` single examples that it never sees again:
 * mᵢ ← (1 − 2aλᵢ + 2a²λᵢ²)mᵢ + a²λᵢ(Σ λⱼmⱼ + E(y − wᵀx)²), where mᵢ = E(θᵢ − wᵢ)² and a = 2η.
 */
export function stochasticErrors(population: Population, learningRate: number, steps: number): Float64Array {
  const { variances, weights } = population;
  const a = 2 * learningRate; // the gradient is 2(θᵀx − y)x
  const squares = weights.map((w) => w * w);
  const excess = () => variances.reduce((sum, variance, i) => sum + variance * squares[i]!, 0);
  const errors = new Float64Array(steps + 1);
  errors[0] = excess();
  for (let t = 1; t <= steps; ++t) {
    const noise = errors[t - 1]! + leastRisk(population);
    for (const [i, variance] of variances.entries()) {
      const z = a * variance;
      squares[i] = (1 - 2 * z + 2 * z * z) * squares[i]! + a * z * noise;
    }
    errors[t] = excess();
  }
  return errors;
}
