import { acceleration } from '../../../lib/lab/experiments/acceleration';
import { reportOf } from '../../../lib/lab/run';

/** The claims that fail with a step of stepFactor/L. */
async function failing(stepFactor: number): Promise<string[]> {
  const settings = { stepFactor, chains: 6, largestCondition: 100 };
  const { checks } = await reportOf(acceleration, { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
}

describe('acceleration', () => {
  test('diverges with a step of 1.4/L, although gradient descent does not', async () => {
    const claims = await failing(1.4);
    expect(claims.length).toBeGreaterThan(1);
    for (const claim of claims) expect(claim).toMatch(/^accelerated/);
  });

  test('needs the whole step 1/L for its bound', async () => {
    expect(await failing(0.5)).toEqual([expect.stringContaining('2L/(t+1)²')]);
  });

  test.each([1.9, 50])('is not too fast with a step of %d/L either', async (stepFactor) => {
    for (const claim of await failing(stepFactor)) expect(claim).not.toMatch(/3L|no sum/);
  });
});
