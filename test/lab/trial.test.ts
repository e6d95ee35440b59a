import { claim } from '../../lib/lab/check';
import { rates } from '../../lib/lab/experiments/rates';
import { finding } from '../../lib/lab/outcome';
import { reportOf } from '../../lib/lab/run';
import { Trial } from '../../lib/lab/trial';

describe('a trial', () => {
  test('replaces the right model only by the requested counter-model', () => {
    const trial = new Trial({}, { counterModel: 'b' });
    expect([trial.instead('a', 1, 2), trial.instead('b', 1, 2), trial.within(0, 1).instead('b', 3, 4)]).toEqual([
      1, 2, 4,
    ]);
  });

  test('computes an outcome only if it has observers', async () => {
    const soFar = jest.fn(() => ({ figures: [], checks: [], findings: [] }));
    await new Trial({ onProgress: async () => {} }).progress(0.5, soFar);
    expect(soFar).not.toHaveBeenCalled();
    const seen = jest.fn();
    await new Trial({ onOutcome: seen }).within(0, 0.5).progress(0.5, soFar);
    expect(seen).toHaveBeenCalledTimes(1);
  });

  test('refuses an unknown counter-model, and names a known one', async () => {
    const onOutcome = jest.fn();
    await expect(reportOf(rates, { size: 'small', counterModel: 'η = 2.1/l', onOutcome })).rejects.toThrow(
      'unknown counter-model "η = 2.1/l". Did you mean "η = 2.1/L"?',
    );
    expect(onOutcome).not.toHaveBeenCalled();
  });
});

test('a finding changes its words if a check fails', () => {
  const sentence = (measured: number) =>
    finding([claim('').atMost(0, 1, 'c'), claim('').atMost(measured, 1, 'c')], 'holds', 'fails');
  expect([sentence(0), sentence(2)]).toEqual(['holds', 'fails']);
});
