import { flow } from '../../../lib/lab/experiments/flow';
import { reportOf } from '../../../lib/lab/run';

async function failing(settings: Record<string, number>): Promise<string[]> {
  const { checks } = await reportOf(flow, { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
}

describe('gradient flow', () => {
  test('is not approached linearly by steps that are too coarse', async () => {
    expect(await failing({ coarsest: 4 })).toContainEqual(expect.stringContaining("Euler's error"));
  });

  test('does not decrease R at the right rate if its tolerance is too large', async () => {
    expect(await failing({ tolerance: 1e-4 })).toContainEqual(expect.stringContaining('dR/dt'));
  });
});
