import '../../lib/optimizers';
import type { FloatArray, FloatType } from '../../lib/addon';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { polyak } from '../../lib/optimizers/average';
import { ftrl } from '../../lib/optimizers/ftrl';
import { momentum } from '../../lib/optimizers/momentum';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { radam } from '../../lib/optimizers/radam';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine as cosineSchedule } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { expectSameBits } from '../support/bits';
import { detach } from '../support/buffers';
import { withThreads } from '../support/instruction_sets';
import { floatClass, normal, random, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const rows = 40;
const columns = 7;

/** The rows that a step touches, some of them twice: few in some steps, none in others. Undefined for a dense step. */
function touchedAt(step: number, uniform: () => number): number[] | undefined {
  if (step % 611 === 50) return undefined;
  const count = step < 60 ? 5 : step % 300 === 0 ? 2 : 0;
  const touched = range(count).map(() => Math.floor(uniform() * rows));
  return step % 500 === 3 ? [...touched, 3, 1, 3] : touched;
}

interface Pair {
  sparse: Optimizer;
  dense: Optimizer;
  take(from: number, to: number): void;
}

/** Two optimizers over equal matrices. One gets sparse gradients, the other equal dense ones. */
function pairOf(rule: Rule, type: FloatType, options = {}): Pair {
  const Float = floatClass[type];
  const array = (length: number, draw: () => number): FloatArray => new Float(length).map(() => draw());
  const draw = normal(3);
  const uniform = random(4);
  const initial = array(rows * columns, draw);
  const make = () => new Optimizer([{ data: initial.slice(), shape: [rows, columns] }], rule, options);
  const [sparse, dense] = [make(), make()];
  const take = (from: number, to: number) => {
    for (let step = from; step < to; ++step) {
      const touched = touchedAt(step, uniform) ?? range(rows);
      const values = array(touched.length * columns, draw);
      const whole = new Float(rows * columns);
      touched.forEach((row, i) => {
        for (const j of range(columns)) whole[row * columns + j]! += values[i * columns + j]!;
      });
      dense.step([whole]);
      sparse.step([touchedAt(step, () => 0) === undefined ? whole : { rows: touched, values, columns }]);
    }
  };
  return { sparse, dense, take };
}

const error = (ours: FloatArray, theirs: FloatArray) =>
  Math.max(...Array.from(ours, (x, i) => Math.abs(x - theirs[i]!) / Math.max(1, Math.abs(theirs[i]!))));

const decaying = cosineSchedule({ from: 0.05, to: 0.001, steps: 3000 });

const rules: [string, Rule][] = [
  ['sgd', sgd({ learningRate: 0.1 })],
  ['sgd with decay', sgd({ learningRate: 0.1, weightDecay: 0.01 })],
  ['sgd with momentum', sgd({ learningRate: 0.1, momentum: 0.9 })],
  [
    'sgd with momentum and decay',
    sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0, weightDecay: 0.01, nesterov: true }),
  ],
  ['sgd with momentum under a schedule', sgd({ learningRate: decaying, momentum: 0.9 })],
  ['adagrad', adagrad({ learningRate: 0.1, initialAccumulator: 0.3, learningRateDecay: 0.01 })],
  ['adagrad with decay', adagrad({ learningRate: 0.1, weightDecay: 0.01 })],
  ['adam', adam({ learningRate: 0.01 })],
  ['adam with a short memory of squares', adam({ learningRate: 0.01, beta2: 0.7 })],
  ['adam with steps that grow at first', adam({ learningRate: 0.01, beta2: 0.8, epsilon: 1e-30 })],
  ['adam with coupled decay', adam({ learningRate: 0.01, weightDecay: 0.1 })],
  ['adam with amsgrad', adam({ learningRate: 0.01, amsgrad: true })],
  ['adamw', adamw({ learningRate: 0.01, weightDecay: 0.1 })],
  ['adamw under a schedule', adamw({ learningRate: decaying, weightDecay: 0.1 })],
  [
    'adam with coupled decay that ends',
    adam({ learningRate: 0.01, weightDecay: linearSchedule({ from: 0.1, to: 0, steps: 400 }) }),
  ],
  [
    'adam with decreasing betas',
    adam({ learningRate: 0.01, beta1: linearSchedule({ from: 0.97, to: 0.5, steps: 700 }) }),
  ],
  [
    'adam with betas that drop at once',
    adam({ learningRate: 0.01, beta1: piecewiseSchedule({ boundaries: [90], values: [0.99, 0.1] }) }),
  ],
  [
    'momentum with a decay that drops at once',
    momentum({ learningRate: 0.01, decay: piecewiseSchedule({ boundaries: [90], values: [0.99, 0.1] }) }),
  ],
  ['radam', radam({ learningRate: 0.01 })],
  ['ftrl', ftrl({ learningRate: 0.1 })],
  ['ftrl with l1 and l2', ftrl({ learningRate: 0.1, l1: 0.5, l2: 0.1, initialAccumulator: 0.1 })],
  ['ftrl under a schedule', ftrl({ learningRate: decaying, l1: 0.5, l2: 0.1 })],
];

describe.each(rules)('sparse gradients under %s', (_, rule) => {
  test.each<[FloatType, number]>([
    ['float64', 1e-12],
    ['float32', 1e-6],
  ])('reach the results of dense ones, over %s within %d', (type, bound) => {
    const { sparse, dense, take } = pairOf(rule, type);
    take(0, 1500);
    sparse.catchUp();
    expect(error(sparse.parameters[0]!, dense.parameters[0]!)).toBeLessThanOrEqual(bound);
    for (const [name, [state]] of dense.state)
      if (name !== 'lastStep')
        expect(error(sparse.state.get(name)![0] as FloatArray, state as FloatArray)).toBeLessThanOrEqual(bound);
  });

  test('reach the same bits with and without intermediate saves, and with any number of threads', async () => {
    const straight = pairOf(rule, 'float32');
    const broken = pairOf(rule, 'float32');
    straight.take(0, 700);
    await withThreads(2, async () => {
      broken.take(0, 350);
      const restored = new Optimizer([{ data: broken.sparse.parameters[0]!, shape: [rows, columns] }], rule);
      restored.restore(broken.sparse.save());
      broken.sparse.step = restored.step.bind(restored);
      broken.take(350, 700);
      expectSameBits(broken.sparse.parameters[0]!, straight.sparse.parameters[0]!);
      restored.catchUp();
    });
    straight.sparse.catchUp();
    expectSameBits(broken.sparse.parameters[0]!, straight.sparse.parameters[0]!);
  });
});

describe('a sparse gradient', () => {
  const matrix = () => ({ data: new Float32Array(rows * columns).fill(1), shape: [rows, columns] });
  const gradient = (touched: number[], value = 1) => ({
    rows: touched,
    values: new Float32Array(touched.length * columns).fill(value),
    columns,
  });

  test('catches up under a schedule after a start without one, and after another save', () => {
    const cosine = adam({ learningRate: cosineSchedule({ from: 0.5, steps: 100 }) });
    const before = new Optimizer([matrix()], adam({ learningRate: 0.5 }));
    for (let step = 0; step < 5; ++step) before.step([gradient([step % 2])]);
    const after = new Optimizer([{ data: before.parameters[0]!, shape: [rows, columns] }], cosine);
    after.restore(before.save());
    for (let step = 0; step < 3; ++step) after.step([gradient([7])]);
    const last = new Optimizer([{ data: Float32Array.from(after.parameters[0]!), shape: [rows, columns] }], cosine);
    last.restore(after.save());
    for (const optimizer of [after, last]) {
      optimizer.step([gradient([0, 1])]);
      optimizer.catchUp();
    }
    expectSameBits(last.parameters[0]!, after.parameters[0]!);
    const constant = new Optimizer([matrix()], adam({ learningRate: 0.5 }));
    constant.restore(after.save());
    constant.step([gradient([3])]);
    constant.restore(constant.save());
  });

  test('must not change between reads', () => {
    const optimizer = new Optimizer([matrix()], sgd({ learningRate: 1 }));
    let asked = 0;
    const changing = {
      ...gradient([1]),
      get values() {
        return (asked++ === 0 ? new Float32Array(columns) : new Uint16Array(columns)) as Float32Array;
      },
    };
    optimizer.step([changing]);
    expect(asked).toBe(1);
  });

  test('of a frozen parameter has no effect, like a dense one', () => {
    const optimizer = new Optimizer([{ parameters: [matrix()], frozen: true }, { parameters: [matrix()] }], adam());
    optimizer.step([gradient([2]), gradient([5])]);
    expect(optimizer.parameters[0]!.every((x) => x === 1)).toBe(true);
    expect(optimizer.parameters[1]!.every((x) => x === 1)).toBe(false);
  });

  test('of a frozen parameter must fit it', () => {
    const optimizer = new Optimizer([{ parameters: [matrix()], frozen: true }, { parameters: [matrix()] }], adam());
    const theta = optimizer.parameters[1]!.slice();
    const refused = (given: object, code: Parameters<typeof expectRefusal>[1], ...names: string[]) => {
      const wrong = { ...gradient([2]), ...given } as ReturnType<typeof gradient>;
      expectRefusal(() => optimizer.step([wrong, gradient([5])]), code, 'gradients[0]', ...names);
    };
    refused({ rows: [rows] }, 'ERR_OUT_OF_RANGE', `rows contains ${rows}`);
    refused({ rows: new Uint32Array([rows]) }, 'ERR_OUT_OF_RANGE', `rows contains ${rows}`);
    refused({ rows: [-1] }, 'ERR_OUT_OF_RANGE', 'rows');
    refused({ rows: [2 ** 32 - 1] }, 'ERR_OUT_OF_RANGE', 'rows contains 4294967295');
    refused({ rows: [2 ** 32] }, 'ERR_OUT_OF_RANGE', 'from 0 to 4294967295');
    refused({ rows: 'all' }, 'ERR_INVALID_ARGUMENT', 'rows');
    refused({ values: new Float32Array(columns + 1) }, 'ERR_SHAPE', `values has ${columns + 1} elements`);
    refused({ values: [1] }, 'ERR_INVALID_ARGUMENT', 'values');
    refused({ values: detach(new Float32Array(columns)) }, 'ERR_DETACHED', 'values');
    refused({ columns: columns + 1 }, 'ERR_SHAPE', 'columns');
    expect(optimizer.steps).toBe(0);
    expectSameBits(optimizer.parameters[1]!, theta);
  });

  test('changes only its rows', () => {
    const optimizer = new Optimizer([matrix()], adam({ learningRate: 0.5 }));
    optimizer.step([gradient([2, 5])]);
    optimizer.step([gradient([5])]);
    const changed = range(rows).filter((row) => optimizer.parameters[0]![row * columns] !== 1);
    expect(changed).toEqual([2, 5]);
  });

  test('sums rows that occur twice', () => {
    const [once, twice] = [matrix(), matrix()];
    new Optimizer([once], sgd({ learningRate: 1 })).step([gradient([7], 2)]);
    new Optimizer([twice], sgd({ learningRate: 1 })).step([gradient([7, 7])]);
    expect(twice.data).toEqual(once.data);
  });

  test.each([
    ['a Uint32Array', new Uint32Array([9, 3])],
    ['an Int32Array', new Int32Array([9, 3])],
    ['an array', [9, 3]],
  ])('accepts rows as %s, in any order', (_, touched) => {
    const theta = matrix();
    const values = Float32Array.from({ length: 2 * columns }, (_, i) => (i < columns ? 9 : 3));
    new Optimizer([theta], sgd({ learningRate: 1 })).step([{ rows: touched, values, columns }]);
    expect([theta.data[9 * columns], theta.data[3 * columns], theta.data[0]]).toEqual([-8, -2, 1]);
  });

  test('can be empty', () => {
    const theta = matrix();
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }));
    expect(optimizer.step([gradient([])])).toBe(true);
    expect([optimizer.steps, theta.data.every((x) => x === 1)]).toEqual([1, true]);
  });

  test('works beside dense ones, and counts in the norm after summing', () => {
    const bias = new Float32Array([1]);
    const optimizer = new Optimizer([matrix(), bias], sgd({ learningRate: 1 }), { clip: { norm: 1e9 } });
    optimizer.step([gradient([4, 4], 1), new Float32Array([6])]);
    expect(optimizer.gradientNorm).toBeCloseTo(Math.sqrt(4 * columns + 36), 12);
    expect([optimizer.parameters[0]![4 * columns], bias[0]]).toEqual([-1, -5]);
  });

  test.each([
    ['norm', { norm: 1 }, 1 - 2 / Math.sqrt(4 * columns)],
    ['value', { value: 0.25 }, 0.75],
  ])('is clipped by %s', (_, clip, expected) => {
    const optimizer = new Optimizer([matrix()], sgd({ learningRate: 1 }), { clip });
    optimizer.step([gradient([4], 2)]);
    expect(optimizer.parameters[0]![4 * columns]).toBeCloseTo(expected, 6);
  });

  test('that is not finite is skipped', () => {
    const optimizer = new Optimizer([matrix()], adam(), { onNonFinite: 'skip' });
    expect(optimizer.step([gradient([4], Number.NaN)])).toBe(false);
    expect([optimizer.skipped, optimizer.parameters[0]!.every((x) => x === 1)]).toEqual([1, true]);
  });

  test('can be awaited, and changed meanwhile', async () => {
    const [theta, other] = [matrix(), matrix()];
    const awaited = gradient([6, 1]);
    const done = new Optimizer([theta], adam()).stepAsync([awaited]);
    awaited.values.fill(99);
    await done;
    new Optimizer([other], adam()).step([gradient([6, 1])]);
    expectSameBits(theta.data, other.data);
  });

  test.each<[string, () => unknown, Parameters<typeof expectRefusal>[1], string[]]>([
    [
      'no shape',
      () => new Optimizer([new Float32Array(70)], adam()).step([gradient([1])]),
      'ERR_INVALID_ARGUMENT',
      ['parameters[0]', '{ data, shape'],
    ],
    [
      'a rule that needs all rows',
      () => new Optimizer([matrix()], rmsprop()).step([gradient([1])]),
      'ERR_INVALID_ARGUMENT',
      ['rmsprop', 'adagrad'],
    ],
    [
      'an option by which a rule needs all rows',
      () => new Optimizer([matrix()], momentum({ nesterov: true })).step([gradient([1])]),
      'ERR_INVALID_ARGUMENT',
      [
        'momentum needs the gradients of all rows with these options',
        'with their defaults, adagrad, adam, adamw, ftrl, momentum, radam, rowWiseAdagrad and sgd don',
      ],
    ],
    [
      'an average',
      () => new Optimizer([matrix()], adam(), { average: polyak() }).step([gradient([1])]),
      'ERR_INVALID_ARGUMENT',
      ['average'],
    ],
    [
      'accumulation',
      () => new Optimizer([matrix()], adam(), { accumulate: 2 }).step([gradient([1])]),
      'ERR_INVALID_ARGUMENT',
      ['accumulate'],
    ],
    [
      'low-precision state',
      () => new Optimizer([matrix()], adam(), { state: 'uint8' }).step([gradient([1])]),
      'ERR_INVALID_ARGUMENT',
      ['state'],
    ],
    [
      'a row beyond the last',
      () => new Optimizer([matrix()], adam()).step([gradient([rows])]),
      'ERR_OUT_OF_RANGE',
      ['rows', String(rows)],
    ],
    [
      'a negative row',
      () => new Optimizer([matrix()], adam()).step([gradient([-1])]),
      'ERR_OUT_OF_RANGE',
      ['rows', '-1'],
    ],
    [
      'a fraction as row',
      () => new Optimizer([matrix()], adam()).step([gradient([1.5])]),
      'ERR_OUT_OF_RANGE',
      ['rows', '1.5'],
    ],
    [
      'other columns',
      () => new Optimizer([matrix()], adam()).step([{ ...gradient([1]), columns: 3 }]),
      'ERR_SHAPE',
      ['3 columns', '7'],
    ],
    [
      'too few values',
      () => new Optimizer([matrix()], adam()).step([{ ...gradient([1]), values: new Float32Array(3) }]),
      'ERR_SHAPE',
      ['values', '3', '7'],
    ],
    [
      'values of another type',
      () => new Optimizer([matrix()], adam()).step([{ ...gradient([1]), values: new Float64Array(7) }]),
      'ERR_INVALID_ARGUMENT',
      ['Float64Array', 'Float32Array'],
    ],
    [
      'invalid rows',
      () => new Optimizer([matrix()], adam()).step([{ ...gradient([1]), rows: 'all' as never }]),
      'ERR_INVALID_ARGUMENT',
      ['rows', '"all"'],
    ],
  ])('is refused with %s', (_, action, code, names) => expectRefusal(action, code, ...names));

  test('changes nothing if it is refused', () => {
    const optimizer = new Optimizer([matrix(), new Float32Array(1)], adam());
    expectRefusal(() => optimizer.step([gradient([1]), new Float32Array(2)]), 'ERR_SHAPE', 'gradients[1]');
    expect([optimizer.steps, optimizer.parameters[0]!.every((x) => x === 1)]).toEqual([0, true]);
  });
});
