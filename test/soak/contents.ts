import type { FloatArray } from '../../lib/addon';
import type { Optimizer } from '../../lib/optimizers/optimizer';
import { same, sameArray } from './comparisons';

/** A copy of parameters and state of an optimizer. */
export function contents(optimizer: Optimizer) {
  return {
    steps: optimizer.steps,
    arrays: [
      ...optimizer.parameters.map((array, i) => ({ where: `parameters[${i}]`, array: array.slice() })),
      ...[...optimizer.state].flatMap(([name, arrays]) =>
        arrays.map((array, i) => ({ where: `${name}[${i}]`, array: array.slice() })),
      ),
    ],
  };
}
export type Contents = ReturnType<typeof contents>;

export function sameContents(actual: Contents, expected: Contents, where: string): void {
  same(actual.steps, expected.steps, `${where}: steps`);
  for (const [i, { where: name, array }] of expected.arrays.entries())
    sameArray(actual.arrays[i]!.array, array, `${where}: ${name}`);
}

/** Throws if an action changes the optimizer. */
export async function unmoved(optimizer: Optimizer, what: string, action: () => unknown): Promise<void> {
  const before = contents(optimizer);
  await action();
  sameContents(contents(optimizer), before, `after ${what}`);
}

/** Another optimizer, with this one's state and copies of its parameters. */
export function restored(optimizer: Optimizer, make: (arrays: FloatArray[]) => Optimizer): Optimizer {
  const other = make(optimizer.parameters.map((array) => array.slice() as FloatArray));
  other.restore(optimizer.save());
  sameContents(contents(other), contents(optimizer), 'as restored');
  return other;
}
