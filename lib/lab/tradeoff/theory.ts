import type { Population } from './population.js';

/** E(y − wᵀx)², where z acts as noise. */
export const leastRisk = ({ lacking, noise }: Population): number => lacking + noise ** 2;

/**
 * The estimation error on N rows, and what is left of R(0) − R(θ*) after t steps of gradient descent with
 * η = stepFactor/L on the population.
 */
export const descentError = (population: Population, rows: number, stepFactor: number, t: number): number => {
  const { variances, weights } = population;
  const left = variances.map(
    (variance, i) => variance * ((1 - (stepFactor * variance) / variances[0]!) ** t * weights[i]!) ** 2,
  );
  return left.reduce((sum, error) => sum + error, estimationError(population, rows));
};

/** Expectation of the estimation error: that of least squares on N rows with d normal inputs. */
export const estimationError = (population: Population, rows: number): number => {
  const columns = population.variances.length;
  return (leastRisk(population) * columns) / (rows - columns - 1);
};

/**
 * E Σ λᵢ(θᵢ − wᵢ)² of SGD from θ = 0 after each of `steps` single examples that it never sees again:
 * mᵢ ← (1 − 2aλᵢ + 2a²λᵢ²)mᵢ + a²λᵢ(Σ λⱼmⱼ + E(y − wᵀx)²), where mᵢ = E(θᵢ − wᵢ)² and a = 2η.
 *
 * @param noiseOf Σ λⱼmⱼ + E(y − wᵀx)² from its two parts, or a replacement for it.
 */
export function stochasticErrors(
  population: Population,
  learningRate: number,
  steps: number,
  noiseOf = (excess: number, least: number): number => excess + least,
): Float64Array {
  const { variances, weights } = population;
  const a = 2 * learningRate; // the gradient is 2(θᵀx − y)x
  const squares = weights.map((w) => w * w);
  const excess = () => variances.reduce((sum, variance, i) => sum + variance * squares[i]!, 0);
  const errors = new Float64Array(steps + 1);
  errors[0] = excess();
  for (let t = 1; t <= steps; ++t) {
    const noise = noiseOf(errors[t - 1]!, leastRisk(population));
    for (const [i, variance] of variances.entries()) {
      const z = a * variance;
      squares[i] = (1 - 2 * z + 2 * z * z) * squares[i]! + a * z * noise;
    }
    errors[t] = excess();
  }
  return errors;
}
