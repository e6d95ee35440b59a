import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { real, seed, whole } from '../setting.js';
import { onDigits } from '../zoo/on_digits.js';
import { onValley, otherStarts } from '../zoo/on_valley.js';

export const zoo = experiment({
  number: 16,
  name: 'zoo',
  title: 'All rules in one valley and on digits',
  slides: [
    { title: 'Momentum', claim: 'speed is accumulated along the way' },
    { title: 'Nesterov Momentum', claim: 'better in practice' },
    { title: 'AdaGrad', claim: 'a learning rate for each parameter' },
    { title: "AdaGrad (cont'd) and RMSprop", claim: 'a moving average is better where R is not convex' },
    { title: 'ADAM', claim: 'momentum and a learning rate for each parameter' },
  ],
  question: 'How do the rules differ, where the difference can be seen?',
  formulas: [
    'a bent valley, after Rosenbrock 1960:  R = (1 − x)² + 20(y − x²)²,  gradients ∇R + noise, from (−1, ½)',
    'a rate η(t) for a run of T steps:  η(t) = η·½(1 + cos πt/T), with the η that has the smallest mean of ln(R − R*) in other runs',
  ],
  sources: [
    'the papers of the rules, cited in their documentation',
    'Sivaprasad, Mai, Vogels, Jaggi & Fleuret 2020, Optimizer benchmarking needs to account for hyperparameter tuning, arXiv:1910.11758',
    'Schmidt, Schneider & Hennig 2021, Descending through a crowded valley, arXiv:2007.01547',
    'LeCun et al. 1998, the handwritten digits',
  ],
  data: ['digits'],
  settings: {
    steps: whole('steps in the valley', { full: 300, least: 20, most: 1000 }),
    perDecade: whole('rates tried for each power of ten from 0.001 to 300', { full: 4, most: 20 }),
    noise: real('σ of the noise in each coordinate of a gradient', { full: 0.5, range: [0, 10] }),
    tuningRuns: whole('runs that choose the rate of a rule', { full: 10, small: 2, most: 100 }),
    runs: whole('runs, each with its own noise, in which rules are compared', { full: 40, small: 12, most: 400 }),
    perFamily: whole('rules of each family, of those not in the lecture', { full: 5, most: 5 }),
    otherStarts: whole('further starts from which momentum and Nesterov momentum are compared', {
      full: otherStarts.length,
      small: 1,
      least: 0,
      most: otherStarts.length,
    }),
    examples: whole('digits to train on', { full: 3000, small: 1000, least: 100, most: 9000 }),
    heldOut: whole('digits held out, of the others', { full: 2000, small: 400, least: 10, most: 10_000 }),
    hidden: whole('hidden units', { full: 64, small: 32, most: 256 }),
    batchSize: whole('digits in a minibatch', { full: 64, most: 10_000 }),
    passes: whole('passes over the digits', { full: 2, most: 30 }),
    networks: whole('networks on which each rule runs', { full: 3, most: 20 }),
    goal: real('training loss to reach', { full: 0.3, small: 0.8, range: [1e-6, 2] }),
    seed,
  },

  run: (settings, trial) => runParts([onValley(2, settings), onDigits(3, settings)], trial),
});
