import { adam, adamw, momentum, type Rule, schedules, sgd } from 'glissade';

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
