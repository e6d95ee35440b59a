import { Random } from '../../index.js';
import { experiment } from '../experiment.js';
import { runParts } from '../parts.js';
import { powerOfTwo, real, seed, whole } from '../setting.js';
import { batchSizes } from '../sgd/batch_sizes.js';
import { digitTask } from '../sgd/digit_classifier.js';
import { samplingOrders } from '../sgd/sampling_orders.js';
import { unlearning } from '../sgd/unlearning.js';

export const sgdInPractice = experiment({
  number: 13,
  name: 'sgd',
  title: 'Stochastic gradient descent in practice: sampling, order, batch size',
  slides: [
    {
      title: 'Stochastic Gradient Descent',
      claim: 'each step descends along the gradient of a subset that is drawn at random',
    },
    {
      title: 'Stochastic Gradient Descent',
      claim:
        'permuting the examples and passing through them minibatch by minibatch is harder to analyse but typically better; without permutation there is a danger of unlearning; minibatches of k = 1 often need the fewest backpropagations, larger ones use concurrency better',
    },
  ],
  question: 'Which examples should a step use, in which order, and how many at a time?',
  formulas: [
    'θ(t+1) = θ(t) − η(t)·∇R(S_k(t)),  S_k(t) drawn anew, or the next k of a permutation',
    'least squares, n examples, K passes, η ∝ 1/t:  R − R* ∝ 1/(nK) with replacement,  1/(nK²) with one random order for all passes,  1/K² with the worst order,  1/(nK)² + 1/(nK³) with a new order for each pass',
    'examples to a target ≈ E₀(1 + k/k*), steps = examples/k,  k* ≈ E‖gᵢ − g‖²/‖g‖² of the gradients gᵢ of single examples and their mean g',
  ],
  sources: [
    'Gürbüzbalaban, Ozdaglar & Parrilo 2021, Why random reshuffling beats stochastic gradient descent, arXiv:1510.08560',
    'HaoChen & Sra 2019, arXiv:1806.10077',
    'Rajput, Gupta & Papailiopoulos 2020, arXiv:2002.10400',
    'Safran & Shamir 2020, How good is SGD with random shuffling?, arXiv:1908.00045',
    'McCandlish, Kaplan & Amodei 2018, An empirical model of large-batch training, arXiv:1812.06162',
    'Shallue et al. 2019, arXiv:1811.03600',
    'LeCun et al. 1998, the handwritten digits MNIST',
  ],
  data: ['digits'],
  settings: {
    examples: whole('examples of the regression on which orders are compared', {
      full: 100,
      small: 50,
      least: 10,
      most: 1000,
    }),
    passes: whole('passes over them', { full: 200, small: 60, least: 20, most: 1000 }),
    orders: whole('runs of the regression, each with its own order', { full: 25, small: 15, most: 200 }),
    digitsEach: whole('examples of each handwritten digit', { full: 150, small: 100, least: 10, most: 700 }),
    hidden: whole('hidden units of the network that classifies digits', { full: 32, most: 256 }),
    sortedRate: real('η of the pass over sorted digits', { full: 0.07, range: [0.001, 1] }),
    target: real('training loss to reach with each batch size', { full: 0.2, small: 0.4, range: [0.1, 2] }),
    trials: whole('runs for each batch size and learning rate, each with its own initial weights and order', {
      full: 3,
      most: 20,
    }),
    largestBatch: powerOfTwo('largest batch size, which is also the number of training examples', {
      full: 1024,
      small: 256,
      least: 8,
      most: 4096,
    }),
    seed,
  },

  async run({ examples, passes, orders, digitsEach, hidden, sortedRate, target, trials, largestBatch, seed }, trial) {
    const random = new Random(seed);
    const task = await digitTask(digitsEach, 100, random);
    const { training } = task;
    try {
      return await runParts(
        [
          samplingOrders(1, { examples, passes, runs: orders, random }),
          unlearning(0.3, { task, hidden, learningRate: sortedRate, random }),
          batchSizes(4, { training, hidden, target, trials, largest: largestBatch, random }),
        ],
        trial,
      );
    } finally {
      task.dispose();
    }
  },
});
