import { adadelta } from '../../lib/optimizers/adadelta';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamax } from '../../lib/optimizers/adamax';
import { adamw } from '../../lib/optimizers/adamw';
import { adan } from '../../lib/optimizers/adan';
import { asgd } from '../../lib/optimizers/asgd';
import { ftrl } from '../../lib/optimizers/ftrl';
import { lamb } from '../../lib/optimizers/lamb';
import { lars } from '../../lib/optimizers/lars';
import { lion } from '../../lib/optimizers/lion';
import { momentum } from '../../lib/optimizers/momentum';
import { nadam } from '../../lib/optimizers/nadam';
import { prodigy } from '../../lib/optimizers/prodigy';
import { radam } from '../../lib/optimizers/radam';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import { rprop } from '../../lib/optimizers/rprop';
import type { Rule } from '../../lib/optimizers/rule';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { constant as constantSchedule } from '../../lib/schedules/constant';
import { cosine } from '../../lib/schedules/cosine';

const fading = cosine({ from: 0.1, steps: 4 }); // 0 from the fifth step

/** Every rule, with options that cover each branch of its formula. */
export const rules: [string, Rule][] = [
  ['sgd', sgd({ learningRate: 0.1 })],
  ['sgd with weight decay', sgd({ learningRate: 0.1, weightDecay: 0.02 })],
  ['sgd, maximising', sgd({ learningRate: 0.1, weightDecay: 0.02, maximize: true })],
  ['sgd with momentum', sgd({ learningRate: 0.1, momentum: 0.9 })],
  [
    'sgd with momentum, dampening and weight decay',
    sgd({ learningRate: 0.05, momentum: 0.8, dampening: 0.3, weightDecay: 0.02 }),
  ],
  ['sgd with momentum, maximising', sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.1, maximize: true })],
  ['sgd with Nesterov momentum', sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 })],
  ['momentum', momentum({ learningRate: 0.1 })],
  ['momentum without bias correction', momentum({ learningRate: 0.1, decay: 0.7, biasCorrection: false })],
  ['adam', adam({ learningRate: 0.01 })],
  ['adam with weight decay', adam({ learningRate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.02 })],
  ['adam with amsgrad', adam({ learningRate: 0.01, beta2: 0.6, amsgrad: true, weightDecay: 0.01 })],
  ['adamw', adamw({ learningRate: 0.01, weightDecay: 0.1 })],
  ['adamw with amsgrad', adamw({ learningRate: 0.01, beta2: 0.6, amsgrad: true })],
  ['adagrad', adagrad({ learningRate: 0.1 })],
  [
    'adagrad from an accumulator, with decays',
    adagrad({ learningRate: 0.1, epsilon: 1e-3, initialAccumulator: 0.1, learningRateDecay: 0.3, weightDecay: 0.02 }),
  ],
  ['rmsprop', rmsprop({ learningRate: 0.01 })],
  [
    'rmsprop with bias correction',
    rmsprop({ learningRate: 0.01, epsilon: 1e-4, biasCorrection: true, weightDecay: 0.02 }),
  ],
  ["rmsprop with the lecture's sum", rmsprop({ learningRate: 0.1, decay: 0.9, normalized: false })],
  ['rmsprop with momentum', rmsprop({ learningRate: 0.01, momentum: 0.9, weightDecay: 0.02 })],
  ['rmsprop, centered', rmsprop({ learningRate: 0.01, decay: 0.6, centered: true, weightDecay: 0.02 })],
  [
    'rmsprop, centered, with momentum',
    rmsprop({ centered: true, biasCorrection: true, momentum: 0.8, weightDecay: 0.02 }),
  ],
  ['adadelta', adadelta()],
  ['adadelta with weight decay', adadelta({ learningRate: 0.5, decay: 0.7, epsilon: 1e-4, weightDecay: 0.02 })],
  ['adamax', adamax({ beta2: 0.6 })],
  ['adamax with weight decay', adamax({ learningRate: 0.1, beta1: 0.7, epsilon: 1e-3, weightDecay: 0.02 })],
  ['nadam', nadam({ momentumDecay: 0.5 })],
  ['nadam with weight decay', nadam({ learningRate: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 1e-4, weightDecay: 0.02 })],
  ['nadam with decoupled weight decay', nadam({ learningRate: 0.05, weightDecay: 0.1, decoupledWeightDecay: true })],
  ['radam', radam()],
  ['radam with weight decay', radam({ learningRate: 0.01, beta1: 0.8, beta2: 0.98, epsilon: 1e-4, weightDecay: 0.02 })],
  ['radam with decoupled weight decay', radam({ learningRate: 0.05, weightDecay: 0.1, decoupledWeightDecay: true })],
  ['rprop', rprop()],
  ['rprop within narrow limits', rprop({ etaMinus: 0.3, etaPlus: 1.7, minStep: 8e-3, maxStep: 0.02 })],
  ['asgd', asgd()],
  ['asgd with averaging', asgd({ learningRate: 0.05, lambda: 0.3, alpha: 0.6, t0: 1, weightDecay: 0.02 })],
  ['lion', lion({ learningRate: 0.01 })],
  ['lion with weight decay', lion({ learningRate: 0.01, beta1: 0, beta2: 0.5, weightDecay: 0.3 })],
  ['lars', lars()],
  [
    'lars with Nesterov momentum and weight decay',
    lars({ learningRate: 0.5, momentum: 0.8, trustCoefficient: 0.02, epsilon: 1e-3, weightDecay: 0.1, nesterov: true }),
  ],
  ['lamb', lamb({ learningRate: 0.01 })],
  [
    'lamb without bias correction and epsilon',
    lamb({ learningRate: 0.05, beta1: 0.5, beta2: 0.7, epsilon: 0, weightDecay: 0, biasCorrection: false }),
  ],
  ['adan', adan({ learningRate: 0.01 })],
  [
    'adan with weight decay',
    adan({ learningRate: 0.1, beta1: 0.8, beta2: 0.6, beta3: 0.7, epsilon: 0, weightDecay: 0.2 }),
  ],
  ['ftrl', ftrl()],
  ['ftrl with l1 and l2', ftrl({ learningRate: 0.2, beta: 0.1, l1: 0.3, l2: 0.5, initialAccumulator: 0.1 })],
  ['ftrl without beta, at a decreasing rate', ftrl({ learningRate: fading, beta: 0, l1: 0.01 })],
  ['prodigy', prodigy()],
  [
    'prodigy with weight decay and bias correction',
    prodigy({ beta1: 0.5, beta2: 0.8, beta3: 0.7, weightDecay: 0.1, d0: 0.01, dCoefficient: 2, biasCorrection: true }),
  ],
  [
    'prodigy with warm-up, growing slowly',
    prodigy({ learningRate: fading, epsilon: 0, d0: 1e-3, growthRate: 1.1, safeguardWarmup: true }),
  ],
  ['scheduleFree', scheduleFree({ learningRate: 0.1 })],
  [
    'scheduleFree with warm-up, weights and weight decay',
    scheduleFree({ beta1: 0.7, weightDecay: 0.1, warmupSteps: 4, weightStepPower: 1.5, weightRatePower: 0.5 }),
  ],
  ['scheduleFree over adamw', scheduleFree({ base: 'adamw' })],
  [
    'scheduleFree over adamw under schedules',
    scheduleFree({
      base: 'adamw',
      learningRate: fading,
      beta1: cosine({ from: 0.9, to: 0.5, steps: 3 }),
      beta2: 0.5,
      epsilon: 0,
      weightDecay: 0.1,
    }),
  ],
  [
    'adam under schedules',
    adam({
      learningRate: cosine({ from: 0.1, steps: 4 }),
      beta1: cosine({ from: 0.9, to: 0.5, steps: 3 }),
    }),
  ],
  [
    'sgd under schedules',
    sgd({ learningRate: cosine({ from: 0.1, steps: 4 }), momentum: constantSchedule({ value: 0.9 }) }),
  ],
  [
    'nadam under schedules',
    nadam({
      beta1: cosine({ from: 0.9, to: 0.5, steps: 3 }),
      momentumDecay: cosine({ from: 0.5, to: 0.1, steps: 3 }),
    }),
  ],
  ['asgd under schedules', asgd({ learningRate: cosine({ from: 0.1, to: 0.02, steps: 4 }), lambda: 0.3, t0: 2 })],
];
