import type { ScheduleDescription } from '../../lib/schedules/schedule';
import fc from '../support/properties';

/** Whole numbers up to the largest safe integer, small ones often. */
export const steps = fc.oneof(fc.nat(200), fc.nat(1_000_000), fc.maxSafeNat());

const rate = fc.oneof(
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true }), // any finite number
);
const count = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const share = fc.double({ min: 0, max: 1, noNaN: true });
const anyPositive = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true });
const ascending = (least: number) =>
  fc
    .array(fc.oneof(fc.integer({ min: least, max: 100 }), fc.integer({ min: least, max: Number.MAX_SAFE_INTEGER })), {
      maxLength: 5,
    })
    .map((numbers) => numbers.sort((a, b) => a - b));

const named = <Options extends object>(name: string, options: { [Key in keyof Options]: fc.Arbitrary<Options[Key]> }) =>
  fc.record(options).map((given) => ({ name, ...given }));

/** Each schedule that contains no others, with any options that it accepts. */
const leaves = {
  constant: named('constant', { value: rate }),
  step: named('step', { from: rate, every: count, factor: fc.oneof(share, anyPositive) }),
  multiStep: named('multiStep', { from: rate, milestones: ascending(1), factor: fc.oneof(share, anyPositive) }),
  linear: named('linear', { from: rate, to: rate, steps: count }),
  polynomial: named('polynomial', {
    from: rate,
    to: rate,
    steps: count,
    power: fc.oneof(fc.double({ min: 0, max: 4, noNaN: true }), anyPositive),
  }),
  exponential: named('exponential', { from: rate, factor: fc.oneof(share, anyPositive) }),
  inverseTime: named('inverseTime', { from: rate, decay: anyPositive, alpha: rate, allowDivergent: fc.constant(true) }),
  cosine: named('cosine', { from: rate, to: rate, steps: count, periodic: fc.boolean() }),
  warmRestarts: named('warmRestarts', {
    from: rate,
    to: rate,
    steps: count,
    factor: fc.oneof(
      fc.integer({ min: 1, max: 5 }),
      fc.double({ min: 1, max: 4, noNaN: true }),
      fc.double({ min: 1, max: 1.000001, noNaN: true }),
      fc.double({ min: 1, noNaN: true, noDefaultInfinity: true }),
    ),
  }),
  cyclic: named('cyclic', {
    from: rate,
    to: rate,
    up: count,
    down: count,
    mode: fc.constantFrom('triangular', 'triangular2', 'exponential'),
    factor: fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }),
  }),
  oneCycle: named('oneCycle', {
    peak: fc.double({ min: -10, max: 10, noNaN: true }),
    steps: count,
    warmup: fc.double({ min: 0, max: 0.5, noNaN: true }),
    shape: fc.constantFrom('cosine', 'linear'),
    initialDivisor: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    finalDivisor: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    threePhase: fc.boolean(),
  }),
  warmupStableDecay: named('warmupStableDecay', {
    peak: rate,
    warmup: fc.nat(100),
    stable: fc.oneof(fc.nat(100), fc.maxSafeNat()),
    decay: count,
    from: rate,
    to: rate,
    shape: fc.constantFrom('linear', 'cosine', 'oneMinusSquareRoot'),
  }),
  noam: named('noam', { modelSize: count, warmup: count, factor: rate }),
  piecewise: fc
    .tuple(ascending(0), fc.array(rate, { minLength: 6, maxLength: 6 }), fc.constantFrom('constant', 'linear'))
    .map(([boundaries, values, interpolate]) => {
      const isLine = interpolate === 'linear' && boundaries.length > 0;
      return {
        name: 'piecewise',
        boundaries,
        values: values.slice(0, boundaries.length + (isLine ? 0 : 1)),
        interpolate: isLine ? 'linear' : 'constant',
      };
    }),
  reduceOnPlateau: named('reduceOnPlateau', { from: rate, minimum: rate, patience: fc.nat(5) }),
};

/** The names of all schedules that `descriptions` draws. */
export const drawnNames = [...Object.keys(leaves), 'join', 'scale', 'floor'].sort();

/** Descriptions of schedules, nested a few levels deep. */
export const descriptions: fc.Arbitrary<ScheduleDescription> = fc.letrec<{ tree: ScheduleDescription }>((tie) => {
  const part = fc.oneof({ weight: 4, arbitrary: tie('tree') }, { weight: 1, arbitrary: rate });
  return {
    tree: fc.oneof(
      { maxDepth: 3 },
      ...Object.values(leaves),
      ascending(0).chain((boundaries) =>
        fc
          .array(part, { minLength: boundaries.length + 1, maxLength: boundaries.length + 1 })
          .map((schedules) => ({ name: 'join', schedules, boundaries })),
      ),
      named('scale', { schedule: part, by: part }),
      named('floor', { schedule: part, minimum: rate }),
    ),
  };
}).tree;
