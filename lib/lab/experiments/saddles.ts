import { Random } from '../../index.js';
import type { Figure } from '../../pages/index.js';
import { experiment } from '../experiment.js';
import { dots } from '../marks.js';
import { runParts } from '../parts.js';
import { autoEncoderCounterModels, linearAutoEncoder, type Projection } from '../saddles/auto_encoder.js';
import type { Place } from '../saddles/critical_points.js';
import { endCounterModels, ends } from '../saddles/ends.js';
import { escapeFromSaddle } from '../saddles/escape.js';
import { widths } from '../saddles/widths.js';
import { real, seed, whole } from '../setting.js';

export const saddles = experiment({
  number: 9,
  name: 'saddles',
  title: 'Local minima and saddle points',
  slides: [
    {
      title: 'Challenges: Local Minima',
      claim:
        'networks can have many local minima and saddle points, and gradient descent can get stuck; but sometimes none of them is bad, as for the linear auto-encoder, and those of large networks are typically not worse',
    },
  ],
  question: 'Where does gradient descent end, and how long do saddles delay it?',
  formulas: [
    'a critical point, ∇R = 0, is a minimum where all eigenvalues of ∇²R are positive, a saddle where they have both signs',
    'f = ½(x² − y²) + ¼y⁴:  y(t+1) ≈ (1 + η)y(t),  so that t ≈ ln(r/ε)/ln(1 + η)',
    'auto-encoder:  R(A, B) = E‖x − BAx‖²,  E[xxᵀ] = Σλᵢuᵢuᵢᵀ;  critical where BA projects on directions uᵢ, i ∈ S:  R = Σ_{i∉S} λᵢ',
  ],
  sources: [
    'Baldi & Hornik 1989, Neural networks and principal component analysis: learning from examples without local minima',
    'Lee, Simchowitz, Jordan & Recht 2016, Gradient descent only converges to minimizers, arXiv:1602.04915',
    'Jin, Ge, Netrapalli, Kakade & Jordan 2017, How to escape saddle points efficiently, arXiv:1703.00887',
    'Dauphin et al. 2014, Identifying and attacking the saddle point problem, arXiv:1406.2572',
    'Choromanska, Henaff, Mathieu, Ben Arous & LeCun 2015, The loss surfaces of multilayer networks, arXiv:1412.0233',
    'Himmelblau 1972; Goodfellow, Bengio & Courville 2016, Deep Learning, sections 8.2.2 and 8.2.3',
  ],
  settings: {
    starts: whole('random starts in the plane', { full: 400, small: 100, least: 10, most: 10_000 }),
    networkStarts: whole('random starts of the network for exclusive or', { full: 40, small: 12, least: 2, most: 100 }),
    decay: real('λ of its weight decay', { full: 0.05, range: [1e-5, 0.15] }),
    widest: whole('units of the widest network for the parity of four inputs', {
      full: 12,
      small: 8,
      least: 5,
      most: 64,
    }),
    widthStarts: whole('random starts of the networks of each width', { full: 20, small: 8, least: 2, most: 100 }),
    learningRate: real('η near the saddle', { full: 0.1, range: [0.001, 0.9] }),
    decades: whole('decades of ε and σ, from 10⁻² down', { full: 10, small: 4, most: 40 }),
    trials: whole('runs with noise, for each σ', { full: 100, small: 60, least: 10, most: 1000 }),
    hidden: whole('units of the auto-encoder, k', { full: 3, small: 2, most: 4 }),
    discarded: whole('further directions of its inputs, d − k', { full: 4, small: 3, most: 5 }),
    ratio: real('λᵢ₊₁/λᵢ of its inputs', { full: 0.6, range: [0.15, 0.9] }),
    scale: real('standard deviation of its initial weights', { full: 1e-5, range: [1e-6, 0.3] }),
    autoEncoderStarts: whole('random starts of the auto-encoder', { full: 10, small: 4, most: 50 }),
    autoEncoderSteps: whole('steps from each of its starts', { full: 1500, small: 700, most: 10_000 }),
    seed,
  },

  run(settings, trial) {
    const random = new Random(settings.seed);
    let places: readonly Place[] = [];
    return runParts(
      [
        {
          effort: 6,
          counterModels: endCounterModels,
          async run(trial) {
            const found = await ends(settings, random, trial);
            places = found.places;
            return found;
          },
        },
        widths(8, { ...settings, random }),
        escapeFromSaddle(3, settings),
        {
          effort: 3,
          counterModels: autoEncoderCounterModels,
          async run(trial) {
            const found = await linearAutoEncoder(settings, random, trial);
            return { ...found, figures: [...found.figures, indexFigure(places, found.projections)] };
          },
        },
      ],
      trial,
    );
  },
});

function indexFigure(places: readonly Place[], projections: readonly Projection[]): Figure {
  const most = Math.max(...projections.map(({ loss }) => loss));
  return {
    name: 'index',
    title: 'Loss and negative eigenvalues of critical points',
    caption:
      'Critical points of the network for exclusive or, found by descent on ‖∇R‖², and of the linear auto-encoder (its loss in units of that at 0). At θ = 0 the loss of exclusive or is 1.',
    x: { label: 'R at the critical point' },
    y: { label: 'share of negative eigenvalues' },
    marks: [
      dots({ name: 'linear auto-encoder' }, projections, ({ loss, index }) => [loss / most, index]),
      dots({ name: 'exclusive or' }, places, ({ loss, index }) => [loss, index]),
    ],
  };
}
