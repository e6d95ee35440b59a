import fc from 'fast-check';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { OptimizerOptions } from '../../lib/optimizers/plan';
import type { Rule } from '../../lib/optimizers/rule';

/** A rule as plain data, with descriptions of its schedules. */
export type RuleCase = Rule;

/** Numbers evenly spread over a range. fast-check's own doubles are mostly close to 0. */
export const within = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1000 }).map((part) => min + ((max - min) * part) / 1000);
const count = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 60 }));

/** Schedules within a range. Some begin at its lower end. */
const scheduleWithin = (min: number, max: number): fc.Arbitrary<object> => {
  const value = fc.oneof(fc.constant(min), within(min, max));
  const line = { from: value, to: value, steps: count };
  return fc.oneof(
    fc.record({ name: fc.constant('linear'), ...line }),
    fc.record({ name: fc.constant('cosine'), ...line, periodic: fc.boolean() }),
    fc.record({ name: fc.constant('constant'), value }),
    fc.record({ name: fc.constant('reduceOnPlateau'), from: value, minimum: fc.constant(min), patience: fc.nat(2) }),
    fc.record({ name: fc.constant('step'), from: value, every: count, factor: fc.constant(1) }),
    fc.record({ name: fc.constant('warmRestarts'), from: value, to: value, steps: count, factor: fc.constant(2) }),
    fc.array(count, { minLength: 1, maxLength: 3 }).chain((gaps) =>
      fc.record({
        name: fc.constant('piecewise'),
        boundaries: fc.constant(gaps.map((_, i) => gaps.slice(0, i + 1).reduce((a, b) => a + b))),
        values: fc.array(value, { minLength: gaps.length + 1, maxLength: gaps.length + 1 }),
      }),
    ),
  );
};

/** Whether a rule accepts these options. */
export const takes = (rule: Rule, options: OptimizerOptions): boolean => {
  try {
    new Optimizer([{ data: new Float32Array(1), shape: [1, 1] }], rule, options);
    return true;
  } catch {
    return false;
  }
};

/** Whether a case has a schedule that depends on a metric. */
export const hasPlateau = (one: object): boolean => JSON.stringify(one).includes('reduceOnPlateau');

/** The lower end of a range and, from some step on, a number above it. A rate of 0 thus moves nothing at first. */
const later = (min: number, max: number) =>
  fc.record({
    name: fc.constant('piecewise'),
    boundaries: fc.tuple(count),
    values: fc.tuple(fc.constant(min), within((min + max) / 2, max)),
  });

/** A number, or a schedule. */
const hyper = (min: number, max: number): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: within(min, max) },
    { weight: 2, arbitrary: scheduleWithin(min, max) },
    { weight: 1, arbitrary: later(min, max) },
  );

const flag = fc.boolean();
const rate = hyper(0, 0.1);
const kept = hyper(0, 0.97);
const squares = hyper(0.3, 0.999);
const epsilon = fc.oneof(fc.constant(1e-8), hyper(1e-8, 1e-2));
const decay = fc.oneof(fc.constant(0), hyper(0, 0.3));
const moments = { learningRate: rate, beta1: kept, beta2: squares, epsilon, weightDecay: decay };

const one = (name: string, options: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<RuleCase> =>
  fc.record(options, { requiredKeys: [] }).map((given) => ({ name, ...given }) as unknown as RuleCase);

/** Every rule by name, with any of its options. */
const all: Record<string, fc.Arbitrary<RuleCase>> = {
  sgd: fc.oneof(
    one('sgd', { learningRate: rate, weightDecay: decay, maximize: flag }),
    one('sgd', { learningRate: rate, weightDecay: decay, maximize: flag, dampening: kept }).chain((rule) =>
      hyper(0.1, 0.95).map((momentum) => ({ ...rule, momentum }) as RuleCase),
    ),
    one('sgd', { learningRate: rate, weightDecay: decay }).chain((rule) =>
      hyper(0.1, 0.95).map((momentum) => ({ ...rule, momentum, nesterov: true }) as RuleCase),
    ),
  ),
  momentum: one('momentum', { learningRate: rate, decay: kept, biasCorrection: flag, nesterov: flag }),
  adagrad: one('adagrad', {
    learningRate: rate,
    epsilon,
    initialAccumulator: hyper(0, 0.5),
    learningRateDecay: hyper(0, 0.3),
    weightDecay: decay,
  }),
  rowWiseAdagrad: one('rowWiseAdagrad', {
    learningRate: rate,
    epsilon,
    initialAccumulator: hyper(0, 0.5),
    learningRateDecay: hyper(0, 0.3),
  }),
  rmsprop: fc.oneof(
    one('rmsprop', {
      learningRate: rate,
      decay: squares,
      epsilon,
      momentum: kept,
      weightDecay: decay,
      centered: flag,
      biasCorrection: flag,
    }),
    one('rmsprop', { learningRate: rate, decay: squares, normalized: fc.constant(false) }),
  ),
  adam: one('adam', { ...moments, amsgrad: flag }),
  adamw: one('adamw', { ...moments, amsgrad: flag }),
  adadelta: one('adadelta', { learningRate: hyper(0, 1), decay: kept, epsilon: hyper(1e-6, 1e-2), weightDecay: decay }),
  adamax: one('adamax', moments),
  nadam: one('nadam', { ...moments, momentumDecay: hyper(0, 0.5), decoupledWeightDecay: flag }),
  radam: one('radam', { ...moments, decoupledWeightDecay: flag }),
  rprop: one('rprop', {
    learningRate: rate,
    etaMinus: kept,
    etaPlus: hyper(1, 2),
    minStep: hyper(0, 0.001),
    maxStep: hyper(0.01, 0.1),
  }),
  asgd: one('asgd', {
    learningRate: rate,
    lambda: hyper(0, 0.3),
    alpha: hyper(0, 1),
    t0: hyper(0, 5),
    weightDecay: decay,
  }),
  adafactor: one('adafactor', {
    learningRate: rate,
    beta2Decay: within(-1, 0),
    epsilon2: hyper(1e-4, 0.1),
    clipThreshold: hyper(0.1, 2),
    weightDecay: decay,
  }),
  muon: one('muon', {
    learningRate: rate,
    momentum: kept,
    nesterov: flag,
    newtonSchulzSteps: fc.integer({ min: 0, max: 5 }),
    adjust: fc.constantFrom('original', 'matchRmsAdamw'),
    weightDecay: decay,
    beta1: kept,
    beta2: squares,
    epsilon,
  }),
  lion: one('lion', { learningRate: rate, beta1: kept, beta2: kept, weightDecay: decay }),
  lars: one('lars', {
    learningRate: rate,
    momentum: kept,
    trustCoefficient: hyper(0, 0.1),
    epsilon,
    weightDecay: decay,
    nesterov: flag,
  }),
  lamb: one('lamb', { ...moments, biasCorrection: flag }),
  adan: one('adan', { learningRate: rate, beta1: kept, beta2: kept, beta3: squares, epsilon, weightDecay: decay }),
  prodigy: one('prodigy', {
    learningRate: hyper(0, 1),
    beta1: kept,
    beta2: squares,
    beta3: kept,
    epsilon,
    weightDecay: decay,
    d0: within(1e-6, 1e-2),
    dCoefficient: hyper(0.5, 2),
    growthRate: fc.constantFrom(0, 1.02, 2),
    biasCorrection: flag,
    safeguardWarmup: flag,
  }),
  ftrl: one('ftrl', {
    learningRate: hyper(0.01, 0.3),
    beta: hyper(0.1, 1),
    l1: hyper(0, 0.3),
    l2: hyper(0, 0.3),
    initialAccumulator: hyper(0, 0.5),
  }),
  scheduleFree: one('scheduleFree', {
    base: fc.constantFrom('sgd', 'adamw'),
    learningRate: rate,
    beta1: hyper(0.1, 0.95),
    beta2: squares,
    epsilon,
    weightDecay: decay,
    warmupSteps: fc.integer({ min: 0, max: 5 }),
    weightStepPower: hyper(0, 2),
    weightRatePower: hyper(0, 2),
  }),
};

/** Rules that take sparse gradients and let other rows catch up. */
const lazy = ['sgd', 'momentum', 'adagrad', 'rowWiseAdagrad', 'adam', 'adamw', 'radam', 'ftrl'];

export const anyRule: fc.Arbitrary<RuleCase> = fc.oneof(...Object.values(all));
// Rules that move nothing without a gradient, unless a schedule changes that, are drawn more often.
export const lazyRule: fc.Arbitrary<RuleCase> = fc
  .oneof(...[...lazy, 'sgd', 'sgd', 'adagrad'].map((name) => all[name]!))
  .filter((rule) => !(rule.name === 'momentum' && rule.nesterov));
/** Rules with steps that change little if gradients change little. */
export const smoothRule: fc.Arbitrary<RuleCase> = fc
  .oneof(
    ...['sgd', 'momentum', 'adagrad', 'adam', 'adamw', 'rmsprop', 'adamax', 'nadam', 'ftrl'].map((name) => all[name]!),
  )
  .map(
    (rule) =>
      ('epsilon' in rule || !takesEpsilon.has(rule.name) ? { ...rule } : { ...rule, epsilon: 1e-3 }) as RuleCase,
  );

const takesEpsilon = new Set(['adagrad', 'adam', 'adamw', 'rmsprop', 'adamax', 'nadam']);
export const hyperparameter = hyper;
