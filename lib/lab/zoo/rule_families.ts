import {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamw,
  adan,
  asgd,
  ftrl,
  type Hyperparameter,
  lamb,
  lars,
  lion,
  lookahead,
  momentum,
  muon,
  nadam,
  prodigy,
  type Rule,
  radam,
  rmsprop,
  rowWiseAdagrad,
  rprop,
  sam,
  scheduleFree,
  schedules,
  sgd,
} from '../../index.js';

/** A rule with its common name. */
export interface Member {
  readonly name: string;
  /** The rule with this rate, for a run of `steps`. */
  rule(rate: number, steps: number): Rule;
}

/** A rule whose learning rate falls to 0 as a cosine, so that rules with steps of constant length also settle. */
const falling = (name: string, make: (learningRate: Hyperparameter, steps: number) => Rule): Member => ({
  name,
  rule: (rate, steps) => make(schedules.cosine({ from: rate, steps }), steps),
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

/**
 * How a rule differs from SGD in the valley: its runs end below or above those of SGD, they are below after a tenth of the
 * steps, or they do not depend on a factor of R.
 */
export type Difference = 'below' | 'above' | 'sooner' | 'scale';

export interface DifferentMember extends Member {
  readonly difference: Difference;
}

const different =
  (difference: Difference) =>
  (...member: Parameters<typeof falling>): DifferentMember => ({ ...falling(...member), difference });

const endsBelow = different('below');
const endsAbove = different('above');
const isSooner = different('sooner');
const isFreeOfScale = different('scale');

export interface Family {
  readonly name: string;
  readonly title: string;
  readonly members: readonly DifferentMember[];
}

/**
 * The other rules with their defaults, but without weight decay, which moves the minimum. `adamw` keeps it, since it would
 * otherwise be `adam`. `asgd` averages the latter half of a run: by default it is SGD for a million steps.
 */
export const families: readonly Family[] = [
  {
    name: 'averages',
    title: 'gradients, their averages, and where they are taken',
    members: [
      endsBelow('SGD, heavy ball', (learningRate) => sgd({ learningRate, momentum: 0.9 })),
      endsBelow('SGD, Nesterov', (learningRate) => sgd({ learningRate, momentum: 0.9, nesterov: true })),
      endsBelow('schedule-free SGD', (learningRate) => scheduleFree({ learningRate })),
      endsAbove('ASGD', (learningRate, steps) => asgd({ learningRate, t0: steps / 2 })),
      endsAbove('SAM of SGD', (learningRate) => sam(sgd({ learningRate }))),
    ],
  },
  {
    name: 'sums',
    title: 'a learning rate for each parameter',
    members: [
      isFreeOfScale('AdaGrad, row-wise', (learningRate) => rowWiseAdagrad({ learningRate })),
      isFreeOfScale('RMSprop, centered', (learningRate) => rmsprop({ learningRate, centered: true })),
      isFreeOfScale('Adadelta', (learningRate) => adadelta({ learningRate })),
      isSooner('FTRL', (learningRate) => ftrl({ learningRate })),
      isFreeOfScale('Rprop', (learningRate) => rprop({ learningRate })),
    ],
  },
  {
    name: 'kin',
    title: "Adam's kin",
    members: [
      isFreeOfScale('Adamax', (learningRate) => adamax({ learningRate })),
      isFreeOfScale('NAdam', (learningRate) => nadam({ learningRate })),
      endsAbove('RAdam', (learningRate) => radam({ learningRate })),
      isFreeOfScale('AMSGrad', (learningRate) => adam({ learningRate, amsgrad: true })),
      isFreeOfScale('AdamW', (learningRate) => adamw({ learningRate })),
    ],
  },
  {
    name: 'offspring',
    title: 'what came of Adam',
    members: [
      isFreeOfScale('schedule-free AdamW', (learningRate) => scheduleFree({ base: 'adamw', learningRate })),
      isFreeOfScale('Adan', (learningRate) => adan({ learningRate })),
      isFreeOfScale('Prodigy', (learningRate) => prodigy({ learningRate })),
      isFreeOfScale('Adafactor', (learningRate) => adafactor({ learningRate })),
      isFreeOfScale('lookahead of Adam', (learningRate) => lookahead(adam({ learningRate }))),
    ],
  },
  {
    name: 'lengths',
    title: 'signs, and steps of one length',
    members: [
      isFreeOfScale('Lion', (learningRate) => lion({ learningRate })),
      isFreeOfScale('Muon', (learningRate) => muon({ learningRate, weightDecay: 0 })),
      isFreeOfScale('LARS', (learningRate) => lars({ learningRate })),
      isFreeOfScale('LAMB', (learningRate) => lamb({ learningRate, weightDecay: 0 })),
    ],
  },
];
