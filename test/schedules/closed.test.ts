import { closed } from '../../lib/schedules/closed';
import { cosine } from '../../lib/schedules/cosine';
import { scale } from '../../lib/schedules/scale';

const run = { steps: 100, stepsPerEpoch: 10 };

test('an open schedule gets the steps of the run', () => {
  expect(closed(cosine({ from: 1 }), run).description).toEqual(cosine({ from: 1, steps: 100 }).description);
  expect(closed(cosine({ from: 1, steps: 7 }), run).description).toEqual(cosine({ from: 1, steps: 7 }).description);
});

test('epochs become steps, also in the parts of a schedule', () => {
  const part = cosine({ from: 1, warmup: { epochs: 2 } });
  const whole = closed(scale({ schedule: part, by: 2 }), run);
  expect(whole.description).toEqual(
    scale({ schedule: cosine({ from: 1, steps: 100, warmup: 20 }), by: 2 }).description,
  );
  expect(whole(20)).toBe(2);
});

test.each<[unknown, unknown, string]>([
  [0.1, run, 'Expected a schedule for schedule but received 0.1'],
  [cosine({ from: 1 }), { steps: 0, stepsPerEpoch: 1 }, 'Expected an integer ≥ 1 for steps but received 0'],
  [cosine({ from: 1 }), { steps: 1 }, 'Expected an integer ≥ 1 for stepsPerEpoch'],
  [cosine({ from: 1 }), { step: 1 }, 'unknown option "step". Did you mean "steps"?'],
])('refuses %j over %j', (schedule, options, reason) => {
  expect(() => closed(schedule as never, options as never)).toThrow(reason);
});
