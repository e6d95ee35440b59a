import { adam, adamw, type FloatType, Optimizer, type Rule, sgd } from 'glissade';
import golden from '../golden/optimizers.json';
import { floatClass } from '../support/numbers';

interface TorchOptions {
  lr?: number;
  betas?: [number, number];
  eps?: number;
  weight_decay?: number;
  momentum?: number;
  dampening?: number;
  nesterov?: boolean;
  maximize?: boolean;
  amsgrad?: boolean;
}

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

/** The rule that PyTorch's options describe. */
function ruleOf({ torch, options }: Case): Rule {
  const { lr: learningRate, betas: [beta1, beta2] = [], eps: epsilon, weight_decay: weightDecay, ...others } = options;
  if (torch === 'SGD') return sgd({ learningRate, weightDecay, ...others });
  return { Adam: adam, AdamW: adamw }[torch]!({ learningRate, beta1, beta2, epsilon, weightDecay, ...others });
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
