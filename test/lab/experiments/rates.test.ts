import { rates } from '../../../lib/lab/experiments/rates';
import { reportOf } from '../../../lib/lab/run';

const run = (stepFactor: number) => reportOf(rates, { size: 'small', settings: { stepFactor } });

describe('gradient descent on convex problems', () => {
  test('breaks its bounds with a step of 2.1/L', async () => {
    const failing = (await run(2.1)).checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
    for (const bound of ['2L/(t+1)', 'L/(2t)', '(1 − μ/L)ᵗ', '∝ κᵖ'])
      expect(failing).toContainEqual(expect.stringContaining(bound));
  });

  test('keeps them with half of the step 1/L', async () => {
    expect((await run(0.5)).holds).toBe(true);
  });
});
