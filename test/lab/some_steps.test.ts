import { someSteps } from '../../lib/lab/some_steps';

describe.each(['linear', 'log'] as const)('some steps, %s', (scale) => {
  test('are all steps if there are few', () => {
    expect(someSteps(5, scale)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('increase from the first to the last if there are many', () => {
    const steps = someSteps(12_345, scale, 50);
    expect(steps.length).toBeLessThanOrEqual(50);
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(12_345);
    for (let i = 1; i < steps.length; ++i) expect(steps[i]!).toBeGreaterThan(steps[i - 1]!);
  });
});

test('steps are even, or even in their logarithms', () => {
  expect(someSteps(100, 'linear', 5)).toEqual([0, 25, 50, 75, 100]);
  expect(someSteps(9_999, 'log', 5)).toEqual([0, 9, 99, 999, 9_999]);
});
