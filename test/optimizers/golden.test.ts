import type { FloatType } from '../../lib/addon';
import { adadelta } from '../../lib/optimizers/adadelta';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamax } from '../../lib/optimizers/adamax';
import { adamw } from '../../lib/optimizers/adamw';
import { asgd } from '../../lib/optimizers/asgd';
import { nadam } from '../../lib/optimizers/nadam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { radam } from '../../lib/optimizers/radam';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import { rprop } from '../../lib/optimizers/rprop';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import golden from '../golden/optimizers.json';
import { floatClass } from '../support/numbers';

type TorchOptions = Record<string, number | boolean | [number, number]>;

interface Case {
  name: string;
  torch: string;
  options: TorchOptions;
  dtype: string;
  initial: number[];
  gradients: number[][];
  expected: number[][];
}

const bounds: Record<FloatType, number> = { float64: 1e-12, float32: 2e-6 };

const makers: Record<string, (options: object) => Rule> = {
  SGD: sgd,
  Adagrad: adagrad,
  RMSprop: ({ alpha: decay, ...others }: { alpha?: number }) => rmsprop({ decay, ...others }),
  Adadelta: adadelta,
  Adam: adam,
  AdamW: adamw,
  Adamax: adamax,
  NAdam: nadam,
  RAdam: radam,
  Rprop: rprop,
  ASGD: asgd,
};

/** glissade's names for the PyTorch options with a different name. */
const names: Record<string, string[]> = {
  lr: ['learningRate'],
  rho: ['decay'],
  betas: ['beta1', 'beta2'],
  eps: ['epsilon'],
  weight_decay: ['weightDecay'],
  lr_decay: ['learningRateDecay'],
  initial_accumulator_value: ['initialAccumulator'],
  decoupled_weight_decay: ['decoupledWeightDecay'],
};

/** The rule that PyTorch's options describe. */
function ruleOf({ torch, options }: Case): Rule {
  const ours = Object.entries(options).flatMap(([key, value]) =>
    (names[key] ?? [key]).map((name, i) => [name, [value].flat()[i]] as const),
  );
  return makers[torch]!(Object.fromEntries(ours));
}

test.each(golden as unknown as Case[])('$name follows PyTorch over 12 steps', (trajectory) => {
  const type = trajectory.dtype as FloatType;
  const array = (numbers: number[]) => floatClass[type].from(numbers);
  const theta = array(trajectory.initial);
  const optimizer = new Optimizer([theta], ruleOf(trajectory));

  expect(trajectory.expected).toHaveLength(12);
  trajectory.expected.forEach((expected, step) => {
    optimizer.step([array(trajectory.gradients[step]!)]);
    const errors = expected.map((theirs, i) => Math.abs(theta[i]! - theirs) / Math.max(1, Math.abs(theirs)));
    expect(errors).toHaveLength(37);
    expect(Math.max(...errors)).toBeLessThanOrEqual(bounds[type]);
  });
});
