import type { Optimizer } from 'glissade';

const copyOf = (optimizer: Optimizer) => ({
  steps: optimizer.steps,
  parameters: optimizer.parameters.map((array) => array.slice()),
  states: [...optimizer.state].map(([name, arrays]) => [name, arrays.map((array) => array.slice())]),
});

/** Runs `action`, after which parameters, states and the number of steps must be what they were. */
export async function expectUnmoved(optimizer: Optimizer, action: () => unknown): Promise<void> {
  const before = copyOf(optimizer);
  await action();
  expect(copyOf(optimizer)).toEqual(before);
}
