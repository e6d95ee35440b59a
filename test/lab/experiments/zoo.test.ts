import { runExperiment } from 'glissade/lab';

test.each([
  ['tooLarge', 0.001, 'diverges'],
  ['goal', 1e-6, 'steps until'],
  ['accuracy', 1, 'accuracy'],
] as const)(
  'the zoo says so where %s is %d',
  async (setting, value, failing) => {
    const { checks, holds } = await runExperiment('zoo', { size: 'small', settings: { [setting]: value } });
    expect(holds).toBe(false);
    expect(checks.filter((check) => !check.holds).map(({ claim }) => claim)).toEqual([
      expect.stringContaining(failing),
    ]);
  },
  60_000,
);
