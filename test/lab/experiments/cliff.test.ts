import { cliff } from '../../../lib/lab/experiments/cliff';
import { reportOf } from '../../../lib/lab/run';

const failures = async (settings: Record<string, number>) => {
  const { checks } = await reportOf(cliff, { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
};

describe('the cliff', () => {
  test('is not descended if even clipped steps are too long for the minimum', async () => {
    expect(await failures({ stepFactor: 2.5 })).toContain('with clipped gradients: the final loss');
  });

  test('throws off runs that are clipped at a norm above that of gradients', async () => {
    expect(await failures({ limit: 1e9 })).toContain('with clipped gradients: the final loss');
  });

  test('does not exist if the network is shallow and the start near', async () => {
    const [claim] = await failures({ depth: 2, wall: 1.1, plateauRate: 0.1 });
    expect(claim).toBe('gradient descent from the wall: loss after / before a step, the largest');
  });

  test('is satisfied even by decaying steps that begin too long', async () => {
    expect(await failures({ plateauRate: 5 })).toContain('with η = C·t^−α instead: the final loss');
  });
});

test('steps of any length are clipped, up to the rounding of θ', async () => {
  const { checks } = await reportOf(cliff, {
    size: 'small',
    settings: { recurrentRate: 0.001, recurrentLimit: 0.001 },
  });
  expect(checks.filter(({ claim }) => claim.startsWith('clipping')).map(({ holds }) => holds)).toEqual([true, true]);
});
