import { adadelta } from '../../lib/optimizers/adadelta';
import { adafactor } from '../../lib/optimizers/adafactor';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamax } from '../../lib/optimizers/adamax';
import { adamw } from '../../lib/optimizers/adamw';
import { adan } from '../../lib/optimizers/adan';
import { asgd } from '../../lib/optimizers/asgd';
import { ftrl } from '../../lib/optimizers/ftrl';
import { lamb } from '../../lib/optimizers/lamb';
import { lars } from '../../lib/optimizers/lars';
import { lion } from '../../lib/optimizers/lion';
import { momentum } from '../../lib/optimizers/momentum';
import { muon } from '../../lib/optimizers/muon';
import { nadam } from '../../lib/optimizers/nadam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { prodigy } from '../../lib/optimizers/prodigy';
import { radam } from '../../lib/optimizers/radam';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import { rprop } from '../../lib/optimizers/rprop';
import type { Rule } from '../../lib/optimizers/rule';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { constant as constantSchedule } from '../../lib/schedules/constant';
import { cosine } from '../../lib/schedules/cosine';
import { expectRefusal } from '../support/refusals';

type MakeRule = (options?: Record<string, unknown>) => Rule;

const makers: [
  string,
  MakeRule,
  nonNegative: string[],
  fractions: string[],
  flags: string[],
  others?: string[], // numbers with their own range
  words?: string[],
][] = [
  ['sgd', sgd as MakeRule, ['learningRate', 'weightDecay'], ['momentum', 'dampening'], ['nesterov', 'maximize']],
  ['momentum', momentum as MakeRule, ['learningRate'], ['decay'], ['biasCorrection', 'nesterov']],
  ['adam', adam as MakeRule, ['learningRate', 'epsilon', 'weightDecay'], ['beta1', 'beta2'], ['amsgrad']],
  ['adamw', adamw as MakeRule, ['learningRate', 'epsilon', 'weightDecay'], ['beta1', 'beta2'], ['amsgrad']],
  [
    'adagrad',
    adagrad as MakeRule,
    ['learningRate', 'epsilon', 'initialAccumulator', 'learningRateDecay', 'weightDecay'],
    [],
    [],
  ],
  [
    'rmsprop',
    rmsprop as MakeRule,
    ['learningRate', 'epsilon', 'weightDecay'],
    ['decay', 'momentum'],
    ['centered', 'normalized', 'biasCorrection'],
  ],
  ['adadelta', adadelta as MakeRule, ['learningRate', 'epsilon', 'weightDecay'], ['decay'], []],
  ['adamax', adamax as MakeRule, ['learningRate', 'epsilon', 'weightDecay'], ['beta1', 'beta2'], []],
  [
    'nadam',
    nadam as MakeRule,
    ['learningRate', 'epsilon', 'momentumDecay', 'weightDecay'],
    ['beta1', 'beta2'],
    ['decoupledWeightDecay'],
  ],
  [
    'radam',
    radam as MakeRule,
    ['learningRate', 'epsilon', 'weightDecay'],
    ['beta1', 'beta2'],
    ['decoupledWeightDecay'],
  ],
  ['rprop', rprop as MakeRule, ['learningRate'], ['etaMinus'], [], ['etaPlus', 'minStep', 'maxStep']],
  ['asgd', asgd as MakeRule, ['learningRate', 'lambda', 'alpha', 't0', 'weightDecay'], [], []],
  ['lion', lion as MakeRule, ['learningRate', 'weightDecay'], ['beta1', 'beta2'], []],
  [
    'lars',
    lars as MakeRule,
    ['learningRate', 'trustCoefficient', 'epsilon', 'weightDecay'],
    ['momentum'],
    ['nesterov'],
  ],
  ['lamb', lamb as MakeRule, ['learningRate', 'epsilon', 'weightDecay'], ['beta1', 'beta2'], ['biasCorrection']],
  ['adan', adan as MakeRule, ['learningRate', 'epsilon', 'weightDecay'], ['beta1', 'beta2', 'beta3'], []],
  ['ftrl', ftrl as MakeRule, ['learningRate', 'beta', 'l1', 'l2', 'initialAccumulator'], [], []],
  [
    'adafactor',
    adafactor as MakeRule,
    ['learningRate', 'epsilon1', 'epsilon2', 'weightDecay'],
    [],
    [],
    ['beta2Decay', 'clipThreshold'],
  ],
  [
    'muon',
    muon as MakeRule,
    ['learningRate', 'weightDecay', 'epsilon'],
    ['momentum', 'beta1', 'beta2'],
    ['nesterov'],
    ['newtonSchulzSteps'],
    ['adjust', 'outputs', 'precision'],
  ],
  [
    'prodigy',
    prodigy as MakeRule,
    ['learningRate', 'epsilon', 'weightDecay'],
    ['beta1', 'beta2', 'beta3'],
    ['biasCorrection', 'safeguardWarmup'],
    ['d0', 'dCoefficient', 'growthRate'],
  ],
  [
    'scheduleFree',
    scheduleFree as MakeRule,
    ['learningRate', 'epsilon', 'weightDecay', 'warmupSteps', 'weightStepPower', 'weightRatePower'],
    ['beta2'],
    [],
    ['beta1'],
    ['base'],
  ],
];

describe.each(makers)('%s', (name, make, nonNegative, fractions, flags, others = [], words = []) => {
  const fromZero = [...nonNegative, ...fractions];
  const numbers = [...fromZero, ...others];
  /** The rule with one option, and with the options that this one needs. */
  const makeWith = (key: string, value: unknown) =>
    make({ ...(key === 'dampening' && { momentum: 0.5 }), [key]: value });

  test('is a frozen plain object that survives JSON', () => {
    const rule = make();
    expect(Object.isFrozen(rule)).toBe(true);
    expect(rule.name).toBe(name);
    expect(JSON.parse(JSON.stringify(rule))).toEqual(rule);
  });

  test('has all its options, and treats undefined as the default', () => {
    const undefinedOptions = Object.fromEntries([...numbers, ...flags, ...words].map((key) => [key, undefined]));
    expect(Object.keys(make()).sort()).toEqual(['name', ...numbers, ...flags, ...words].sort());
    expect(make(undefinedOptions)).toEqual(make());
  });

  test.each(numbers)('%s must be a number', (key) => {
    for (const value of ['0.1', true, {}, [0.1], 1n])
      expectRefusal(() => make({ [key]: value }), 'ERR_INVALID_ARGUMENT', `${name}.${key}`);
  });

  test('refuses null, which JSON makes of NaN', () => {
    for (const key of [...numbers, ...flags, ...words])
      expectRefusal(() => make({ [key]: null }), 'ERR_INVALID_ARGUMENT', `${name}.${key}`, 'null');
  });

  test.each(fromZero)('%s must be finite and not negative', (key) => {
    for (const value of [NaN, Infinity, -Infinity, -1e-9])
      expectRefusal(() => make({ [key]: value }), 'ERR_OUT_OF_RANGE', `${name}.${key}`, String(value));
    expect(makeWith(key, 0)[key]).toBe(0);
  });

  test('has decays below 1', () => {
    for (const key of fractions) {
      expectRefusal(() => make({ [key]: 1 }), 'ERR_OUT_OF_RANGE', `${name}.${key}`, '[0, 1)', '1');
      expect(makeWith(key, 0.999999)[key]).toBe(0.999999);
    }
  });

  test.each(nonNegative)('%s can be large', (key) => {
    expect(make({ [key]: 1e6 })[key]).toBe(1e6);
  });

  test('has boolean flags', () => {
    for (const key of flags)
      for (const value of [1, 'true', {}])
        expectRefusal(() => make({ [key]: value }), 'ERR_INVALID_ARGUMENT', `${name}.${key}`, 'boolean');
  });

  test.each(numbers)('%s can be a schedule, or the description of one', (key) => {
    const schedule = cosine({ from: 0.5, to: 0.1, steps: 3 });
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

  test('lists its options if none resembles the given name', () => {
    expectRefusal(
      () => make({ temperature: 1 }),
      'ERR_INVALID_ARGUMENT',
      `${name}:`,
      '"temperature"',
      ...numbers,
      ...flags,
    );
  });

  test.each([[null], [0.1], ['fast'], [[0.1]]])('requires an object of options, not %p', (options) => {
    expectRefusal(() => make(options as never), 'ERR_INVALID_ARGUMENT', name, 'object');
  });
});

describe('dampening', () => {
  test('requires momentum', () => {
    expectRefusal(() => sgd({ dampening: 0.1 }), 'ERR_INVALID_ARGUMENT', 'sgd', 'dampening', 'momentum');
    expect(sgd({ dampening: 0 }).dampening).toBe(0);
  });
});

describe('Nesterov momentum', () => {
  test('requires momentum and no dampening', () => {
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

describe('rmsprop', () => {
  test('is centered over averages only', () => {
    expectRefusal(
      () => rmsprop({ centered: true, normalized: false }),
      'ERR_INVALID_ARGUMENT',
      'rmsprop',
      'centered',
      'normalized',
    );
  });

  test('has only the states it needs', () => {
    const states = (options: object) => [...new Optimizer([new Float32Array(1)], rmsprop(options)).state.keys()].sort();
    expect(states({})).toEqual(['v']);
    expect(states({ momentum: 0.9 })).toEqual(['b', 'v']);
    expect(states({ centered: true })).toEqual(['m', 'v']);
    expect(states({ centered: true, momentum: 0.9 })).toEqual(['b', 'm', 'v']);
  });
});

describe('rprop', () => {
  test('requires an etaPlus of at least 1', () => {
    for (const value of [NaN, Infinity, 0.999, -1])
      expectRefusal(() => rprop({ etaPlus: value }), 'ERR_OUT_OF_RANGE', 'rprop.etaPlus', '≥ 1', String(value));
    expect(rprop({ etaPlus: 1 }).etaPlus).toBe(1);
  });

  test.each(['minStep', 'maxStep'])('requires a %s that is finite and not negative', (key) => {
    for (const value of [NaN, Infinity, -1e-9])
      expectRefusal(() => rprop({ [key]: value }), 'ERR_OUT_OF_RANGE', `rprop.${key}`, String(value));
  });

  test('requires minStep ≤ maxStep', () => {
    expectRefusal(() => rprop({ minStep: 60 }), 'ERR_OUT_OF_RANGE', 'rprop', 'minStep', '60', 'maxStep', '50');
    expect(rprop({ minStep: 60, maxStep: 60 }).minStep).toBe(60);
    expect(rprop({ minStep: 0, maxStep: 0 }).maxStep).toBe(0);
  });
});

describe.each([
  [prodigy as MakeRule, 'd0', '> 0', [0, -1, Infinity], [1e-12, 1]],
  [prodigy as MakeRule, 'dCoefficient', '> 0', [0, -1, Infinity], [0.5, 2]],
  [prodigy as MakeRule, 'growthRate', '0 or a finite number ≥ 1', [0.99, NaN, Infinity], [0, 1, 1.02]],
  [adafactor as MakeRule, 'beta2Decay', '≤ 0', [0.1, NaN, -Infinity], [0, -0.5, -2]],
  [adafactor as MakeRule, 'clipThreshold', '> 0', [0, -1, Infinity], [0.1, 10]],
  [muon as MakeRule, 'newtonSchulzSteps', 'a whole number from 0 to 100', [-1, 1.5, 101, NaN], [0, 5, 100]],
  [scheduleFree as MakeRule, 'beta1', '(0, 1)', [0, 1, -0.1], [1e-6, 0.999]],
] as [MakeRule, string, string, number[], number[]][])(
  '%# with a special range',
  (make, key, range, outside, inside) => {
    test(`${key} must be ${range}`, () => {
      for (const value of outside) expectRefusal(() => make({ [key]: value }), 'ERR_OUT_OF_RANGE', key, range);
      for (const value of inside) expect(make({ [key]: value })[key]).toBe(value);
      expectRefusal(() => make({ [key]: '1' }), 'ERR_INVALID_ARGUMENT', key);
      const schedule = constantSchedule({ value: inside[0]! });
      expect(make({ [key]: schedule })[key]).toBe(schedule);
    });
  },
);

describe('the rules of matrices', () => {
  test("have PyTorch's defaults", () => {
    expect(adafactor()).toEqual({
      name: 'adafactor',
      learningRate: 0.01,
      beta2Decay: -0.8,
      epsilon1: 0,
      epsilon2: 1e-3,
      clipThreshold: 1,
      weightDecay: 0,
    });
    expect(muon()).toEqual({
      name: 'muon',
      learningRate: 1e-3,
      momentum: 0.95,
      nesterov: true,
      newtonSchulzSteps: 5,
      adjust: 'original',
      outputs: 'auto',
      precision: 'full',
      weightDecay: 0.1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
    });
  });

  test('adjust steps in one of two ways', () => {
    expectRefusal(() => muon({ adjust: 'match' as never }), 'ERR_INVALID_ARGUMENT', 'muon.adjust', 'matchRmsAdamw');
    expectRefusal(
      () => muon({ adjust: 'match_rms_adamw' as never }),
      'ERR_INVALID_ARGUMENT',
      'It is called "matchRmsAdamw" here',
    );
    expectRefusal(() => muon({ outputs: 'column' as never }), 'ERR_INVALID_ARGUMENT', 'muon.outputs', 'columns');
    expectRefusal(() => muon({ precision: 'half' as never }), 'ERR_INVALID_ARGUMENT', 'muon.precision', 'bfloat16');
  });

  test('have only the states they need', () => {
    const keys = (rule: Rule, shape: number[]) => {
      const { state } = new Optimizer([{ data: new Float32Array(6), shape }], rule);
      return Object.fromEntries([...state].map(([name, [array]]) => [name, array!.length]));
    };
    expect(keys(adafactor(), [2, 3])).toEqual({ row: 2, column: 3 });
    expect(keys(adafactor(), [6])).toEqual({ variance: 6 });
    expect(keys(muon(), [2, 3])).toEqual({ b: 6 });
    expect(keys(muon(), [6])).toEqual({ m: 6, v: 6 });
  });
});

describe("scheduleFree's base", () => {
  test('is sgd or adamw', () => {
    expect(scheduleFree().base).toBe('sgd');
    expect(scheduleFree({ base: 'adamw' }).base).toBe('adamw');
    expectRefusal(() => scheduleFree({ base: 'adam' as never }), 'ERR_INVALID_ARGUMENT', 'scheduleFree.base', 'adamw');
  });

  test('determines the default learning rate', () => {
    expect(scheduleFree().learningRate).toBe(1);
    expect(scheduleFree({ base: 'adamw' }).learningRate).toBe(2.5e-3);
    expect(scheduleFree({ base: 'adamw', learningRate: 1 }).learningRate).toBe(1);
  });
});
