import { Random } from '../../index.js';
import { conditionNumbers } from '../convex/condition_numbers.js';
import { lineSearches } from '../convex/line_searches.js';
import { plain } from '../convex/methods.js';
import { upperBounds } from '../convex/upper_bounds.js';
import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { real, seed, whole } from '../setting.js';

export const rates = experiment({
  number: 4,
  name: 'rates',
  title: 'Gradient descent on convex problems',
  slides: [
    { title: 'Gradient Descent', claim: 'η is the step size; or a line search finds it' },
    {
      title: 'Gradient Descent: Classic analysis',
      claim:
        'O(1/t) if R is convex and its gradient is L-Lipschitz; a linear rate if R is μ-strongly convex, which is worse for larger L/μ',
    },
  ],
  question: 'How fast does gradient descent converge on a convex objective, and what slows it down?',
  formulas: [
    'θ(t+1) = θ(t) − η∇R(θ(t)),  η = 1/L',
    'R convex and L-smooth:  R(θ(t)) − R* ≤ 2L/(t+1) · ‖θ(0) − θ*‖²,  and even ≤ L/(2t) · ‖θ(0) − θ*‖²',
    'and μ-strongly convex:  R(θ(t)) − R* ≤ (1 − μ/L)ᵗ (R(θ(0)) − R*),  κ = L/μ',
    'Armijo:  R(θ + αp) ≤ R(θ) + c₁α∇R(θ)ᵀp;  strong Wolfe:  |∇R(θ + αp)ᵀp| ≤ c₂|∇R(θ)ᵀp| as well',
  ],
  sources: [
    'Nesterov 2018, Lectures on Convex Optimization, section 2.1.5',
    'Drori & Teboulle 2014, Performance of first-order methods for smooth convex minimization, arXiv:1206.3209',
    'Nocedal & Wright 2006, Numerical Optimization, section 3.1',
    'Fisher 1936, the iris data; Rosenbrock 1960',
  ],
  data: ['iris'],
  settings: {
    stepFactor: real('η · L, the step in units of 1/L', { full: 1, range: [0.01, 3] }),
    steps: whole('steps on each convex problem', { full: 2000, small: 300, least: 10, most: 20_000 }),
    dimensions: whole('numbers in θ of the quadratics', { full: 30, small: 20, least: 2, most: 500 }),
    conditionNumber: real('κ of the strongly convex quadratic', { full: 100, range: [2, 1e5] }),
    decay: real('λ of the logistic regression, which equals its μ', { full: 0.01, range: [1e-5, 1] }),
    largestCondition: real('largest κ for which steps are counted', { full: 1e4, small: 1e3, range: [20, 1e5] }),
    evaluations: whole('gradients that a line search may evaluate', {
      full: 10_000,
      small: 2000,
      least: 100,
      most: 100_000,
    }),
    sufficientDecrease: real('c₁ of the line searches', { full: 0.1, range: [1e-6, 0.25] }),
    curvature: real('c₂ of the strong-Wolfe search', { full: 0.5, range: [0.3, 0.99] }),
    seed,
  },

  run({ stepFactor, dimensions, largestCondition, seed, ...settings }, trial) {
    const random = new Random(seed);
    const methods = [plain(stepFactor)];
    return runParts(
      [
        upperBounds(1, { ...settings, stepFactor, dimensions, random }),
        conditionNumbers(3, { methods, largestCondition, dimensions, seed }),
        lineSearches(1, settings),
      ],
      trial,
    );
  },
});
