import { checkedOptions } from '../../lib/checks/checked_options';
import { type DecisionOptions, decisionChecks, decisionOf } from '../../lib/tables/decision';
import type { TableModel } from '../../lib/tables/table_model';
import type { Target } from '../../lib/tables/target';
import { modelFor, people } from '../support/people';
import fc from '../support/properties';

const rows = people(300, 8);
let member: TableModel;
let plan: TableModel;
beforeAll(async () => {
  [member, plan] = [await modelFor('member'), await modelFor('plan')];
});

const classes = ['a', 'b', 'c'];
const target: Target = { column: 'y', task: 'classification', classes };

test('costs choose the class with the least expected cost', () => {
  const cost = fc.record(Object.fromEntries(classes.map((one) => [one, fc.float({ min: 0, max: 20, noNaN: true })])), {
    requiredKeys: [],
  });
  const costs = fc.record(Object.fromEntries(classes.map((one) => [one, cost])), { requiredKeys: [] });
  const weights = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(costs, weights, (given, of) => {
      const decide = decisionOf(
        'predict',
        target,
        checkedOptions('predict', { costs: given } as DecisionOptions, decisionChecks),
      )!;
      const costOf = (one: string) =>
        classes.reduce(
          (sum, truth, i) =>
            sum + of[i]! * ((given as Record<string, Record<string, number>>)[truth]?.[one] ?? (truth === one ? 0 : 1)),
          0,
        );
      const chosen = costOf(classes[decide(Float64Array.from([9, 9, 9, ...of]), 3)]!);
      for (const one of classes) expect(chosen).toBeLessThanOrEqual(costOf(one) * (1 + 1e-12) + 1e-12);
    }),
  );
});

test('a threshold is a probability of the second class, and equals the costs that imply it', async () => {
  const probabilities = member.predictProbabilities(rows).map((all) => all.true!);
  for (const threshold of [0.05, 0.3, 0.5, 0.9]) {
    const expected = probabilities.map((p) => p >= threshold);
    expect(member.predict(rows, { threshold })).toEqual(expected);
    const ratio = (1 - threshold) / threshold; // a missed row costs so much for each false alarm
    expect(member.predict(rows, { costs: { true: { false: ratio } } })).toEqual(expected);
  }
  const counts = [0.05, 0.3, 0.9].map(
    (threshold) => (member.predict(rows, { threshold }) as boolean[]).filter(Boolean).length,
  );
  expect(counts[0]).toBeGreaterThan(counts[1]!);
  expect(counts[1]).toBeGreaterThan(counts[2]!);
  expect(member.predict(rows[0]!, { threshold: 1e-9 })).toBe(true);
  const chunks: unknown[] = [];
  for await (const { predictions } of member.predictChunks(rows, { threshold: 0.05 })) chunks.push(...predictions);
  expect(chunks).toEqual(member.predict(rows, { threshold: 0.05 }));
});

test.each<[object, string]>([
  [{ treshold: 0.2 }, 'Did you mean "threshold"?'],
  [{ threshold: 0 }, 'for threshold but received 0'],
  [{ threshold: 0.5, costs: {} }, 'threshold and costs exclude each other'],
  [{ costs: { yes: { no: 1 } } }, 'the model has no class "yes"; its classes are false, true'],
  [{ costs: { true: { false: -1 } } }, 'for costs.true.false but received -1'],
  [{ costs: 3 }, 'an object of costs'],
])('predict refuses %p', (options, message) => {
  expect(() => member.predict(rows, options)).toThrow(message);
});

test('a threshold is refused for more than two classes, and both for numbers', async () => {
  expect(() => plan.predict(rows, { threshold: 0.2 })).toThrow(
    'threshold is for two classes, but the model has 3; give costs',
  );
  const price = await modelFor('price');
  expect(() => price.predict(rows, { costs: {} })).toThrow('the model predicts a number');
});

test('classes may have the names of Object.prototype', () => {
  const odd: Target = { column: 'y', task: 'classification', classes: ['constructor', 'toString'] };
  const decide = decisionOf('predict', odd, { costs: {}, threshold: undefined })!;
  expect([decide(Float64Array.of(0.6, 0.4), 0), decide(Float64Array.of(0.4, 0.6), 0)]).toEqual([0, 1]);
});

describe('what would have no effect is refused', () => {
  test.each(['predictProbabilities', 'explain', 'flags'] as const)('options of %s', (method) => {
    const call = member[method].bind(member) as (row: object, options?: object) => unknown;
    expect(() => call(rows[0]!, { threshold: 0.9 })).toThrow(`${method} takes no options`);
    expect(call(rows[0]!, undefined)).toEqual(call(rows[0]!));
  });

  test('a row without a column that the model knows; further columns are ignored', () => {
    expect(() => member.predict([rows[0]!, { AGE: 41 }])).toThrow(
      'row 2: the model knows none of its columns, such as "AGE". Did you mean "age"?',
    );
    expect(() => member.predictProbabilities({ AGE: 41 })).toThrow('knows none of its columns');
    expect(member.predict({ ...rows[0], shoes: 44 })).toBe(member.predict(rows[0]!));
    expect(() => member.predict({})).not.toThrow();
  });
});
