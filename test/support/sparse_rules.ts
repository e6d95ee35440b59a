import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ftrl } from '../../lib/optimizers/ftrl';
import { momentum } from '../../lib/optimizers/momentum';
import { radam } from '../../lib/optimizers/radam';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';

const falling = cosine({ from: 0.05, to: 0.01, steps: 12 });
const rate = { learningRate: 0.03 };
const decay = { weightDecay: 0.1 };

/** Rules with rows that catch up with idle steps. */
export const lazyRules: [string, Rule][] = [
  ['sgd', sgd(rate)],
  ['sgd under a schedule', sgd({ learningRate: falling })],
  ['sgd with weight decay', sgd({ ...rate, ...decay })],
  ['sgd with weight decay under a schedule', sgd({ learningRate: falling, ...decay })],
  ['sgd with momentum', sgd({ ...rate, momentum: 0.8 })],
  ['sgd with Nesterov momentum and weight decay', sgd({ ...rate, momentum: 0.8, nesterov: true, ...decay })],
  ['momentum', momentum(rate)],
  ['momentum under a schedule', momentum({ learningRate: falling })],
  ['adagrad', adagrad({ ...rate, initialAccumulator: 0.1 })],
  ['adagrad with weight decay', adagrad({ ...rate, ...decay, initialAccumulator: 0.1 })],
  ['adagrad under schedules', adagrad({ learningRate: falling, learningRateDecay: 0.1, initialAccumulator: 0.1 })],
  ['adam', adam(rate)],
  ['adam with weight decay', adam({ ...rate, ...decay })],
  ['adam under a schedule', adam({ learningRate: falling })],
  ['adam with amsgrad', adam({ ...rate, amsgrad: true })],
  ['adamw', adamw({ ...rate, ...decay })],
  [
    'adamw under schedules',
    adamw({ learningRate: falling, weightDecay: linearSchedule({ from: 0, to: 0.2, steps: 9 }) }),
  ],
  ['radam', radam(rate)],
  ['radam with weight decay', radam({ ...rate, ...decay })],
  ['radam with decoupled weight decay', radam({ ...rate, ...decay, decoupledWeightDecay: true })],
  ['ftrl', ftrl({ learningRate: 0.1, l1: 0.01, l2: 0.1 })],
  ['ftrl under a schedule', ftrl({ learningRate: falling, l1: 0.01, l2: 0.1 })],
  ['ftrl with an initial accumulator', ftrl({ learningRate: 0.1, initialAccumulator: 0.1 })],
];
