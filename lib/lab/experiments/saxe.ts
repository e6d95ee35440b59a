import { Random } from '../../index.js';
import { experiment } from '../experiment.js';
import { decoupled } from '../linear_networks/decoupled.js';
import { depth } from '../linear_networks/depth.js';
import { learningCurves } from '../linear_networks/learning_curves.js';
import { modesOf } from '../linear_networks/modes.js';
import { treeFeatures } from '../linear_networks/tree.js';
import { runParts } from '../parts.js';
import { real, seed, whole } from '../setting.js';

export const saxe = experiment({
  number: 12,
  name: 'saxe',
  title: 'Learning curves of linear networks, mode by mode',
  slides: [
    {
      title: 'Least Squares: Two-Layer Linear Network',
      claim: 'as modes decouple, each obeys ℓ(a, b) = (σ − ab)²: analytic (red), linear (blue) and tanh (green)',
    },
  ],
  question: 'When does a network learn what?',
  formulas: [
    'ΔW²¹ = λ W³²ᵀ(Σ³¹ − W³²W²¹),  ΔW³² = λ (Σ³¹ − W³²W²¹)W²¹ᵀ,  τ = 1/λ;  for R = E‖y − Ax‖²: τ = 1/(2η)',
    'one mode: τȧ = b(s − ab),  τḃ = a(s − ab),  u = ab;  a² − b² is conserved',
    'a = b: u(t) = s·e^{2st/τ}/(e^{2st/τ} − 1 + s/u₀),  half-time (τ/2s)·ln(s/u₀ − 1)',
    'a ≠ b: c = a₀² − b₀²,  k = √(4s² + c²),  P± = 2s ± k,  K = (P₀ − P₊)/(P₀ − P₋),  P₀ = (a₀ + b₀)²:  P = (P₊ − P₋Ke^{−kt/τ})/(1 − Ke^{−kt/τ}),  u = (P − c²/P)/4',
    'N layers of units: τu̇ = (N − 1)·u^{2 − 2/(N − 1)}·(s − u),  best λ = O(1/(N s²))',
  ],
  sources: ['Saxe, McClelland & Ganguli 2013, arXiv:1312.6120, sections 1.3 and 2, appendices A and B'],
  settings: {
    levels: whole('branchings of the tree, which has 2^levels items', { full: 5, small: 3, least: 2, most: 7 }),
    features: whole('features of an item', { full: 1000, small: 60, least: 8, most: 2000 }),
    flip: real('probability with which a feature changes on a branch', { full: 0.1, range: [0.01, 0.5] }),
    rate: real('λ, 1/τ', { full: 0.5e-3, small: 3e-3, range: [1e-4, 0.5] }),
    hidden: whole('N₂, hidden units', { full: 32, small: 32, most: 200 }),
    start: real('u₀, from which modes start', { full: 1e-6, range: [1e-12, 0.01] }),
    starts: whole('random starts', { full: 15, small: 7, most: 100 }),
    active: whole('N₂ of networks with a decoupled start', { full: 8, small: 3, most: 32 }),
    imbalance: real('(a₀² − b₀²)/s of a decoupled start with a ≠ b', { full: 0.5, range: [0.01, 10] }),
    fineRate: real('λ of gradient descent that approximates the flow', {
      full: 1e-5,
      small: 6e-5,
      range: [2e-6, 0.001],
    }),
    deepest: whole('N, layers of units of the deepest network', { full: 33, small: 13, least: 12, most: 60 }),
    deepStart: real('u₀ of deep networks', { full: 0.05, range: [0.01, 0.5] }),
    duration: real('duration of training, in half-times of the last mode', { full: 2, range: [1, 10] }),
    seed,
  },

  playgrounds: ['one-mode', 'learning-curves'],

  async run(
    {
      levels,
      features,
      flip,
      rate,
      hidden,
      start,
      starts,
      duration,
      active,
      imbalance,
      fineRate,
      deepest,
      deepStart,
      seed,
    },
    trial,
  ) {
    const random = new Random(seed);
    const correlation = treeFeatures({ levels, features, flip }, random);
    const modes = modesOf(correlation);
    return runParts(
      [
        learningCurves(correlation, modes, { rate, hidden, start, starts, duration, random }),
        decoupled(correlation, modes, { rate, fineRate, start, active, imbalance, random }),
        depth({ deepest, start: deepStart, random }),
      ],
      trial,
    );
  },
});
