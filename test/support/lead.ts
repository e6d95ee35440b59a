import type { FloatArray } from '../../lib/addon';
import type { Gradient } from '../../lib/optimizers/gradient';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';

export type Options = ConstructorParameters<typeof Optimizer>[2];

/** One array after a rule's steps with these gradients, and the optimizer. */
export function lead(
  rule: Rule,
  initial: FloatArray,
  gradients: readonly Gradient[],
  options?: Options,
): { theta: FloatArray; optimizer: Optimizer } {
  const theta = initial.slice() as FloatArray;
  const optimizer = new Optimizer([theta], rule, options);
  for (const gradient of gradients) optimizer.step([gradient]);
  return { theta, optimizer };
}
