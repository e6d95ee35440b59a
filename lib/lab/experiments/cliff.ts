import { Dataset } from '../../index.js';
import { unitRuns } from '../cliff/recurrent_unit.js';
import { productRuns } from '../cliff/runs.js';
import { steepness } from '../cliff/steepness.js';
import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { real, whole } from '../setting.js';

export const cliff = experiment({
  number: 7,
  name: 'cliff',
  title: 'Sharp non-linearities',
  slides: [
    {
      title: 'Challenge: curvature',
      claim:
        'where many weights are multiplied, the Lipschitz constant is very large; steps short enough for it are very slow; therefore gradients are clipped and learning rates decay',
    },
  ],
  question: 'What does a cliff in the loss do to gradient descent, and what helps?',
  formulas: [
    'R(w) = (w₁w₂⋯w_d − 1)²,  ∂R/∂wᵢ = 2(wᵈ − 1)wᵈ⁻¹ where all are w',
    'λmax(∇²R) = 2((2d − 1)w²ᵈ⁻² − (d − 1)wᵈ⁻²) there, if w ≥ 1; where w > 1, it grows by more than w² a layer',
    'clipped:  θ ← θ − ηg · min(1, c/‖g‖)',
    'η = 1/L:  R(θ(t+1)) ≤ R(θ(t)) − ‖∇R(θ(t))‖²/(2L)',
    'f(w, b) = (σ(x_T) − 0.7)²,  x_t = w·σ(x_{t−1}) + b,  x₀ = 0.5',
  ],
  sources: [
    'Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, arXiv:1211.5063',
    'Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.2.4',
  ],
  errata: ['The slide refers to section 8.2.3 of the book; cliffs and exploding gradients are its section 8.2.4.'],
  settings: {
    depth: whole('layers of the product, d', { full: 8, small: 6, least: 2, most: 40 }),
    deepest: whole('largest number of layers for which curvature is measured', {
      full: 24,
      small: 10,
      least: 4,
      most: 60,
    }),
    wall: real('each weight at the start of a run above the minimum at 1', { full: 1.5, range: [1.1, 3] }),
    plateau: real('each weight at the start of a run below it', { full: 0.6, range: [0.1, 0.95] }),
    stepFactor: real('η · λmax at the minimum, of the runs from the wall', { full: 1, range: [0.01, 10] }),
    limit: real('c, the largest norm of a clipped gradient', { full: 1, range: [0.001, 1e9] }),
    patience: whole('steps that the run with η = 1/L may take', { full: 10_000, small: 400, most: 100_000 }),
    plateauRate: real('η of the first step from the plateau', { full: 0.5, range: [0.001, 10] }),
    decay: real('α of η(t) = C·t^−α, from the plateau', { full: 0.75, range: [0.51, 1] }),
    unrolled: whole('T, the number of times the recurrent unit is fed back', {
      full: 50,
      small: 25,
      least: 2,
      most: 500,
    }),
    recurrentRate: real('η on the recurrent unit', { full: 0.3, range: [0.001, 10] }),
    recurrentLimit: real('c on the recurrent unit', { full: 0.1, range: [0.001, 10] }),
    recurrentSteps: whole('steps on the recurrent unit', { full: 2000, most: 50_000 }),
  },

  async run(settings, trial) {
    using one = new Dataset({ inputs: Float64Array.of(1), columns: 1, targets: Float64Array.of(1) });
    return await runParts(
      [steepness(1, { ...settings, one }), productRuns(3, { ...settings, one }), unitRuns(1, settings)],
      trial,
    );
  },
});
