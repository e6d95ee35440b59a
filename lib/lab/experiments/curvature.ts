import { dense, network } from '../../index.js';
import { edgeOfStability } from '../curvature/edge_of_stability.js';
import { growingGradient } from '../curvature/growing_gradient.js';
import { irises, irisInputs } from '../curvature/irises.js';
import { polynomial } from '../curvature/polynomial.js';
import { taylor } from '../curvature/taylor.js';
import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { real, seed, whole } from '../setting.js';

export const curvature = experiment({
  number: 8,
  name: 'curvature',
  title: 'Curvature: what Taylor predicts, and a gradient that grows',
  slides: [
    {
      title: 'Challenges: Curvature',
      claim:
        'to second order a step gains η‖∇R‖² and loses (η²/2)∇RᵀH∇R: if the loss is as large as the gain, η must be smaller',
    },
    {
      title: 'Challenges: Curvature',
      claim: 'gradient descent may not arrive at a critical point of any kind, which can be checked empirically',
    },
  ],
  question: 'Does curvature limit the step, and does a run end where the gradient vanishes?',
  formulas: [
    'R(θ − ηg) ≈ R(θ) − η‖g‖² + (η²/2)gᵀHg,  g = ∇R(θ),  H = ∇²R(θ)',
    'η* = gᵀg / gᵀHg is the best step;  ill-conditioned where (η/2)gᵀHg ≥ ‖g‖²',
    '(η/2)gᵀHg / ‖g‖² ≤ ηλmax/2;  the edge of stability: λmax ≈ 2/η',
  ],
  sources: [
    'Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.2.1 and figure 8.1',
    'Cohen, Kaur, Li, Kolter & Talwalkar 2021, Gradient descent on neural networks typically occurs at the edge of stability, arXiv:2103.00065',
    'Fisher 1936, the iris data; LeCun et al. 1998, MNIST',
  ],
  data: ['iris', 'digits'],
  settings: {
    units: whole('units of each of three hidden layers, on the irises and the polynomial', {
      full: 40,
      least: 2,
      most: 128,
    }),
    learningRate: real('η of gradient descent on the polynomial', { full: 0.03, range: [0.001, 5] }),
    steps: whole('of gradient descent on the polynomial', { full: 1600, small: 1000, least: 100, most: 10_000 }),
    every: whole('steps from one measurement of the curvature to the next', { full: 16, small: 40, most: 100 }),
    digits: whole('examples that SGD learns from', { full: 500, small: 200, least: 100, most: 5000 }),
    hidden: whole('units of each of three hidden layers, on the digits', { full: 32, least: 2, most: 256 }),
    batchSize: whole('examples of a step of SGD', { full: 16, most: 1000 }),
    sgdRate: real('η of SGD on the digits', { full: 0.05, range: [1e-5, 1] }),
    passes: whole('passes of SGD over them', { full: 40, least: 2, most: 200 }),
    runs: whole('runs of SGD, each with its own seed', { full: 5, small: 2, most: 20 }),
    seed,
  },

  async run(settings, trial) {
    const { units, seed } = settings;
    using flowers = await irises();
    using cubic = polynomial();
    const initializer = 'orthogonal';
    const layer = (bias: boolean) => dense(units, { activation: 'tanh', initializer, bias });
    const layers = [layer(false), layer(true), layer(true), dense(3, { initializer })];
    const curved = network({ inputs: irisInputs, layers, type: 'float64', seed });
    const linear = network({ inputs: irisInputs, layers: [dense(3, { bias: false })], type: 'float64', seed });
    return await runParts(
      [
        taylor(1, { network: curved, linear, data: flowers }),
        edgeOfStability(10, { ...settings, data: cubic }),
        growingGradient(10, settings),
      ],
      trial,
    );
  },
});
