import '../../../lib/definitions';
import { entrantOf, type ScheduleName, schedules } from '../../../lib/lab/race/choice';
import { checkEntrants, ruleOver } from '../../../lib/lab/race/entrants';
import { race } from '../../../lib/lab/race/race';
import { choosableRules, usualChoices } from '../../../lib/lab/race/rules';
import type { Rule } from '../../../lib/optimizers/rule';

const choice = { rule: 'adam', learningRate: 0.01, schedule: 'constant', options: '' } as const;

test.each(choosableRules())(
  '$name can be chosen with its rate $learningRate and each schedule',
  ({ name, learningRate }) => {
    const chosen = (Object.keys(schedules) as ScheduleName[]).map((schedule) =>
      entrantOf({ rule: name, learningRate, schedule, options: '' }),
    );
    const checked = checkEntrants(chosen as { rule: Rule }[]);
    const run = { steps: 100, stepsPerEpoch: 10 };
    const at = checked.map(({ rule }) => {
      const rate = ruleOver(rule, run).learningRate;
      return (step: number) => (typeof rate === 'function' ? rate(step) : rate);
    });
    const [constant, cosine, linear, warmUp, oneCycle, root] = at as ((step: number) => number)[];
    for (const rate of [constant, cosine, linear, root]) expect(rate!(0)).toBe(learningRate);
    expect(constant!(99)).toBe(learningRate);
    for (const rate of [cosine, linear, warmUp]) expect(rate!(99)).toBeLessThan(0.02 * learningRate);
    expect(warmUp!(0)).toBeLessThan(0.2 * learningRate);
    expect(linear!(50)).toBeCloseTo(learningRate / 2, 12);
    expect(Math.max(...Array.from({ length: 100 }, (_, t) => oneCycle!(t)))).toBeCloseTo(learningRate, 3);
    expect(root!(99)).toBeCloseTo(learningRate / 10, 12);
  },
);

test('other options go into the rule and its name', () => {
  expect(entrantOf({ ...choice, options: '{"beta2": 0.9}' })).toEqual({
    name: 'adam, beta2 0.9, η = 0.01',
    rule: { name: 'adam', learningRate: 0.01, beta2: 0.9 },
  });
  expect(() => entrantOf({ ...choice, options: '{beta2}' })).toThrow(SyntaxError);
  for (const own of ['name', 'learningRate'])
    expect(() => entrantOf({ ...choice, options: `{"${own}": 5}` })).toThrow(
      `options of adam: ${own} has a field of its own`,
    );
  expect(() => entrantOf({ ...choice, options: '[1]' })).toThrow('options of adam: [1] is not the JSON of an object');
});

test('the usual entrants have unique names', () => {
  expect(checkEntrants(usualChoices.map(entrantOf) as { rule: Rule }[])).toHaveLength(5);
});

test.each<[string, unknown, string]>([
  ['no list', {}, 'Expected an array of { rule } for entrants'],
  ['none', [], 'an integer from 1 to 8 for the number of entrants'],
  ['no rule', [{ rule: 'adam' }], 'entrants[0]: Expected an update rule'],
  [
    'a plateau',
    [{ rule: { name: 'sgd', learningRate: { name: 'reduceOnPlateau', from: 0.1 } } }],
    'entrants[0]: reduceOnPlateau needs the epochs of a run, which a race does not have',
  ],
  [
    'a plateau in a wrapper',
    [
      {
        rule: {
          name: 'lookahead',
          rule: {
            name: 'sgd',
            learningRate: { name: 'scale', by: 2, schedule: { name: 'reduceOnPlateau', from: 0.1 } },
          },
        },
      },
    ],
    'reduceOnPlateau',
  ],
  ['an unknown rule', [{ rule: { name: 'adm' } }], 'Did you mean "adam"?'],
  ['an unknown option', [{ rule: { name: 'adam', beta3: 1 } }], 'entrants[0]: adam: unknown option "beta3"'],
  ['another key', [{ rle: { name: 'adam' } }], 'unknown option "rle". Did you mean "rule"?'],
  ['a method', [{ rule: { name: 'lbfgs' } }], 'lbfgs needs the whole objective'],
  ['an empty name', [{ name: '', rule: { name: 'adam' } }], 'entrants[0].name'],
  [
    'twins',
    [{ rule: { name: 'adam' } }, { rule: { name: 'adam' } }],
    'two entrants are "adam, η = 0.001": give them names',
  ],
])('refuses %s', async (_, entrants, reason) => {
  await expect(race({ entrants: entrants as [] })).rejects.toThrow(reason);
});
