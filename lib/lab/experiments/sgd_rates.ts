import { Random, schedules } from '../../index.js';
import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { real, seed, whole } from '../setting.js';
import { decayingSteps } from '../sgd/decaying_steps.js';
import { fixedSteps } from '../sgd/fixed_steps.js';
import { hardestInstances } from '../sgd/hardest_instances.js';

export const sgdRates = experiment({
  number: 14,
  name: 'sgd-rates',
  title: 'Rates of stochastic gradient descent',
  slides: [
    {
      title: 'Stochastic Gradient Descent: Rates',
      claim:
        'with Ση = ∞ and Ση² < ∞, as for η = C·t^−α with ½ < α ≤ 1, or with averaged iterates: O(1/t) where R is strongly convex, O(1/√t) where it is merely convex',
    },
    {
      title: 'Stochastic Gradient Descent: Practicalities',
      claim:
        'a fixed step leads to a ball around the optimum; therefore larger steps are used first, which level out at a smallest one',
    },
  ],
  question: 'How fast does descent with noisy gradients converge, and where does it stop?',
  formulas: [
    'θ(t+1) = θ(t) − η(t)(∇R + noise),  η(t) = C(t + t₀)^−α with η(0) = 1/L',
    'strongly convex, α = 1: R − R* ∝ t^−1 if Cμ > ½, but only t^−2Cμ if not',
    'strongly convex, α < 1: R − R* ∝ t^−α, and with averaged iterates → σ²/(2t)·Σ 1/λᵢ, whatever C is',
    'convex, R = E|θ − x| with P(x = 1) − P(x = −1) = δ = ±1/(2√T), on average over both: 1/(4√T) ≤ E R − R* ≤ ((2 + C)²/2C + C)/√T for η = C/√t and the average of T iterates',
    'the same with a δ that is fixed: E R − R* → η/2 = C/(2√t) for the last iterate',
    'η fixed: E‖θ − θ*‖² → Σ ησ²/(λᵢ(2 − ηλᵢ))',
  ],
  sources: [
    'Robbins & Monro 1951, doi:10.1214/aoms/1177729586',
    'Polyak & Juditsky 1992, doi:10.1137/0330046, theorem 1',
    'Zinkevich 2003, Online convex programming, theorem 1',
    'Nemirovski, Juditsky, Lan & Shapiro 2009, doi:10.1137/070704277, sections 2.1 (the danger of a small C) and 2.2',
    'Bach & Moulines 2011, Non-asymptotic analysis of stochastic approximation algorithms, sections 3 and 4',
    'Agarwal, Bartlett, Ravikumar & Wainwright 2012, arXiv:1009.0571, theorem 1',
  ],
  settings: {
    conditionNumber: real('κ = L/μ of the strongly convex problem', { full: 10, range: [4, 1000] }),
    alpha: real('α of the iterates that are averaged', { full: 0.7, range: [0.51, 0.99] }),
    tooSmall: real('Cμ of the step that is too small', { full: 0.15, range: [0.01, 0.49] }),
    noise: real('σ of a gradient in each coordinate', { full: 1, range: [0.001, 100] }),
    leastRate: real('ηL at which the steps level out', { full: 0.02, small: 0.05, range: [0.001, 1.99] }),
    scale: real('C of η = C/√t on the convex problems', { full: 1, range: [0.01, 100] }),
    steps: whole('steps of each run', { full: 50_000, small: 3000, least: 1000, most: 150_000 }),
    seeds: whole('runs, each with its own noise, over which means and bands are taken', {
      full: 200,
      least: 150,
      most: 1000,
    }),
    seed,
  },

  run({ conditionNumber, alpha, tooSmall, scale, noise, leastRate, steps, seeds, seed }, trial) {
    const random = new Random(seed);
    const eigenvalues = [1, conditionNumber ** -0.5, 1 / conditionNumber];
    const problem = { eigenvalues, deviation: noise, start: 3 };
    const learningRate = schedules.inverseTime({ from: scale, alpha: 0.5, allowDivergent: true });
    const each = { problem, steps, seeds, random };
    return runParts(
      [
        decayingSteps(6, { ...each, alpha, tooSmall, leastRate }),
        fixedSteps(6, each),
        hardestInstances(2, { learningRate, steps, seeds, random }),
      ],
      trial,
    );
  },
});
