import { sgdRates } from '../../../lib/lab/experiments/sgd_rates';
import { reportOf } from '../../../lib/lab/run';

const failing = async (settings: Record<string, number>) =>
  (await reportOf(sgdRates, { size: 'small', settings })).checks
    .filter(({ holds }) => !holds)
    .map(({ claim }) => claim);

describe('sgd-rates', () => {
  test('does not hold before the asymptotic regime of SGD', async () => {
    const claims = await failing({ conditionNumber: 1000, steps: 1000 });
    expect(claims).toContainEqual(expect.stringContaining('Polyak & Juditsky'));
    expect(claims).toContainEqual(expect.stringContaining('a fixed step'));
    expect(claims).toContainEqual(expect.stringContaining('levelling out'));
  });

  test('does not hold while the steps still decay to the smallest rate', async () => {
    expect(await failing({ leastRate: 0.002 })).toEqual([expect.stringContaining('levelling out')]);
  });

  test('confirms the guarantee of SGD for large and small steps', async () => {
    for (const scale of [0.1, 3])
      expect(await failing({ scale })).not.toContainEqual(expect.stringContaining('sure of'));
  });
});
