import type { FloatArray, FloatType } from '../../lib/addon';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { polyak } from '../../lib/optimizers/average';
import { ftrl } from '../../lib/optimizers/ftrl';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { radam } from '../../lib/optimizers/radam';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import { rowWiseAdagrad } from '../../lib/optimizers/row_wise_adagrad';
import type { Hyperparameter, Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { exponential } from '../../lib/schedules/exponential';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import golden from '../golden/sparse.json';
import { expectSameBits } from '../support/bits';
import { withThreads } from '../support/instruction_sets';
import { floatClass, normal, random, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const lazy = { sparse: 'lazy' } as const;
const rate = cosine({ from: 0.1, to: 0.01, steps: 30 });
const rules: [string, Rule][] = [
  ['sgd with weight decay', sgd({ learningRate: rate, weightDecay: 0.1 })],
  ['sgd with momentum', sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.1, nesterov: false })],
  ['adagrad', adagrad({ learningRate: 0.1, initialAccumulator: 0.5, learningRateDecay: 0.1, weightDecay: 0.1 })],
  ['rowWiseAdagrad', rowWiseAdagrad({ learningRate: 0.1, initialAccumulator: 0.5, learningRateDecay: 0.1 })],
  ['adam', adam({ learningRate: rate, weightDecay: 0.1 })],
  ['adam with amsgrad', adam({ learningRate: 0.1, beta2: 0.5, amsgrad: true })],
  ['adamw', adamw({ learningRate: 0.1, weightDecay: linearSchedule({ from: 0, to: 1, steps: 30 }) })],
  ['radam', radam({ learningRate: 0.1 })],
  ['ftrl', ftrl({ learningRate: rate, l1: 0.02, l2: 0.1, initialAccumulator: 0.5 })],
];

describe.each(golden.trajectories)('$rule.name with lazy rows', ({ rule, points }) => {
  test.each<[FloatType, number]>([
    ['float64', 1e-12],
    ['float32', 2e-6],
  ])('follows PyTorch, in %s', (type, bound) => {
    const theta = new floatClass[type](golden.initial);
    const optimizer = new Optimizer([{ data: theta, shape: [golden.rows, golden.columns] }], rule as Rule, lazy);
    for (const [step, { rows, values }] of golden.gradients.entries()) {
      optimizer.step([{ rows, values: new floatClass[type](values), columns: golden.columns }]);
      for (const [i, x] of points[step]!.entries())
        expect(Math.abs(theta[i]! - x) / Math.max(1, Math.abs(x))).toBeLessThanOrEqual(bound);
    }
  });
});

const [rows, columns] = [9000, 16];

const draw = normal(8);
const uniform = random(9);
const initial = Float32Array.from({ length: rows * columns }, draw);
const steps = range(12).map((step) => {
  const touched = [...new Set(range(step % 5 === 4 ? 0 : 3000).map(() => Math.floor(uniform() * rows)))];
  return { rows: touched, values: Float32Array.from({ length: touched.length * columns }, draw), columns };
});

describe.each(rules)('lazy rows under %s', (name, rule) => {
  const make = (options: object = lazy) =>
    new Optimizer([{ data: initial.slice(), shape: [rows, columns] }], rule, options);

  test('take one dense step whenever they are touched', () => {
    const ours = make();
    // The reference takes dense steps from the same state, and keeps their results for touched rows only.
    const plain = make({});
    const theta = plain.parameters[0]!;
    const isStarted = new Set<number>();
    const names = [...plain.state.keys()].filter((key) => key !== 'lastStep');
    for (const [step, gradient] of steps.entries()) {
      ours.step([gradient]);
      const whole = new Float32Array(rows * columns);
      gradient.rows.forEach((row, i) => {
        whole.set(gradient.values.subarray(i * columns, (i + 1) * columns), row * columns);
      });
      const before = { theta: theta.slice(), states: names.map((key) => plain.state.get(key)![0]!.slice()) };
      const touched = new Set(gradient.rows);
      if (step > 0 && name.includes('agrad'))
        for (const row of gradient.rows)
          if (!isStarted.has(row)) {
            const state = plain.state.get('v')![0]!;
            const width = state.length / rows;
            state.fill(0.5, row * width, (row + 1) * width);
          }
      plain.step([whole]);
      for (const row of gradient.rows) isStarted.add(row);
      const missed = range(rows).filter((row) => !touched.has(row));
      for (const row of missed) {
        theta.set(before.theta.subarray(row * columns, (row + 1) * columns), row * columns);
        if (name === 'ftrl' && step === 0) continue; // its states start from θ and the first hyperparameters
        names.forEach((key, k) => {
          const state = plain.state.get(key)![0] as Float32Array;
          const width = state.length / rows;
          state.set((before.states[k] as Float32Array).subarray(row * width, (row + 1) * width), row * width);
        });
      }
    }
    expectSameBits(ours.parameters[0]!, theta);
  });

  test('reach the same bits with any number of threads and intermediate saves', async () => {
    const straight = make();
    for (const gradient of steps) straight.step([gradient]);
    for (const threads of [2, 3, 5])
      await withThreads(threads, async () => {
        const broken = make();
        for (const gradient of steps.slice(0, 7)) await broken.stepAsync([gradient]);
        const restored = new Optimizer([{ data: broken.parameters[0]!, shape: [rows, columns] }], rule, lazy);
        restored.restore(broken.save());
        for (const gradient of steps.slice(7)) await restored.stepAsync([gradient]);
        expectSameBits(restored.parameters[0]!, straight.parameters[0]!);
      });
  });

  test('do not move when the optimizer catches up, also after restoring', () => {
    const straight = make();
    let looked = make();
    for (const gradient of steps.slice(0, 4)) {
      straight.step([gradient]);
      looked.step([gradient]);
      const restored = new Optimizer([{ data: looked.parameters[0]!, shape: [rows, columns] }], rule, lazy);
      restored.restore(looked.save());
      looked = restored;
      expectSameBits(looked.evaluationParameters()[0]!, straight.parameters[0]!);
    }
    expectSameBits(looked.parameters[0]!, straight.parameters[0]!);
  });
});

describe('lazy rows', () => {
  test.each<[string, Rule]>([
    ['adam', adam({ epsilon: 0 })],
    ['adamw', adamw({ epsilon: 0 })],
    ['adagrad', adagrad({ epsilon: 0 })],
    ['rowWiseAdagrad', rowWiseAdagrad({ epsilon: 0 })],
  ])('never divide by zero without epsilon, under %s', (_, rule) => {
    const theta = new Float64Array(6).fill(1);
    const optimizer = new Optimizer([{ data: theta, shape: [3, 2] }], rule, lazy);
    for (const row of [0, 1]) optimizer.step([{ rows: [row], values: new Float64Array(2).fill(1), columns: 2 }]);
    optimizer.catchUp();
    expect(theta.every((x) => x <= 1)).toBe(true);
    expect([...theta.subarray(4)]).toEqual([1, 1]);
  });

  test.each<[string, (options: object) => Rule]>([
    ['adagrad', adagrad],
    ['rowWiseAdagrad', rowWiseAdagrad],
  ])('start from the accumulator of the first step under %s', (_, make) => {
    const trajectory = (initialAccumulator: unknown): Float64Array => {
      const theta = new Float64Array(6).fill(1);
      const optimizer = new Optimizer([{ data: theta, shape: [3, 2] }], make({ initialAccumulator }), lazy);
      for (const row of [0, 1, 2]) optimizer.step([{ rows: [row], values: new Float64Array(2).fill(1), columns: 2 }]);
      return theta;
    };
    expectSameBits(trajectory(piecewiseSchedule({ boundaries: [1], values: [0.5, 0] })), trajectory(0.5));
  });
});

test.each(Object.entries({ adagrad, adam, adamw }))(
  'the first update of a row is as large with ε = 0 as with the smallest ε: %s',
  (_, make) => {
    const after = (epsilon: number) => {
      const theta = Float64Array.of(1, 2, 3, 4);
      const optimizer = new Optimizer([{ data: theta, shape: [2, 2] }], make({ epsilon }), lazy);
      for (const row of [0, 1]) optimizer.step([{ rows: [row], values: Float64Array.of(1, -2), columns: 2 }]);
      return theta;
    };
    expectSameBits(after(0), after(1e-300));
  },
);

test('adam takes the steps of PyTorch 2.13’s SparseAdam, which adds ε before the bias correction of v', () => {
  const after = (epsilon: Hyperparameter) => {
    const theta = new Float64Array(2);
    const optimizer = new Optimizer([{ data: theta, shape: [2, 1] }], adam({ learningRate: 1e-3, epsilon }), lazy);
    for (let i = 0; i < 3; ++i) optimizer.step([{ rows: [0], values: Float64Array.of(1e-3), columns: 1 }]);
    return theta[0]!;
  };
  const corrected = (epsilon: number) => (step: number) => epsilon / Math.sqrt(1 - 0.999 ** (step + 1));
  // torch.optim.SparseAdam([w], lr=1e-3, eps=…) from 0, in float64
  for (const [epsilon, theirs] of [
    [1e-3, -0.00012535358402830757],
    [1e-8, -0.002999277627345387],
  ] as const) {
    expect(after(corrected(epsilon))).toBeCloseTo(theirs, 15);
    expect(after(epsilon)).not.toBeCloseTo(theirs, 7);
  }
});

describe('ftrl, which does not move rows without a gradient,', () => {
  const regularised = { l1: 0.02, l2: 0.1, beta: 0.5 };
  const taken = (theta: FloatArray, options: object, learningRate: Hyperparameter = 0.1) => {
    const rule = ftrl({ learningRate, ...regularised });
    const optimizer = new Optimizer([{ data: theta, shape: [rows, columns] }], rule, options);
    for (const { rows: touched, values } of steps)
      optimizer.step([{ rows: touched, values: new floatClass[typeOf(theta)](values), columns }]);
    return optimizer;
  };
  const typeOf = (array: FloatArray): FloatType => (array instanceof Float64Array ? 'float64' : 'float32');
  const dense = (theta: FloatArray) => {
    const rule = ftrl({ learningRate: 0.1, ...regularised });
    const optimizer = new Optimizer([{ data: theta, shape: [rows, columns] }], rule);
    for (const { rows: touched, values } of steps) {
      const whole = new floatClass[typeOf(theta)](rows * columns);
      touched.forEach((row, i) => {
        whole.set(values.subarray(i * columns, (i + 1) * columns), row * columns);
      });
      optimizer.step([whole]);
    }
    return optimizer;
  };

  test.each(['float32', 'float64'] as const)('reaches the bits of dense steps from 0, in %s', (type) => {
    const [ours, theirs] = [new floatClass[type](rows * columns), new floatClass[type](rows * columns)];
    const [lazily, densely] = [taken(ours, lazy), dense(theirs)];
    expect(ours.some((x) => x !== 0)).toBe(true);
    expectSameBits(ours, theirs);
    lazily.catchUp();
    expectSameBits(ours, theirs);
    for (const state of ['z', 'n']) expectSameBits(lazily.state.get(state)![0]!, densely.state.get(state)![0]!);
  });

  test.each([
    ['float32', 1e-6],
    ['float64', 1e-14],
  ] as const)('reaches the results of dense steps from other starts, in %s', (type, bound) => {
    const [ours, theirs] = [floatClass[type].from(initial), floatClass[type].from(initial)];
    taken(ours, lazy);
    dense(theirs);
    expect(ours.every((x, i) => Math.abs(x - theirs[i]!) <= bound * Math.max(1, Math.abs(theirs[i]!)))).toBe(true);
  });

  test('applies scheduled hyperparameters to a row when it is touched, not before', () => {
    const learningRate = piecewiseSchedule({ boundaries: [1], values: [0.1, 0.5] });
    const run = (options: object) => {
      const theta = new Float64Array(4);
      const rule = ftrl({ learningRate, l1: 0.1, l2: 1 });
      const optimizer = new Optimizer([{ data: theta, shape: [2, 2] }], rule, options);
      const gradient = (row: number) => ({ rows: [row], values: Float64Array.of(1, -1), columns: 2 });
      optimizer.step([gradient(0)]);
      const after1 = theta.slice();
      optimizer.step([gradient(1)]);
      optimizer.catchUp();
      return { after1, theta };
    };
    const [lazily, exactly] = [run(lazy), run({})];
    expectSameBits(lazily.after1, exactly.after1);
    expectSameBits(lazily.theta.subarray(0, 2), lazily.after1.subarray(0, 2));
    expect(exactly.theta[0]).not.toBe(exactly.after1[0]);
    expectSameBits(lazily.theta.subarray(2), exactly.theta.subarray(2));
  });

  test('needs no periodic catch-up of rows under a schedule, however long', () => {
    const learningRate = exponential({ from: 0.5, factor: 0.9999 });
    const rule = ftrl({ learningRate, l1: 0.1, l2: 1 });
    const [theta, whole] = [Float64Array.of(0, 1, -2, 3), Float64Array.of(0, 1, -2, 3)];
    let sparse = new Optimizer([{ data: theta, shape: [4, 1] }], rule);
    const dense = new Optimizer([{ data: whole, shape: [4, 1] }], rule);
    for (let step = 0; step < 9000; ++step) {
      const row = step < 3 ? step : 0;
      const gradient = Float64Array.of(0, 0, 0, 0);
      gradient[row] = Math.sin(step);
      sparse.step([{ rows: [row], values: gradient.subarray(row, row + 1), columns: 1 }]);
      dense.step([gradient]);
      if (step % 2999 !== 2998) continue;
      const restored = new Optimizer([{ data: theta, shape: [4, 1] }], rule);
      restored.restore(sparse.save());
      sparse = restored;
    }
    const marks = Array.from(sparse.state.get('lastStep')![0]!.subarray(0, 8), Number);
    expect(marks.some((mark) => mark >>> 16 === 3 || mark === 3)).toBe(true); // row 2 has waited since step 3
    sparse.catchUp();
    for (const [i, x] of whole.entries()) expect(Math.abs(theta[i]! - x)).toBeLessThan(1e-14);
  });
});

describe('refuses the option sparse', () => {
  const matrix = () => ({ data: new Float32Array(6), shape: [3, 2] });

  test.each<[string, () => unknown, string[]]>([
    ['of another word', () => new Optimizer([matrix()], adam(), { sparse: 'eager' as never }), ['sparse', '"eager"']],
    ['for a rule that needs all rows', () => new Optimizer([matrix()], rmsprop(), lazy), ['rmsprop']],
    ['without a matrix', () => new Optimizer([new Float32Array(6)], adam(), lazy), ['a matrix', 'shape']],
    [
      'with all matrices frozen',
      () => new Optimizer([{ parameters: [matrix()], frozen: true }], adam(), lazy),
      ['frozen'],
    ],
    ['with an average', () => new Optimizer([matrix()], adam(), { ...lazy, average: polyak() }), ['average']],
  ])('%s', (_, action, names) => expectRefusal(action, 'ERR_INVALID_ARGUMENT', ...names));

  test('with another value in a saved state', () => {
    const bytes = new Optimizer([matrix()], adam(), lazy).save();
    expectRefusal(() => new Optimizer([matrix()], adam()).restore(bytes), 'ERR_INVALID_ARGUMENT', 'lazy');
  });
});
