import fc from 'fast-check';
import type { FloatArray, FloatType } from '../../lib/addon';
import type { SparseGradient } from '../../lib/optimizers/gradient';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Clip, OptimizerOptions } from '../../lib/optimizers/plan';
import type { Rule } from '../../lib/optimizers/rule';
import { from as fromSchedule, type ScheduleDescription } from '../../lib/schedules/schedule';
import { floatClass, normal, random, range } from '../support/numbers';
import { hyperparameter, lazyRule } from './arbitrary_rules';
import { closeArray, greatestError, isClose, refusal, same, sameArray } from './comparisons';
import { contents, restored, sameContents, unmoved } from './contents';
import { type Disturbance, disturbances, useThreads } from './disturbances';
import { observed } from './observed';
import { starved } from './starving';
import type { Suite } from './suite';

/** An optimizer of matrices with sparse gradients. */
interface SparseCase {
  type: FloatType;
  /** Rows and columns. */
  matrices: [number, number][];
  /** Number of additional small groups with dense gradients. */
  vectors: number;
  seed: number;
  rule: Rule;
  clip?: { norm: unknown } | { value: unknown };
  onNonFinite?: 'throw' | 'skip';
  maximize?: boolean;
  sparse?: 'exact' | 'lazy';
  /** The rate of the second group. */
  learningRate?: unknown;
  freezesLast?: boolean;
  steps: number;
  /** Numbers of rows in gradients, used in turn. −1: a dense gradient. */
  touched: number[];
  /** Steps before which all rows catch up. */
  catchUps: number[];
  threads: number;
  disturbances: Disturbance[];
}

const small: fc.Arbitrary<[number, number][]> = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 19 })),
  { minLength: 1, maxLength: 3 },
);
/** Matrices of more than 2¹⁷ numbers, on which a team works. */
const large: fc.Arbitrary<[number, number][]> = fc.constantFrom<[number, number][]>(
  [[16_384, 16]],
  [[70_000, 2]],
  [
    [10_000, 15],
    [9, 4],
  ],
  [
    [40, 3],
    [150_000, 1],
  ],
);
/** So many rows that moving all of them at once takes long. */
const many: fc.Arbitrary<[number, number][]> = fc.constant([[60_000, 2]]);

const cases: fc.Arbitrary<SparseCase> = fc
  .oneof(
    // The history has some thousands of steps.
    { weight: 1, arbitrary: fc.record({ matrices: fc.oneof(small, many), steps: fc.constantFrom(4090, 4097, 4200) }) },
    { weight: 12, arbitrary: fc.record({ matrices: small, steps: fc.integer({ min: 1, max: 300 }) }) },
    { weight: 8, arbitrary: fc.record({ matrices: large, steps: fc.integer({ min: 1, max: 25 }) }) },
  )
  .chain(({ matrices, steps }) => {
    const rows = matrices[0]![0];
    const touched = fc.oneof(
      { weight: 5, arbitrary: fc.nat(Math.min(rows, 40)) },
      { weight: 2, arbitrary: fc.nat(2 * rows) },
      { weight: 1, arbitrary: fc.constantFrom(0, -1) },
    );
    return fc.record(
      {
        type: fc.constantFrom<FloatType>('float32', 'float64'),
        matrices: fc.constant(matrices),
        vectors: fc.oneof(fc.nat(3), fc.constant(64)),
        seed: fc.nat(10_000),
        rule: lazyRule,
        clip: fc.oneof(fc.record({ norm: hyperparameter(0.1, 3) }), fc.record({ value: hyperparameter(0.01, 1) })),
        onNonFinite: fc.constantFrom('throw' as const, 'skip' as const),
        maximize: fc.boolean(),
        sparse: fc.constantFrom('exact' as const, 'exact' as const, 'lazy' as const),
        learningRate: hyperparameter(0, 0.1),
        freezesLast: fc.boolean(),
        steps: fc.constant(steps),
        touched: fc.array(touched, { minLength: 1, maxLength: 8 }),
        catchUps: fc.array(fc.nat(steps), { maxLength: 2 }),
        threads: fc.integer({ min: 1, max: 5 }),
        disturbances: disturbances(steps),
      },
      {
        requiredKeys: [
          'type',
          'matrices',
          'vectors',
          'seed',
          'rule',
          'steps',
          'touched',
          'catchUps',
          'threads',
          'disturbances',
        ],
      },
    );
  })
  // `sparse` is omitted if the only array is frozen.
  .map(({ sparse, ...one }) => {
    const isFrozen = one.freezesLast === true && one.matrices.length + one.vectors === 1;
    return sparse && !isFrozen ? { ...one, sparse } : one;
  });

const scheduled = (value: unknown) =>
  (value !== null && typeof value === 'object' ? fromSchedule(value as ScheduleDescription) : value) as number;

const shapesOf = ({ matrices, vectors }: SparseCase): number[][] => [...matrices, ...range(vectors).map(() => [3])];

const start = (one: SparseCase): FloatArray[] => {
  const draw = normal(one.seed);
  return shapesOf(one).map((shape) => new floatClass[one.type](shape.reduce((a, b) => a * b, 1)).map(() => draw()));
};

function optimizerOf(one: SparseCase, arrays: readonly FloatArray[]): Optimizer {
  const { rule, clip, onNonFinite, maximize, sparse, learningRate, freezesLast } = one;
  const options: OptimizerOptions = { onNonFinite, maximize, sparse };
  if (clip)
    options.clip = Object.fromEntries(
      Object.entries(clip).map(([key, value]) => [key, scheduled(value)]),
    ) as unknown as Clip;
  const shapes = shapesOf(one);
  const groups = arrays.map((data, i) => ({
    parameters: [{ data, shape: shapes[i]! }],
    frozen: freezesLast === true && i === arrays.length - 1,
    ...(learningRate !== undefined && i === 1 && { learningRate: scheduled(learningRate) }),
  }));
  return new Optimizer(groups, rule, options);
}

/** The gradients of a step: sparse ones, with some rows repeated, and equal dense ones. */
function gradientsOf(
  one: SparseCase,
  step: number,
): { sparse: (FloatArray | SparseGradient)[]; dense: () => FloatArray[] } {
  const Float = floatClass[one.type];
  const [draw, uniform] = [normal(one.seed + 31 * step + 1), random(one.seed + 37 * step + 2)];
  const sparse = shapesOf(one).map((shape, k): FloatArray | SparseGradient => {
    const [rows, columns] = shape as [number, number];
    const wished = one.touched[(step + k) % one.touched.length]!;
    const numbers = (length: number) => new Float(length).map(() => (uniform() < 0.1 ? 0 : draw()));
    if (k >= one.matrices.length) return numbers(3);
    if (wished < 0) return numbers(rows * columns);
    const touched = range(wished).map(() => Math.floor(rows * uniform() ** 2));
    if (wished > 2 && uniform() < 0.5) touched.push(touched[0]!, touched[1]!);
    const list = step % 2 === 0 ? touched : Uint32Array.from(touched);
    return { rows: list, values: numbers(touched.length * columns), columns };
  });
  const dense = () =>
    sparse.map((gradient, k) => {
      if (!('rows' in gradient)) return gradient;
      const { rows, values, columns } = gradient as { rows: ArrayLike<number>; values: FloatArray; columns: number };
      const whole = new Float(one.matrices[k]![0] * columns);
      for (let i = 0; i < rows.length; ++i)
        for (let j = 0; j < columns; ++j) whole[rows[i]! * columns + j]! += values[i * columns + j]!;
      return whole;
    });
  return { sparse, dense };
}

/** Reports a metric that decreases at first. */
function observe(one: SparseCase, optimizer: Optimizer, step: number): void {
  if (step % 5 === 0) observed(optimizer, Math.max(1, 5 - step) + (one.seed % 3));
}

/**
 * Throws if one step took more than two seconds and a thousand times the median of processor time: it did the work of
 * many steps. The time of other programs does not count.
 */
function keepPace(durations: number[]): void {
  const sorted = durations.toSorted((a, b) => a - b);
  const [median, longest] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
  if (longest > 2000 && longest > 1000 * median)
    throw new Error(
      `step ${durations.indexOf(longest) + 1} took ${longest.toFixed(0)} ms, the median is ${median.toFixed(3)} ms`,
    );
}

async function led(one: SparseCase, isDisturbed: boolean): Promise<Optimizer> {
  const durations: number[] = [];
  let threads = isDisturbed ? one.threads : 1;
  let optimizer = optimizerOf(one, start(one));
  for (const step of range(one.steps)) {
    if (one.catchUps.includes(step)) optimizer.catchUp();
    const { sparse } = gradientsOf(one, step);
    useThreads(threads); // so that busy processors reduce the team for one step at most
    let waits = false;
    let bytes: number | undefined;
    for (const { what, number } of isDisturbed ? one.disturbances.filter(({ at }) => at === step) : []) {
      if (what === 'threads') threads = number;
      if (what === 'await') waits = true;
      if (what === 'starve') bytes = 1024 * number;
      if (what === 'save') await unmoved(optimizer, 'saving', () => optimizer.save());
      if (what === 'restore') optimizer = restored(optimizer, (arrays) => optimizerOf(one, arrays));
      const firstIsFrozen = one.freezesLast === true && sparse.length === 1; // its gradients are not checked
      if (what === 'refuse' && !firstIsFrozen)
        await unmoved(optimizer, 'a refused step', async () => {
          const [rows, columns] = one.matrices[0]!;
          const beyond = { rows: [0, rows], values: new floatClass[one.type](2 * columns), columns };
          same(
            (await refusal(() => optimizer.step([beyond, ...sparse.slice(1)])))?.code,
            'ERR_OUT_OF_RANGE',
            'its code',
          );
        });
      const [first] = sparse;
      if (what === 'spoil' && one.onNonFinite && first && 'rows' in first && !firstIsFrozen)
        await unmoved(optimizer, 'a gradient that is not finite', async () => {
          const values = (first.values as FloatArray).slice();
          if (values.length === 0) return;
          values[0] = Number.NaN;
          const refused = await refusal(() => optimizer.step([{ ...first, values }, ...sparse.slice(1)]));
          same(refused?.code, one.onNonFinite === 'throw' ? 'ERR_NON_FINITE' : undefined, 'its code');
        });
    }
    if (bytes !== undefined) {
      const before = contents(optimizer);
      if (!(await starved(bytes, () => optimizer.step(sparse)))) {
        sameContents(contents(optimizer), before, 'after a step without memory');
        optimizer.step(sparse);
      }
    } else if (waits) await optimizer.stepAsync(sparse);
    else {
      const begin = process.cpuUsage();
      optimizer.step(sparse);
      const { user, system } = process.cpuUsage(begin);
      durations.push((user + system) / 1000);
    }
    observe(one, optimizer, step);
  }
  if (!isDisturbed) keepPace(durations);
  optimizer.catchUp();
  return optimizer;
}

/** The optimizer after the same steps with dense gradients, also in float64 with the numbers of the case. */
function dense(one: SparseCase, type = one.type): Optimizer {
  const converted = (arrays: FloatArray[]) => arrays.map((array) => floatClass[type].from(array) as FloatArray);
  const optimizer = optimizerOf(one, converted(start(one)));
  for (const step of range(one.steps)) {
    optimizer.step(converted(gradientsOf(one, step).dense()));
    observe(one, optimizer, step);
  }
  return optimizer;
}

/** Checks under `sparse: 'lazy'` that untouched rows have their initial values. */
function staysWhereItBegan(one: SparseCase, optimizer: Optimizer): void {
  const initial = start(one);
  const steps = range(one.steps).map((step) => gradientsOf(one, step).sparse);
  for (const [k, [rows, columns]] of one.matrices.entries()) {
    const untouched = new Set(range(rows));
    for (const { [k]: gradient } of steps)
      if (!('rows' in gradient!)) untouched.clear();
      else for (const row of gradient.rows as ArrayLike<number> & Iterable<number>) untouched.delete(row);
    for (const row of untouched) {
      const of = (array: FloatArray) => array.subarray(row * columns, (row + 1) * columns);
      sameArray(
        of(optimizer.parameters[k]!),
        of(initial[k]!),
        `row ${row} of parameters[${k}], which no gradient touched`,
      );
    }
  }
}

/** Bounds for the error of sparse against dense steps, from docs/optimizers.md. */
const bounds = { float32: 1e-6, float64: 1e-12 };

export const sparseOptimizers: Suite<SparseCase> = {
  cases,
  async run(one) {
    const undisturbed = await led(one, false);
    const disturbed = await led(one, true);
    sameContents(contents(disturbed), contents(undisturbed), 'beside the undisturbed one');
    if (one.sparse === 'lazy') return staysWhereItBegan(one, undisturbed);
    const whole = dense(one);
    let exact: Optimizer | undefined;
    for (const [i, array] of whole.parameters.entries()) {
      const where = `beside dense zeros, parameters[${i}]`;
      const actual = undisturbed.parameters[i]!;
      if (isClose(actual, array, bounds[one.type])) continue;
      // Roundings of float32 add up over steps, most of all in dense ones. The bound adds the error of dense steps,
      // measured against float64.
      if (one.type === 'float32') exact ??= dense(one, 'float64');
      const expected = exact?.parameters[i] ?? array;
      closeArray(actual, expected, bounds[one.type] + (exact ? greatestError(array, expected) : 0), where);
    }
  },
};
