import type { PlateauSchedule } from '../../lib/schedules/reduce_on_plateau';
import golden from '../golden/schedules.json';
import { torchSchedules } from './torch_schedules';

/** PyTorch multiplies step by step, and rounds at each step; glissade uses a closed form. */
const bound = 3e-14;

describe('schedules follow PyTorch', () => {
  test.each(golden)('$name', ({ torch, options, base, rates, metric }) => {
    const schedule = torchSchedules[torch]!(base, options);
    expect(rates.length).toBe(metric?.length ?? 60);
    for (const [step, rate] of rates.entries()) {
      expect(Math.abs(schedule(step) - rate) / Math.max(1e-3, Math.abs(rate))).toBeLessThanOrEqual(bound);
      if (metric) (schedule as PlateauSchedule).observe(metric[step]!);
    }
  });

  test('in every kind of the table', () => {
    expect(new Set(golden.map(({ torch }) => torch))).toEqual(new Set(Object.keys(torchSchedules)));
    expect(golden).toHaveLength(14);
  });
});
