// The settings of experiments, as a person last judged them. After a change on purpose:
//   GLISSADE_WRITE_GOLDEN=yes npx jest test/lab/descriptions
import fs from 'node:fs';
import path from 'node:path';
import { experiments } from '../../lib/lab';

const golden = path.join(__dirname, '../golden/lab_settings.json');

const told = Object.fromEntries(
  experiments.map(({ name, settings }) => [
    name,
    Object.fromEntries(
      Object.entries(settings).map(([key, { range, ...setting }]) => [key, { ...setting, expected: range.expected }]),
    ),
  ]),
);
if (process.env.GLISSADE_WRITE_GOLDEN) fs.writeFileSync(golden, `${JSON.stringify(told, undefined, 2)}\n`);
const expected = JSON.parse(fs.readFileSync(golden, 'utf8'));

test.each(experiments.map(({ name }) => name))(
  'the settings of %s have the defaults and bounds that they had',
  (name) => {
    expect(JSON.parse(JSON.stringify(told[name]))).toEqual(expected[name]);
  },
);

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
