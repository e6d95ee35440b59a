import { cliff } from '../../../lib/lab/experiments/cliff';
import { reportOf } from '../../../lib/lab/run';

const failures = async (settings: Record<string, number>) => {
  const { checks } = await reportOf(cliff, { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
};

describe('the cliff', () => {
  test('is not gone down where even clipped steps are too long for the minimum', async () => {
    expect(await failures({ stepFactor: 2.5 })).toContain('with clipped gradients: the final loss');
  });

  test('throws off what is clipped at a norm that gradients do not reach', async () => {
    expect(await failures({ limit: 1e9 })).toContain('with clipped gradients: the final loss');
  });

  test('is none where the network is shallow and the start near', async () => {
    const [claim] = await failures({ depth: 2, wall: 1.1, plateauRate: 0.1 });
    expect(claim).toBe('gradient descent from the wall: loss after / before a step, the largest');
  });

  test('is met even by decaying steps that begin too long', async () => {
    expect(await failures({ plateauRate: 5 })).toContain('with η = C·t^−α instead: the final loss');
  });
});

test('steps are clipped but for the rounding of θ, however short they are', async () => {
  const { checks } = await reportOf(cliff, {
    size: 'small',
    settings: { recurrentRate: 0.001, recurrentLimit: 0.001 },
  });
  expect(checks.filter(({ claim }) => claim.startsWith('clipping')).map(({ holds }) => holds)).toEqual([true, true]);
});
