import { adam, adamw, momentum, type Rule, schedules, sgd } from 'glissade';
import { expectRefusal } from '../support/refusals';

type MakeRule = (options?: Record<string, unknown>) => Rule;

const makers: [string, MakeRule, nonNegative: string[], fractions: string[], flags: string[]][] = [
  ['sgd', sgd as MakeRule, ['learningRate', 'weightDecay'], ['momentum', 'dampening'], ['nesterov', 'maximize']],
  ['momentum', momentum as MakeRule, ['learningRate'], ['decay'], ['biasCorrection', 'nesterov']],
  ['adam', adam as MakeRule, ['learningRate', 'epsilon', 'weightDecay'], ['beta1', 'beta2'], ['amsgrad']],
  ['adamw', adamw as MakeRule, ['learningRate', 'epsilon', 'weightDecay'], ['beta1', 'beta2'], ['amsgrad']],
];

describe.each(makers)('%s', (name, make, nonNegative, fractions, flags) => {
  const numbers = [...nonNegative, ...fractions];
  /** The rule with one option, and with what that one needs. */
  const makeWith = (key: string, value: unknown) =>
    make({ ...(key === 'dampening' && { momentum: 0.5 }), [key]: value });

  test('is a frozen plain object that survives JSON', () => {
    const rule = make();
    expect(Object.isFrozen(rule)).toBe(true);
    expect(rule.name).toBe(name);
    expect(JSON.parse(JSON.stringify(rule))).toEqual(rule);
  });

  test('has all its options, and takes undefined for the default', () => {
    const undefinedOptions = Object.fromEntries([...numbers, ...flags].map((key) => [key, undefined]));
    expect(Object.keys(make()).sort()).toEqual(['name', ...numbers, ...flags].sort());
    expect(make(undefinedOptions)).toEqual(make());
  });

  test.each(numbers)('%s is a number', (key) => {
    for (const value of ['0.1', true, {}, [0.1], 1n])
      expectRefusal(() => make({ [key]: value }), 'ERR_INVALID_ARGUMENT', `${name}.${key}`);
  });

  test('takes no null, which JSON makes of NaN', () => {
    for (const key of [...numbers, ...flags])
      expectRefusal(() => make({ [key]: null }), 'ERR_INVALID_ARGUMENT', `${name}.${key}`, 'null');
  });

  test.each(numbers)('%s is finite and not negative', (key) => {
    for (const value of [NaN, Infinity, -Infinity, -1e-9])
      expectRefusal(() => make({ [key]: value }), 'ERR_OUT_OF_RANGE', `${name}.${key}`, String(value));
    expect(makeWith(key, 0)[key]).toBe(0);
  });

  test.each(fractions)('%s is below 1', (key) => {
    expectRefusal(() => make({ [key]: 1 }), 'ERR_OUT_OF_RANGE', `${name}.${key}`, '[0, 1)', '1');
    expect(makeWith(key, 0.999999)[key]).toBe(0.999999);
  });

  test.each(nonNegative)('%s may be large', (key) => {
    expect(make({ [key]: 1e6 })[key]).toBe(1e6);
  });

  test.each(flags)('%s is a boolean', (key) => {
    for (const value of [1, 'true', {}])
      expectRefusal(() => make({ [key]: value }), 'ERR_INVALID_ARGUMENT', `${name}.${key}`, 'boolean');
  });

  test.each(numbers)('%s may be a schedule, or the description of one', (key) => {
    const schedule = schedules.cosine({ from: 0.5, to: 0.1, steps: 3 });
    expect(makeWith(key, schedule)[key]).toBe(schedule);
    const described = makeWith(key, schedule.description)[key] as typeof schedule;
    expect(described(2)).toBe(schedule(2));
  });

  test('suggests the right name for a misspelled option', () => {
    expectRefusal(
      () => make({ learningrate: 1 }),
      'ERR_INVALID_ARGUMENT',
      `${name}:`,
      '"learningrate"',
      'Did you mean "learningRate"?',
    );
    expectRefusal(
      () => make({ lerningRate: 1 }),
      'ERR_INVALID_ARGUMENT',
      `${name}:`,
      '"lerningRate"',
      'Did you mean "learningRate"?',
    );
  });

  test('lists its options where none resembles what was given', () => {
    expectRefusal(
      () => make({ temperature: 1 }),
      'ERR_INVALID_ARGUMENT',
      `${name}:`,
      '"temperature"',
      ...numbers,
      ...flags,
    );
  });

  test.each([[null], [0.1], ['fast'], [[0.1]]])('takes an object of options, not %p', (options) => {
    expectRefusal(() => make(options as never), 'ERR_INVALID_ARGUMENT', name, 'object');
  });
});

describe('dampening', () => {
  test('needs momentum', () => {
    expectRefusal(() => sgd({ dampening: 0.1 }), 'ERR_INVALID_ARGUMENT', 'sgd', 'dampening', 'momentum');
    expect(sgd({ dampening: 0 }).dampening).toBe(0);
  });
});

describe('Nesterov momentum', () => {
  test('needs momentum and no dampening', () => {
    expectRefusal(() => sgd({ nesterov: true }), 'ERR_INVALID_ARGUMENT', 'sgd', 'nesterov', 'momentum');
    expectRefusal(
      () => sgd({ nesterov: true, momentum: 0.9, dampening: 0.1 }),
      'ERR_INVALID_ARGUMENT',
      'sgd',
      'nesterov',
      'dampening',
    );
    expect(sgd({ nesterov: true, momentum: 0.9 }).nesterov).toBe(true);
  });
});
