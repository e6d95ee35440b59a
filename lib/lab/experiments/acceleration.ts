import { Random } from '../../index.js';
import { conditionNumbers } from '../convex/condition_numbers.js';
import { lowerBounds } from '../convex/lower_bound.js';
import { fast, plain } from '../convex/methods.js';
import { strongConvexity } from '../convex/strong_convexity.js';
import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { real, seed, whole } from '../setting.js';

export const acceleration = experiment({
  number: 5,
  name: 'acceleration',
  title: "Nesterov's acceleration",
  slides: [
    {
      title: 'Gradient Descent: Classic analysis',
      claim: 'a lower bound O(1/t²) in general, which Nesterov acceleration achieves',
    },
  ],
  question: 'How much faster than gradient descent can a method be if it uses only gradients?',
  formulas: [
    'y = θ(t) + β(θ(t) − θ(t−1)),  θ(t+1) = y − η∇R(y),  η = 1/L',
    'β = (k − 1)/(k + 2) at step k:  R(θ(t)) − R* ≤ 2L/(t+1)² · ‖θ(0) − θ*‖²',
    'any method whose steps are sums of gradients, on some R:  R(θ(t)) − R* ≥ 3L/(32(t+1)²) · ‖θ(0) − θ*‖²',
    'such as the chain R = L/8 · (θ₁² + Σ(θᵢ − θᵢ₊₁)² + θₙ² − 2θ₁) of n = 2t + 1 numbers',
    'β = (√κ − 1)/(√κ + 1), R μ-strongly convex:  R(θ(t)) − R* ≤ (1 − 1/√κ)ᵗ (R(θ(0)) − R* + μ/2 · ‖θ(0) − θ*‖²)',
  ],
  sources: [
    'Nesterov 1983, A method of solving a convex programming problem with convergence rate O(1/k²)',
    'Nesterov 2004, Introductory Lectures on Convex Optimization, theorems 2.1.7 and 2.2.3',
    'Su, Boyd & Candès 2016, arXiv:1503.01243; restarts: O’Donoghue & Candès 2015, arXiv:1204.3982',
    'Fisher 1936, the iris data',
  ],
  data: ['iris'],
  settings: {
    stepFactor: real('η · L, the step in units of 1/L', { full: 1, range: [0.01, 50] }),
    steps: whole('steps on each chain', { full: 600, small: 150, least: 50, most: 2000 }),
    chains: whole('number of chains, the longest with n = 2 · steps + 1', { full: 20, small: 14, least: 5, most: 100 }),
    averaging: real('α of the averaged momentum', { full: 0.9, range: [0, 0.99] }),
    conditionNumber: real('κ of the strongly convex quadratic', { full: 1000, small: 300, range: [2, 1e5] }),
    dimensions: whole('numbers in θ of the quadratics', { full: 30, small: 20, least: 2, most: 500 }),
    largestCondition: real('largest κ for which steps are counted', { full: 1e4, small: 300, range: [20, 1e5] }),
    decay: real('λ of the logistic regression, which equals its μ', { full: 0.001, range: [1e-5, 1] }),
    seed,
  },

  run({ stepFactor, steps, chains, averaging, conditionNumber, dimensions, decay, largestCondition, seed }, trial) {
    const random = new Random(seed);
    const methods = [plain(stepFactor), fast(stepFactor)];
    return runParts(
      [
        lowerBounds(3, { stepFactor, steps, chains, averaging }),
        strongConvexity(0.2, { stepFactor, conditionNumber, dimensions, decay, random }),
        conditionNumbers(1, { methods, largestCondition, dimensions, seed }),
      ],
      trial,
    );
  },
});
