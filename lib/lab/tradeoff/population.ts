import { Dataset, dense, type Network, network, type Random } from '../../index.js';
import { norm } from '../vectors.js';

/**
 * The distribution of examples: y = Σ wᵢxᵢ + √lacking · z + noise, with normal xᵢ of variance λᵢ. A linear class sees x
 * but not z. Its best function has the weights w; its excess over E(y − E[y|x, z])² is `lacking`.
 */
export interface Population {
  /** λᵢ, from 1 down to 1/κ. */
  readonly variances: Float64Array;
  /** w, each ±1/√λᵢ: otherwise columns of small variance would hardly count, and κ would not matter. */
  readonly weights: Float64Array;
  /** The approximation error. */
  readonly lacking: number;
  /** Standard deviation of the noise. */
  readonly noise: number;
}

export function population(
  {
    columns,
    conditionNumber,
    lacking,
    noise,
  }: { columns: number; conditionNumber: number; lacking: number; noise: number },
  random: Random,
): Population {
  const variances = Float64Array.from(
    { length: columns },
    (_, i) => conditionNumber ** (-i / Math.max(1, columns - 1)),
  );
  const weights = variances.map((variance) => (random.uniform() < 0.5 ? 1 : -1) / Math.sqrt(variance));
  return { variances, weights, lacking, noise };
}

/** Examples, of which a method can use the first N. */
export interface Sample {
  readonly population: Population;
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
}

export const drawn = (population: Population, rows: number, random: Random): Sample =>
  sampleOf(population, random.normals(rows * (population.variances.length + 2)));

/** A sample from standard normal numbers, d + 2 for each row. Populations with equal d can share them. */
export function sampleOf(population: Population, normals: Float64Array): Sample {
  const { variances, weights, lacking, noise } = population;
  const columns = variances.length;
  const rows = normals.length / (columns + 2);
  const deviations = variances.map(Math.sqrt);
  const inputs = new Float64Array(rows * columns);
  const targets = new Float64Array(rows);
  for (let row = 0, next = 0; row < rows; ++row) {
    let target = Math.sqrt(lacking) * normals[next++]! + noise * normals[next++]!;
    for (let i = 0; i < columns; ++i) {
      const x = deviations[i]! * normals[next++]!;
      inputs[row * columns + i] = x;
      target += weights[i]! * x;
    }
    targets[row] = target;
  }
  return { population, inputs, targets };
}

/** The first N rows. The caller disposes of them. */
export function firstRows({ population, inputs, targets }: Sample, rows: number): Dataset {
  const columns = population.variances.length;
  return new Dataset({
    inputs: inputs.subarray(0, rows * columns),
    columns,
    targets: targets.subarray(0, rows),
  });
}

/** A linear model that starts at 0, and the excess of its risk over the least of its class: Σ λᵢ(θᵢ − wᵢ)². */
export function learner({ variances, weights }: Population): { model: Network; excess(): number } {
  const model = network({ inputs: variances.length, layers: [dense(1, { bias: false })], type: 'float64' });
  model.parameters.fill(0);
  const deviations = variances.map(Math.sqrt);
  return { model, excess: () => norm(deviations.map((scale, i) => scale * (model.parameters[i]! - weights[i]!))) ** 2 };
}
