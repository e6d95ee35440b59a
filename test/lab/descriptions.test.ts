import { experiments } from '../../lib/lab/experiments';

test.each(experiments.map(({ name, settings }) => ({ name, settings })))(
  'each setting of $name allows its bounds and defaults, and nothing outside',
  ({ settings }) => {
    for (const { range, least, most, full, small, values } of Object.values(settings)) {
      for (const inside of [least, most, full, small]) expect([inside, range.allows(inside)]).toEqual([inside, true]);
      for (const outside of [least - 1, most + 1, Number.NaN, Number.POSITIVE_INFINITY])
        expect([outside, range.allows(outside)]).toEqual([outside, false]);
      if (values !== 'real') expect(range.allows(least + 0.5)).toBe(false);
    }
  },
);
