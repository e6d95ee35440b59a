import { interval } from '../../checks/ranges.js';
import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { real, seed, whole } from '../setting.js';
import { inLandscapes } from '../zoo/landscapes.js';
import { onDigits } from '../zoo/race.js';
import { families } from '../zoo/rule_families.js';

export const zoo = experiment({
  number: 16,
  name: 'zoo',
  title: 'All rules on test problems and on digits',
  slides: [
    { title: 'Momentum', claim: 'speed that is gathered along the way' },
    { title: 'AdaGrad', claim: 'a rate for each parameter' },
    { title: 'ADAM', claim: 'both' },
  ],
  question: 'How do the rules differ, where one can see it?',
  formulas: [
    'Rosenbrock 1960:  R = (1 − x)² + 100(y − x²)²',
    'Beale 1958:  R = (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²',
    'Himmelblau 1972:  R = (x² + y − 11)² + (x + y² − 7)²',
    'Branin 1972:  R = (y − 5.1x²/4π² + 5x/π − 6)² + 10(1 − 1/8π)cos x + 10',
    'a saddle:  R = ½(x² − y²) + ¼y⁴',
  ],
  sources: [
    'the papers of the rules, as their documentation names them',
    'Moré & Wild 2009, Benchmarking derivative-free optimization algorithms, on data profiles',
    'LeCun et al. 1998, the handwritten digits',
  ],
  settings: {
    steps: whole('steps of each way in the plane', { full: 300, small: 100, least: 20, most: 300 }),
    perDecade: whole('rates tried for each power of ten from 0.001 to 100', { full: 2, small: 1, most: 10 }),
    offset: real('how far beside the ridge the ways on the saddle start', { full: 0.1, range: interval(1e-6, 1) }),
    tooLarge: real('η of a run of SGD on Rosenbrock that is to diverge', { full: 0.007, range: interval(0.001, 1) }),
    turn: whole('by how many places the families of rules are moved on over the problems in the figures', {
      full: 0,
      least: 0,
      most: families.length - 1,
    }),
    examples: whole('digits to train on', { full: 8000, small: 600, least: 100, most: 9000 }),
    heldOut: whole('digits held out, of those that are left', { full: 2000, small: 400, least: 10, most: 10_000 }),
    hidden: whole('hidden units', { full: 128, small: 16, most: 256 }),
    batchSize: whole('digits in a minibatch', { full: 64, small: 32, most: 10_000 }),
    passes: whole('passes over the digits', { full: 4, small: 3, most: 30 }),
    goal: real('training loss that is to be reached', { full: 0.3, small: 0.8, range: interval(1e-6, 2) }),
    accuracy: real('share of held-out digits that the best rule is to get right', {
      full: 0.93,
      small: 0.7,
      range: interval(0.01, 1),
    }),
    seed,
  },

  run: (settings, trial) =>
    runParts(
      [
        { effort: 1, run: (trial) => inLandscapes(settings, trial) },
        { effort: 3, run: (trial) => onDigits(settings, trial) },
      ],
      trial,
    ),
});
