import type { Optimizer } from '../../lib/optimizers/optimizer';

const copyOf = (optimizer: Optimizer) => ({
  steps: optimizer.steps,
  parameters: optimizer.parameters.map((array) => array.slice()),
  states: [...optimizer.state].map(([name, arrays]) => [name, arrays.map((array) => array.slice())]),
});

/** Runs `action`, and expects that parameters, states and the number of steps are unchanged. */
export async function expectUnmoved(optimizer: Optimizer, action: () => unknown): Promise<void> {
  const before = copyOf(optimizer);
  await action();
  expect(copyOf(optimizer)).toEqual(before);
}
