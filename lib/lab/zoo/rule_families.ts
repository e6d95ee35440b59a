import { adadelta } from '../../optimizers/adadelta.js';
import { adafactor } from '../../optimizers/adafactor.js';
import { adagrad } from '../../optimizers/adagrad.js';
import { adam } from '../../optimizers/adam.js';
import { adamax } from '../../optimizers/adamax.js';
import { adamw } from '../../optimizers/adamw.js';
import { adan } from '../../optimizers/adan.js';
import { asgd } from '../../optimizers/asgd.js';
import { ftrl } from '../../optimizers/ftrl.js';
import { lamb } from '../../optimizers/lamb.js';
import { lars } from '../../optimizers/lars.js';
import { lion } from '../../optimizers/lion.js';
import { lookahead } from '../../optimizers/lookahead.js';
import { momentum } from '../../optimizers/momentum.js';
import { muon } from '../../optimizers/muon.js';
import { nadam } from '../../optimizers/nadam.js';
import { prodigy } from '../../optimizers/prodigy.js';
import { radam } from '../../optimizers/radam.js';
import { rmsprop } from '../../optimizers/rmsprop.js';
import { rowWiseAdagrad } from '../../optimizers/row_wise_adagrad.js';
import { rprop } from '../../optimizers/rprop.js';
import type { Hyperparameter, Rule } from '../../optimizers/rule.js';
import { sam } from '../../optimizers/sam.js';
import { scheduleFree } from '../../optimizers/schedule_free.js';
import { sgd } from '../../optimizers/sgd.js';
import { cosine } from '../../schedules/cosine.js';

/** A rule with its common name. */
export interface Member {
  readonly name: string;
  /** The rule with this rate, for a run of `steps`. */
  rule(rate: number, steps: number): Rule;
}

/** A rule whose rate falls to 0 as a cosine, so that even rules with steps of constant length settle. */
const falling = (name: string, make: (learningRate: Hyperparameter) => Rule): Member => ({
  name,
  rule: (rate, steps) => make(cosine({ from: rate, steps })),
});

export const plainSgd = falling('SGD', (learningRate) => sgd({ learningRate }));

/** The rules of the lecture, with their defaults. */
export const lectureRules = {
  sgd: plainSgd,
  momentum: falling('momentum', (learningRate) => momentum({ learningRate })),
  nesterov: falling('Nesterov momentum', (learningRate) => momentum({ learningRate, nesterov: true })),
  adagrad: falling('AdaGrad', (learningRate) => adagrad({ learningRate })),
  rmsprop: falling('RMSprop', (learningRate) => rmsprop({ learningRate })),
  adam: falling('Adam', (learningRate) => adam({ learningRate })),
} as const;

export interface Family {
  readonly name: string;
  readonly title: string;
  readonly members: readonly Member[];
}

/**
 * The other rules with their defaults, but without weight decay, which moves the minimum. `adamw` keeps it, or it would
 * be `adam`.
 */
export const families: readonly Family[] = [
  {
    name: 'averages',
    title: 'gradients, their averages, and where they are taken',
    members: [
      falling('SGD, heavy ball', (learningRate) => sgd({ learningRate, momentum: 0.9 })),
      falling('SGD, Nesterov', (learningRate) => sgd({ learningRate, momentum: 0.9, nesterov: true })),
      falling('schedule-free SGD', (learningRate) => scheduleFree({ learningRate })),
      falling('ASGD', (learningRate) => asgd({ learningRate })),
      falling('SAM of SGD', (learningRate) => sam(sgd({ learningRate }))),
    ],
  },
  {
    name: 'sums',
    title: 'a rate for each parameter',
    members: [
      falling('AdaGrad, row-wise', (learningRate) => rowWiseAdagrad({ learningRate })),
      falling('RMSprop, centered', (learningRate) => rmsprop({ learningRate, centered: true })),
      falling('Adadelta', (learningRate) => adadelta({ learningRate })),
      falling('FTRL', (learningRate) => ftrl({ learningRate })),
      falling('Rprop', (learningRate) => rprop({ learningRate })),
    ],
  },
  {
    name: 'kin',
    title: "Adam's kin",
    members: [
      falling('Adamax', (learningRate) => adamax({ learningRate })),
      falling('NAdam', (learningRate) => nadam({ learningRate })),
      falling('RAdam', (learningRate) => radam({ learningRate })),
      falling('AMSGrad', (learningRate) => adam({ learningRate, amsgrad: true })),
      falling('AdamW', (learningRate) => adamw({ learningRate })),
    ],
  },
  {
    name: 'offspring',
    title: 'what came of Adam',
    members: [
      falling('schedule-free AdamW', (learningRate) => scheduleFree({ base: 'adamw', learningRate })),
      falling('Adan', (learningRate) => adan({ learningRate })),
      falling('Prodigy', (learningRate) => prodigy({ learningRate })),
      falling('Adafactor', (learningRate) => adafactor({ learningRate })),
      falling('lookahead of Adam', (learningRate) => lookahead(adam({ learningRate }))),
    ],
  },
  {
    name: 'lengths',
    title: 'signs, and steps of one length',
    members: [
      falling('Lion', (learningRate) => lion({ learningRate })),
      falling('Muon', (learningRate) => muon({ learningRate, weightDecay: 0 })),
      falling('LARS', (learningRate) => lars({ learningRate })),
      falling('LAMB', (learningRate) => lamb({ learningRate, weightDecay: 0 })),
    ],
  },
];
