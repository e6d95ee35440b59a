import { Random } from '../../index.js';
import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { powerOfTwo, real, seed, whole } from '../setting.js';
import { budgets } from '../tradeoff/budgets.js';
import { conditions } from '../tradeoff/conditions.js';
import { population } from '../tradeoff/population.js';

export const tradeoff = experiment({
  number: 3,
  name: 'tradeoff',
  title: 'The trade-off of large-scale learning',
  slides: [
    {
      title: 'Large Scale Learning',
      claim: 'if computation is the bottleneck, many cheap steps are better than a few expensive ones',
    },
  ],
  question:
    'Which method comes closest to the true function within a budget, if each may choose how many rows it uses?',
  formulas: [
    'R(θ) − R(true) = (R(θ*) − R(true)) + (R(θ_N) − R(θ*)) + (R(θ) − R(θ_N)):  approximation, estimation and optimisation error',
    'θ* the best of the class, θ_N the best on N rows;  least squares with d normal inputs:  E R(θ_N) − R(θ*) = R(θ*)·d/(N − d − 1)',
    'examples to an excess of ε:  gradient descent d·κ/ε · log²(1/ε) with the best N,  stochastic gradient descent ν·κ²/ε, ν the noise of its gradients',
    'SGD that sees each example once, a = 2η:  mᵢ ← (1 − 2aλᵢ + 2a²λᵢ²)mᵢ + a²λᵢ(Σλⱼmⱼ + R(θ*)),  mᵢ = E(θᵢ − θᵢ*)²',
  ],
  sources: [
    'Bottou & Bousquet 2008, The tradeoffs of large scale learning, NIPS 20, table 2 (α = 1)',
    'Bottou 2010, Large-scale machine learning with stochastic gradient descent',
  ],
  settings: {
    largestBudget: powerOfTwo('largest number of examples whose gradient is computed, and number of rows', {
      full: 16_384,
      small: 4096,
      least: 2048,
      most: 131_072,
    }),
    columns: whole('d, inputs that the class sees', { full: 16, least: 4, most: 32 }),
    conditionNumber: real('κ of the inputs', { full: 10, range: [1, 100] }),
    largestCondition: real('largest κ for which SGD and L-BFGS are compared', { full: 1000, range: [100, 1e4] }),
    lacking: real('the approximation error: the variance of the input that the class does not see', {
      full: 0.01,
      range: [1e-4, 1],
    }),
    noise: real('σ of the targets', { full: 1, range: [0.1, 10] }),
    goal: real('ε, the estimation and optimisation error to reach', { full: 0.1, small: 0.3, range: [0.01, 1] }),
    samples: whole('samples over which means are taken', { full: 4, small: 3, most: 20 }),
    seed,
  },

  run({ largestBudget, conditionNumber, largestCondition, goal, samples, seed, ...settings }, trial) {
    const populationOf = (conditionNumber: number) => population({ ...settings, conditionNumber }, new Random(seed));
    const sizes: number[] = [];
    for (let rows = Math.max(32, 2 ** Math.ceil(Math.log2(2 * settings.columns))); rows <= largestBudget; rows *= 2)
      sizes.push(rows);
    const kappas = [conditionNumber, Math.sqrt(conditionNumber * largestCondition), largestCondition];
    const populations = kappas.map((kappa) => ({ conditionNumber: kappa, population: populationOf(kappa) }));
    return runParts(
      [
        budgets(5, { population: populationOf(conditionNumber), sizes, goal, samples, seed }),
        conditions(1, { populations, sizes: sizes.slice(0, -1), samples: 2 * samples, seed }),
      ],
      trial,
    );
  },
});
