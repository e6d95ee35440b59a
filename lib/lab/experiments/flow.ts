import { Random } from '../../index.js';
import { eigenvaluesOf } from '../convex/along_eigenvectors.js';
import { conditioned } from '../convex/conditioning.js';
import { irisExamples } from '../convex/iris.js';
import { experiment } from '../experiment.js';
import { eulerError } from '../flow/euler_error.js';
import { landscape, networkLandscape, quadraticLandscape } from '../flow/landscapes.js';
import { paths } from '../flow/paths.js';
import { rungeKutta } from '../flow/runge_kutta.js';
import { runParts } from '../parts.js';
import { himmelblau } from '../problems/two_dimensional.js';
import { real, seed, whole } from '../setting.js';

export const flow = experiment({
  number: 6,
  name: 'flow',
  title: 'Gradient flow',
  slides: [
    {
      title: 'Gradient Descent',
      claim:
        'in continuous time it is an ordinary differential equation, the gradient flow, which gradient descent solves by Euler’s method',
    },
  ],
  question: 'How close does gradient descent stay to the path of steepest descent?',
  formulas: [
    'dθ/dt = −∇R(θ),  so that dR/dt = −‖∇R‖²',
    'Euler with step η:  θ(t + η) ≈ θ(t) − η∇R(θ(t)), gradient descent;  its error at a time T is O(η)',
    'R = ½θᵀHθ:  θ(t) = e^{−Ht} θ(0),  Euler (1 − ηH)^{t/η} θ(0), which grows where ηλ > 2',
    'Runge–Kutta 5(4):  error O(h⁵), h such that an estimate of order 4 stays within a tolerance',
  ],
  sources: [
    'Hairer, Nørsett & Wanner 1993, Solving Ordinary Differential Equations I, II.3 to II.6',
    'Dormand & Prince 1980, A family of embedded Runge–Kutta formulae',
    'Himmelblau 1972; Fisher 1936, the iris data',
  ],
  data: ['iris'],
  settings: {
    time: real('T, at which paths are compared, in units of 1/λ, λ the largest curvature at the start', {
      full: 5,
      range: [0.1, 50],
    }),
    coarsest: whole('steps of the coarsest Euler path', { full: 64, small: 48, least: 4, most: 300 }),
    halvings: whole('number of times its η is halved', { full: 6, small: 3, least: 2, most: 8 }),
    conditionNumber: real('κ of the quadratic', { full: 10, range: [1.5, 1000] }),
    dimensions: whole('numbers in θ of the quadratic', { full: 10, least: 2, most: 100 }),
    hidden: whole('units of the tanh network', { full: 4, least: 1, most: 100 }),
    tolerance: real('of the flow along which dR/dt is measured', { full: 1e-9, range: [1e-12, 1e-4] }),
    stable: real('η · L of a run that should converge', { full: 1.9, range: [0.1, 1.99] }),
    unstable: real('η · L of a run that should diverge', { full: 2.1, range: [2.01, 10] }),
    seed,
  },

  async run(
    { time, coarsest, halvings, conditionNumber, dimensions, hidden, tolerance, stable, unstable, seed },
    trial,
  ) {
    const quadratic = conditioned(conditionNumber, dimensions, new Random(seed));
    const eigenvalues = eigenvaluesOf(quadratic);
    const hills = { ...himmelblau, start: [-0.2, -3] }; // from here the flow bends
    using tanh = networkLandscape(await irisExamples(), hidden, seed);
    const landscapes = [quadraticLandscape(quadratic, eigenvalues), landscape(hills), tanh];
    return await runParts(
      [
        eulerError(2, { quadratic, eigenvalues, landscapes, time, coarsest, halvings }),
        rungeKutta(1, { eigenvalues, landscapes, time, tolerance }),
        paths(0.5, { hills, quadratic, stable, unstable }),
      ],
      trial,
    );
  },
});
