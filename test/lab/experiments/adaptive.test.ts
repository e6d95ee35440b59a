import { adaptive } from '../../../lib/lab/experiments/adaptive';
import { reportOf } from '../../../lib/lab/run';

const small = (settings: Record<string, number>) => reportOf(adaptive, { size: 'small', settings });

describe('momentum in a ravine', () => {
  test.each([2, 3])(
    'is as fast as in theory with κ = %i, and Nesterov momentum better on equal terms',
    async (kappa) => {
      const { checks, findings } = await small({ conditionNumber: kappa });
      expect(checks.filter(({ holds }) => !holds)).toEqual([]);
      expect(findings).toContainEqual(expect.stringContaining('it is better, as theory has it'));
    },
  );

  test('can be followed until its numbers underflow', async () => {
    const { checks } = await small({ conditionNumber: 2, sweeps: 1000 });
    expect(checks.filter(({ holds }) => !holds)).toEqual([]);
  });

  test('is not behind Nesterov momentum on equal terms if α is small for κ', async () => {
    const { findings } = await small({ conditionNumber: 1000 });
    expect(findings).toContainEqual(expect.stringContaining('is not supported here'));
    expect(findings).not.toContainEqual(expect.stringContaining('it is better, as theory has it'));
  });
});
