import {
  adagrad,
  adam,
  adamw,
  type FloatType,
  ftrl,
  Optimizer,
  polyak,
  type Rule,
  radam,
  rmsprop,
  rowWiseAdagrad,
  schedules,
  sgd,
} from 'glissade';
import golden from '../golden/sparse.json';
import { expectSameBits } from '../support/bits';
import { withThreads } from '../support/instruction_sets';
import { floatClass, normal, random, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const lazy = { sparse: 'lazy' } as const;
const rate = schedules.cosine({ from: 0.1, to: 0.01, steps: 30 });
const rules: [string, Rule][] = [
  ['sgd with weight decay', sgd({ learningRate: rate, weightDecay: 0.1 })],
  ['sgd with momentum', sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.1, nesterov: false })],
  ['adagrad', adagrad({ learningRate: 0.1, initialAccumulator: 0.5, learningRateDecay: 0.1, weightDecay: 0.1 })],
  ['rowWiseAdagrad', rowWiseAdagrad({ learningRate: 0.1, initialAccumulator: 0.5, learningRateDecay: 0.1 })],
  ['adam', adam({ learningRate: rate, weightDecay: 0.1 })],
  ['adam with amsgrad', adam({ learningRate: 0.1, beta2: 0.5, amsgrad: true })],
  ['adamw', adamw({ learningRate: 0.1, weightDecay: schedules.linear({ from: 0, to: 1, steps: 30 }) })],
  ['radam', radam({ learningRate: 0.1 })],
];

describe.each(golden.trajectories)('$rule.name with rows that rest', ({ rule, points }) => {
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

describe.each(rules)('rows that rest under %s', (name, rule) => {
  const make = (options: object = lazy) =>
    new Optimizer([{ data: initial.slice(), shape: [rows, columns] }], rule, options);

  test('take a dense step of their own wherever they are touched', () => {
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
        names.forEach((key, k) => {
          const state = plain.state.get(key)![0] as Float32Array;
          const width = state.length / rows;
          state.set((before.states[k] as Float32Array).subarray(row * width, (row + 1) * width), row * width);
        });
      }
    }
    expectSameBits(ours.parameters[0]!, theta);
  });

  test('go to the same bits with any number of threads, and saved in between', async () => {
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

  test('stay where they are wherever the optimizer is asked to catch up, also as it is restored', () => {
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

describe('rows that rest', () => {
  test.each<[string, Rule]>([
    ['adam', adam({ epsilon: 0 })],
    ['adamw', adamw({ epsilon: 0 })],
    ['adagrad', adagrad({ epsilon: 0 })],
    ['rowWiseAdagrad', rowWiseAdagrad({ epsilon: 0 })],
  ])('divide nothing by zero, without epsilon, under %s', (_, rule) => {
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
    expectSameBits(trajectory(schedules.piecewise({ boundaries: [1], values: [0.5, 0] })), trajectory(0.5));
  });
});

test.each(Object.entries({ adagrad, adam, adamw }))(
  'a row that is first touched late moves as far with an ε of 0 as with the least: %s',
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

describe('the option sparse', () => {
  const matrix = () => ({ data: new Float32Array(6), shape: [3, 2] });

  test.each<[string, () => unknown, string[]]>([
    ['of another word', () => new Optimizer([matrix()], adam(), { sparse: 'eager' as never }), ['sparse', '"eager"']],
    ['for a rule that needs all rows', () => new Optimizer([matrix()], rmsprop(), lazy), ['rmsprop']],
    ['for ftrl', () => new Optimizer([matrix()], ftrl(), lazy), ['ftrl']],
    ['where no array is a matrix', () => new Optimizer([new Float32Array(6)], adam(), lazy), ['matrices', 'shape']],
    [
      'where all matrices are frozen',
      () => new Optimizer([{ parameters: [matrix()], frozen: true }], adam(), lazy),
      ['frozen'],
    ],
    ['with an average', () => new Optimizer([matrix()], adam(), { ...lazy, average: polyak() }), ['average']],
  ])('is refused %s', (_, action, names) => expectRefusal(action, 'ERR_INVALID_ARGUMENT', ...names));

  test('is part of what a saved state is of', () => {
    const bytes = new Optimizer([matrix()], adam(), lazy).save();
    expectRefusal(() => new Optimizer([matrix()], adam()).restore(bytes), 'ERR_INVALID_ARGUMENT', 'lazy');
  });
});
