import {
  adam,
  adamw,
  adan,
  ftrl,
  lamb,
  lars,
  lion,
  momentum,
  prodigy,
  type Rule,
  scheduleFree,
  schedules,
  sgd,
} from 'glissade';

const fading = schedules.cosine({ from: 0.1, steps: 4 }); // 0 from the fifth step

/** Every formula, with the options that lead through each of its branches. */
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
  ['ftrl without beta, at a rate that fades', ftrl({ learningRate: fading, beta: 0, l1: 0.01 })],
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
      beta1: schedules.cosine({ from: 0.9, to: 0.5, steps: 3 }),
      beta2: 0.5,
      epsilon: 0,
      weightDecay: 0.1,
    }),
  ],
  [
    'adam under schedules',
    adam({
      learningRate: schedules.cosine({ from: 0.1, steps: 4 }),
      beta1: schedules.cosine({ from: 0.9, to: 0.5, steps: 3 }),
    }),
  ],
  [
    'sgd under schedules',
    sgd({ learningRate: schedules.cosine({ from: 0.1, steps: 4 }), momentum: schedules.constant({ value: 0.9 }) }),
  ],
];
