import type { FloatArray } from '../../lib/addon';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { asgd } from '../../lib/optimizers/asgd';
import { ftrl } from '../../lib/optimizers/ftrl';
import { nadam } from '../../lib/optimizers/nadam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { OptimizerOptions } from '../../lib/optimizers/plan';
import { prodigy } from '../../lib/optimizers/prodigy';
import { radam } from '../../lib/optimizers/radam';
import type { Rule } from '../../lib/optimizers/rule';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { expectSameBits } from '../support/bits';
import { isLongRun } from '../support/long_run';
import { floatClass, normal, random, range } from '../support/numbers';
import fc from '../support/properties';

const [rows, columns] = [12, 3];

/** A hyperparameter that is constant, jumps or decreases. It is often 0 at first, so that untouched rows don't move. */
const changing = (high: number) =>
  fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, high / 2), fc.constantFrom(high, 0))
      .map(([at, before, after]) => piecewiseSchedule({ boundaries: [at], values: [before, after] })),
    fc.integer({ min: 2, max: 60 }).map((steps) => linearSchedule({ from: 0, to: high, steps })),
    fc.integer({ min: 2, max: 60 }).map((steps) => cosine({ from: high, to: high / 10, steps })),
    fc.constant(high),
  );

const rules: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({ learningRate: changing(0.1), weightDecay: changing(0.1) }).map((options) => sgd(options)),
  fc
    .record({
      learningRate: changing(0.1),
      momentum: fc.constantFrom(0.5, 0.9),
      dampening: fc.constantFrom(0, 0.5),
      weightDecay: changing(0.1),
    })
    .map((options) => sgd(options)),
  fc
    .record({
      learningRate: changing(0.1),
      initialAccumulator: fc.constantFrom(0, 0.5),
      learningRateDecay: changing(0.1),
      weightDecay: changing(0.05),
    })
    .map((options) => adagrad(options)),
  ...[adam, adamw, radam].map((make) =>
    fc
      .record({
        learningRate: changing(0.05),
        beta1: changing(0.9),
        beta2: changing(0.95),
        epsilon: fc.constantFrom(1e-8, 1e-4),
        weightDecay: changing(0.1),
      })
      .map((options) => make(options)),
  ),
  fc
    .record({ learningRate: changing(0.2), beta: fc.constantFrom(0.5, 1), l1: changing(0.01), l2: changing(0.1) })
    .map((options) => ftrl(options)),
);

interface Course {
  theta: FloatArray;
  optimizer: Optimizer;
}

/** Steps with gradients of few rows, none or all. Before the steps `saves`, a new optimizer takes over saved state. */
function course(
  rule: Rule,
  type: 'float32' | 'float64',
  seed: number,
  steps: number,
  saves: readonly number[],
  options: OptimizerOptions = {},
): Course {
  const [draw, uniform] = [normal(seed), random(seed + 1)];
  const Float = floatClass[type];
  const theta = new Float(rows * columns).map(() => draw());
  const make = () => new Optimizer([{ data: theta, shape: [rows, columns] }], rule, options);
  let optimizer = make();
  for (const step of range(steps)) {
    if (saves.includes(step)) {
      const bytes = optimizer.save();
      optimizer = make();
      optimizer.restore(bytes);
    }
    const touched =
      uniform() < 0.02 ? undefined : range(uniform() < 0.5 ? 0 : 2).map(() => Math.floor(uniform() * (rows - 2)));
    const values = new Float((touched?.length ?? rows) * columns).map(() => draw());
    optimizer.step([touched ? { rows: touched, values, columns } : values]);
  }
  optimizer.catchUp();
  return { theta, optimizer };
}

describe('an optimizer of sparse gradients under schedules of every hyperparameter', () => {
  test.each(['float32', 'float64'] as const)('reaches the same bits wherever it is saved, in %s', (type) => {
    fc.assert(
      fc.property(
        rules,
        fc.integer({ min: 1, max: 1000 }),
        fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (rule, seed, saves, rest) => {
          const options: OptimizerOptions = rest && rule.name !== 'ftrl' ? { sparse: 'lazy' } : {};
          const [straight, broken] = [[], saves].map((at) => course(rule, type, seed, 100, at, options)) as [
            Course,
            Course,
          ];
          expectSameBits(broken.theta, straight.theta);
          for (const [name, [state]] of straight.optimizer.state)
            expectSameBits(broken.optimizer.state.get(name)![0] as FloatArray, state as FloatArray, name);
        },
      ),
      { numRuns: isLongRun ? 300 : 60 },
    );
  });

  test.each([
    ['sgd', sgd({ learningRate: 0.1, weightDecay: piecewiseSchedule({ boundaries: [1000], values: [0, 0.01] }) })],
    [
      'adagrad',
      adagrad({ learningRate: 0.1, weightDecay: piecewiseSchedule({ boundaries: [1000], values: [0, 0.01] }) }),
    ],
  ])('is unaffected by a save at the step from which untouched rows move: %s', (_, rule) => {
    const [straight, broken] = [course(rule, 'float32', 3, 1100, []), course(rule, 'float32', 3, 1100, [1000])];
    expectSameBits(broken.theta, straight.theta);
  });

  test('follows an undisturbed run if it is saved before the first sparse gradient', () => {
    const l1 = piecewiseSchedule({ boundaries: [1], values: [0, 0.01] });
    const [straight, broken] = [[], [0, 1]].map((saves) => {
      const theta = new Float64Array(8).fill(1);
      const make = () => new Optimizer([{ data: theta, shape: [4, 2] }], ftrl({ learningRate: 0.2, l1 }));
      let optimizer = make();
      for (const step of range(5)) {
        if (saves.includes(step)) {
          const bytes = optimizer.save();
          optimizer = make();
          optimizer.restore(bytes);
        }
        const values = new Float64Array(step < 2 ? 8 : 2).fill(1 / (step + 1));
        optimizer.step([step < 2 ? values : { rows: [1], values, columns: 2 }]);
      }
      return optimizer;
    }) as [Optimizer, Optimizer];
    expect(broken.state.get('lastStep')).toEqual(straight.state.get('lastStep'));
    expect(broken.save()).toEqual(straight.save());
  });

  test('reaches the same bits beyond the length of the history', () => {
    const rule = adamw({ learningRate: cosine({ from: 0.01, steps: 9000 }), weightDecay: 0.1 });
    const saves = [4095, 4096, 4097, 8191, 8192];
    expectSameBits(course(rule, 'float32', 5, 8300, saves).theta, course(rule, 'float32', 5, 8300, []).theta);
  });
});

describe('ftrl with a rate that returns to an earlier value', () => {
  test('gives rows the values of the last dense steps', () => {
    const learningRate = piecewiseSchedule({ boundaries: [2, 3], values: [0.5, 0.1, 0.5] });
    const [sparse, dense] = range(2).map(() => {
      const theta = new Float64Array(8).fill(1);
      return { theta, optimizer: new Optimizer([{ data: theta, shape: [4, 2] }], ftrl({ learningRate, l1: 0.01 })) };
    });
    for (const [step, value] of [1, 0.7, 0.5, 0.2].entries()) {
      const ofAll = step === 1 || step === 2;
      const values = new Float64Array(ofAll ? 8 : 2).fill(value);
      sparse!.optimizer.step([ofAll ? values : { rows: [0], values, columns: 2 }]);
      const whole = new Float64Array(8);
      whole.set(values);
      dense!.optimizer.step([whole]);
    }
    sparse!.optimizer.catchUp();
    for (const [i, x] of dense!.theta.entries()) expect(Math.abs(sparse!.theta[i]! - x)).toBeLessThan(1e-12);
  });
});

describe('a saved state with a flipped bit', () => {
  test('is refused as corrupt, or resumes; no step hangs', () => {
    const rule = adam({ learningRate: cosine({ from: 0.01, steps: 100 }) });
    const { optimizer } = course(rule, 'float32', 7, 40, []);
    const bytes = optimizer.save();
    let refused = 0;
    const [ofHeader, ofNumbers] = isLongRun ? [7, 97] : [37, 389]; // primes, to flip all bits of a byte
    for (let bit = 0; bit < bytes.length * 8; bit += bit < 8 * 2000 ? ofHeader : ofNumbers) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const theta = new Float32Array(rows * columns);
      const again = new Optimizer([{ data: theta, shape: [rows, columns] }], rule);
      try {
        again.restore(flipped);
      } catch (error) {
        expect(['ERR_CORRUPT_FILE', 'ERR_INVALID_ARGUMENT']).toContain((error as { code?: string }).code);
        refused += 1;
        expect(again.steps).toBe(0);
      }
      again.step([{ rows: [1], values: new Float32Array(columns), columns }]);
      again.catchUp();
    }
    expect(refused).toBeGreaterThan(100);
  });

  test.each([21_474_836_480, 0.5, -1, Number.NaN, 39])('is corrupt with %d as the number of steps', (steps) => {
    const rule = adam({ learningRate: cosine({ from: 0.01, steps: 100 }) });
    const { optimizer } = course(rule, 'float32', 7, 40, []);
    const bytes = optimizer.save();
    // The counters are last: steps, skipped, accumulated, gradientNorm.
    new DataView(bytes.buffer).setFloat64(bytes.length - 32, steps, true);
    const again = new Optimizer([{ data: new Float32Array(rows * columns), shape: [rows, columns] }], rule);
    expect(() => again.restore(bytes)).toThrow(expect.objectContaining({ code: 'ERR_CORRUPT_FILE' }));
  });
});

/** Changes a number in a tensor of doubles of a safetensors file, in place. */
function changed(bytes: Uint8Array, tensor: string, index: number, value: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  view.setFloat64(8 + length + header[tensor].data_offsets[0] + 8 * index, value, true);
  return bytes;
}

describe('a saved history of hyperparameters', () => {
  // The history has learningRate, beta1, beta2, epsilon and weightDecay of step 1, then of the steps that moved rows.
  test.each([
    ['learningRate', 0, -1],
    ['beta1', 1, 2],
    ['beta2', 2, 1.5],
    ['epsilon', 3, -1],
    ['weightDecay', 4, -0.1],
  ])('is corrupt if %s is out of range', (_, place, value) => {
    const rule = adam({ learningRate: cosine({ from: 0.01, steps: 100 }), weightDecay: 0.1 });
    const { optimizer } = course(rule, 'float32', 7, 40, []);
    for (const step of [0, 1, 17]) {
      const bytes = changed(optimizer.save(), 'history.0', 1 + 5 * step + place, value);
      const again = new Optimizer([{ data: new Float32Array(rows * columns), shape: [rows, columns] }], rule);
      expect(() => again.restore(bytes)).toThrow(expect.objectContaining({ code: 'ERR_CORRUPT_FILE' }));
    }
  });
});

describe.each<[string, Rule, number[]]>([
  ['asgd', asgd(), [-1, 2]],
  ['nadam', nadam(), [1.5]],
  ['prodigy', prodigy(), [-1, -1, Number.NaN, -1]],
  ['scheduleFree', scheduleFree(), [-5, -1, 0]],
])('saved totals of %s', (_, rule, wrong) => {
  test.each(wrong.map((value, place) => [place, value]))('are corrupt where number %d is %d', (place, value) => {
    const make = () => new Optimizer([new Float64Array(3).fill(1)], rule);
    const optimizer = make();
    for (const x of [1, 0.5]) optimizer.step([new Float64Array(3).fill(x)]);
    make().restore(optimizer.save());
    const bytes = changed(optimizer.save(), 'totals', place, value);
    expect(() => make().restore(bytes)).toThrow(expect.objectContaining({ code: 'ERR_CORRUPT_FILE' }));
  });
});

describe('catch-up of rows', () => {
  test('proceeds a share at a time, also beyond 4,096 steps', () => {
    const count = 20_000;
    const rule = adam({ learningRate: cosine({ from: 0.01, steps: 9000 }) });
    const optimizer = new Optimizer([{ data: new Float32Array(count), shape: [count, 1] }], rule);
    const uniform = random(3);
    const marks = optimizer.state.get('lastStep')![0] as Uint32Array;
    for (const step of range(8200)) {
      const before = step % 4096 >= 4090 ? marks.slice() : marks;
      const touched = range(4).map(() => Math.floor(uniform() * count));
      optimizer.step([{ rows: touched, values: new Float32Array(4).fill(1), columns: 1 }]);
      if (before !== marks) expect(marks.reduce((sum, x, i) => sum + Number(x !== before[i]), 0)).toBeLessThan(1000);
    }
  });
});
