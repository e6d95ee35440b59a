import { onEstimates } from '../adaptive/estimates.js';
import { onEqualTerms, onRavine } from '../adaptive/ravine.js';
import { onCoins, onCounterexample, onStream } from '../adaptive/regret.js';
import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { real, seed, whole } from '../setting.js';

export const adaptive = experiment({
  number: 15,
  name: 'adaptive',
  title: 'Momentum, AdaGrad, RMSprop, Adam',
  slides: [
    { title: 'Momentum', claim: 'accumulating gradients over updates speeds up the descent' },
    {
      title: 'Nesterov Momentum',
      claim: 'the gradient is taken where momentum leads, which corrects it; better in practice',
    },
    {
      title: 'AdaGrad',
      claim: 'a learning rate for each parameter, from the sum of its squared gradients; the regret is bounded',
    },
    {
      title: "AdaGrad (cont'd) and RMSprop",
      claim: 'a moving average in place of the sum, for objectives that are not convex',
    },
    { title: 'ADAM', claim: 'AdaGrad and momentum combined, with bias corrections' },
  ],
  question: 'What do momentum and a learning rate for each parameter gain, and what can be proved?',
  formulas: [
    'm(t) = αm(t−1) − (1 − α)∇R(θ(t−1)),  θ(t) = θ(t−1) + η m(t)/(1 − αᵗ);  Nesterov: ∇R at θ(t−1) + ηα m̂(t−1)',
    '‖θ(t) − θ*‖ shrinks per step by (κ − 1)/(κ + 1) with gradient descent, by (√κ − 1)/(√κ + 1) with momentum: η(1 − α) = 4/(√L + √μ)², √α = (√κ − 1)/(√κ + 1)',
    'the same η and α: where both oscillate it shrinks by √α with momentum, by √(α(1 − ηλ(1 − α))) with Nesterov momentum',
    'AdaGrad:  θᵢ(t+1) = θᵢ(t) − η/(δ + γᵢ(t)) · gᵢ(t),  γᵢ²(t) = Σ_{s ≤ t} gᵢ(s)²',
    'its regret:  Σ_{t ≤ T} f(t, θ(t)) − f(t, θ*) ≤ (max ‖θ(t) − θ*‖_{∞}²/2η + η) Σᵢ γᵢ(T) = O(√T)',
    'RMSprop:  γᵢ²(t) = Σ_{s ≤ t} ρ^{t−s} gᵢ(s)²',
    'Adam:  θ(t) = θ(t−1) − η m̂(t)/(√v̂(t) + ε),  m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ)',
  ],
  sources: [
    'Polyak 1964, Some methods of speeding up the convergence of iteration methods',
    'Lessard, Recht & Packard 2016, arXiv:1408.3595, table 1',
    'Duchi, Hazan & Singer 2011, Adaptive subgradient methods, theorem 5',
    'Tieleman & Hinton 2012, lecture 6.5',
    'Kingma & Ba 2015, arXiv:1412.6980, algorithm 1 and section 3',
    'Reddi, Kale & Kumar 2018, arXiv:1904.09237, theorem 1',
  ],
  errata: [
    'The slide on Adam adds the step in its last line. Since m̂ is an average of gradients, this climbs; the paper subtracts the step. (The slide on momentum also adds, which is correct there: its m is an average of negative gradients.)',
    'The slide on Nesterov momentum calls the accumulated gradient v and its factor ε, and does not give the step of θ. v is the m of the slide before, ε is 1 − α, m̂(0) is 0, and θ(t) = θ(t−1) + ηm̂(t).',
    'The slide on AdaGrad multiplies the learning rate of one parameter by the whole gradient ∇R(t). It should be the ith component of the gradient.',
    'The sum on the slide on RMSprop lacks the factor 1 − ρ that would make it a moving average. It is RMSprop with η√(1 − ρ) and δ√(1 − ρ) in place of η and δ.',
  ],
  settings: {
    conditionNumber: real('κ of the ravine', { full: 100, small: 30, range: [2, 1000] }),
    sweeps: whole('steps in the ravine after the first 500, in units of √κ', {
      full: 100,
      small: 50,
      least: 50,
      most: 1000,
    }),
    rounds: whole('rounds of the stream, of the coins and of the counterexample', {
      full: 10_000,
      small: 1500,
      least: 300,
      most: 50_000,
    }),
    features: whole('features of the stream, and coins', { full: 20, small: 8, least: 2, most: 200 }),
    flipped: real('share of the labels that are flipped', { full: 0.1, range: [0, 0.5] }),
    learningRate: real('η of Adam in the ravine, and of RMSprop', { full: 0.05, range: [1e-4, 1] }),
    beta1: real('β₁ of Adam', { full: 0.9, range: [0, 0.99] }),
    beta2: real('β₂ of Adam', { full: 0.999, range: [0, 0.9999] }),
    steps: whole('steps of Adam and RMSprop', { full: 1000, small: 200, least: 10, most: 10_000 }),
    seed,
  },

  playgrounds: ['momentum'],

  run: (settings, trial) =>
    runParts(
      [
        onRavine(2, settings),
        onEqualTerms(1, settings),
        onStream(6, settings),
        onCoins(1, settings),
        onCounterexample(1, settings),
        onEstimates(1, settings),
      ],
      trial,
    ),
});
