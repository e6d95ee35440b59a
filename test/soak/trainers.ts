import fc from 'fast-check';
import type { FloatArray, FloatType } from '../../lib/addon';
import type { Inputs } from '../../lib/data/blocks';
import { categories } from '../../lib/data/categories';
import { type Dataset, Dataset as DatasetClass } from '../../lib/data/dataset';
import { type SparseEntry, sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import type { Precision } from '../../lib/models/precision';
import { lookahead } from '../../lib/optimizers/lookahead';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import { sam } from '../../lib/optimizers/sam';
import { from as fromSchedule, type ScheduleDescription } from '../../lib/schedules/schedule';
import { type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { HandDriven } from '../support/hand_driven';
import { normal, random, range } from '../support/numbers';
import type { Example } from '../support/reference_network';
import { anyRule, hasPlateau, hyperparameter, smoothRule, takes, within } from './arbitrary_rules';
import { closeArray, greatestError, refusal, same, sameArray } from './comparisons';
import { useThreads } from './disturbances';
import { starved } from './starving';
import type { Suite } from './suite';

/** An action on a trainer. */
type Action =
  | { what: 'step'; from: number; rows: number }
  | { what: 'fit'; epochs: number; batchSize: number; sampling: 'permutation' | 'sequential' | 'replacement' }
  /** A run that is ended early, by `stop` or by its signal, after this many steps or a few more. */
  | { what: 'stop' | 'abort'; after: number; batchSize: number }
  | { what: 'predict' }
  /** Sets the parameters to equal or to other values. */
  | { what: 'change' }
  // The actions below must not change results.
  | { what: 'threads'; number: number }
  | { what: 'refuse' }
  | { what: 'starve'; kilobytes: number };

interface TrainerCase {
  type: FloatType;
  inputs: 'numbers' | 'columns' | 'categories';
  width: number;
  hidden: number[];
  outputs: number;
  rows: number;
  seed: number;
  rule: Rule;
  isSmooth: boolean;
  sam?: unknown;
  lookahead?: { steps: number; alpha: number };
  options: Partial<Pick<TrainerOptions, 'accumulate' | 'maximize' | 'onNonFinite'>> & {
    clip?: { norm: unknown } | { value: unknown };
    average?: object;
    state?: 'bfloat16' | 'uint8';
    sparse?: 'lazy';
  };
  precision?: Precision;
  freezesFirst?: boolean;
  actions: Action[];
}

const count = (most: number) => fc.integer({ min: 1, max: most });

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ what: fc.constant('step' as const), from: fc.nat(20), rows: count(12) }),
  fc.record({
    what: fc.constant('fit' as const),
    epochs: count(3),
    batchSize: count(16),
    sampling: fc.constantFrom('permutation' as const, 'sequential' as const, 'replacement' as const),
  }),
  fc.record({ what: fc.constantFrom('stop' as const, 'abort' as const), after: fc.nat(30), batchSize: count(16) }),
  fc.record({ what: fc.constant('predict' as const) }),
  fc.record({ what: fc.constant('change' as const) }),
  fc.record({ what: fc.constant('threads' as const), number: count(5) }),
  fc.record({ what: fc.constant('refuse' as const) }),
  fc.record({ what: fc.constant('starve' as const), kilobytes: fc.integer({ min: 500, max: 8000 }) }),
);

const cases: fc.Arbitrary<TrainerCase> = fc
  .tuple(fc.boolean(), fc.boolean())
  .chain(([isSmooth, isBig]) =>
    fc.record(
      {
        type: fc.constantFrom<FloatType>('float32', 'float64'),
        inputs: fc.constantFrom('numbers' as const, 'columns' as const, 'categories' as const),
        width: isBig ? fc.integer({ min: 100, max: 40_000 }) : count(30),
        hidden: fc.array(count(isBig ? 64 : 9), { maxLength: 2 }),
        outputs: count(4),
        rows: fc.integer({ min: 17, max: 60 }),
        seed: fc.nat(10_000),
        rule: isSmooth ? smoothRule : anyRule,
        isSmooth: fc.constant(isSmooth),
        sam: hyperparameter(0.01, 0.3),
        lookahead: fc.record({ steps: count(4), alpha: within(0.1, 0.9) }),
        options: fc.oneof(
          fc.constant({}),
          fc.record(
            {
              clip: fc.oneof(
                fc.record({ norm: hyperparameter(0.1, 1) }),
                fc.record({ value: hyperparameter(0.01, 1) }),
              ),
              average: fc.oneof(
                fc.record({ name: fc.constant('polyak'), start: count(5) }),
                fc.record({ name: fc.constant('ema'), decay: within(0.1, 0.95) }),
                fc.record({ name: fc.constant('swa'), start: count(5), every: count(3) }),
              ),
              accumulate: count(3),
              onNonFinite: fc.constantFrom('throw' as const, 'skip' as const),
              state: fc.constantFrom('bfloat16' as const, 'uint8' as const),
            },
            { requiredKeys: [] },
          ),
          fc.constant({ sparse: 'lazy' as const }),
        ),
        precision: fc.constantFrom<Precision>('full', 'bfloat16'),
        freezesFirst: fc.boolean(),
        actions: fc.array(action, { minLength: 1, maxLength: 8 }),
      },
      {
        requiredKeys: [
          'type',
          'inputs',
          'width',
          'hidden',
          'outputs',
          'rows',
          'seed',
          'rule',
          'isSmooth',
          'options',
          'actions',
        ],
      },
    ),
  )
  // Large dense layers take long, and test no more than small ones.
  .map((one) => (one.inputs === 'numbers' ? { ...one, width: Math.min(one.width, 600) } : one))
  // With accumulation or a plateau schedule, a run that ended early can't be reproduced by one of as many steps:
  // minibatches that wait for a step, and what the schedule observes at the end of an epoch, would differ.
  .filter((one) => !one.actions.some(endsEarly) || (accumulationOf(one) === 1 && !hasPlateau(one)));

const accumulationOf = ({ options }: { options: TrainerCase['options'] }) => options.accumulate ?? 1;

const endsEarly = ({ what }: Action) => what === 'stop' || what === 'abort';

const scheduled = (value: unknown) =>
  (value !== null && typeof value === 'object' ? fromSchedule(value as ScheduleDescription) : value) as number;

function ready(one: TrainerCase): { rule: Rule; options: Partial<TrainerOptions> } {
  const { clip, state, sparse: resting, ...others } = one.options;
  let { rule } = new Optimizer([{ data: new Float32Array(1), shape: [1, 1] }], one.rule);
  const options = { ...others } as Partial<TrainerOptions>;
  if (clip)
    options.clip = Object.fromEntries(Object.entries(clip).map(([key, value]) => [key, scheduled(value)])) as never;
  if (state && takes(one.rule, { state })) options.state = state;
  if (one.lookahead) rule = lookahead(rule, one.lookahead);
  if (one.sam !== undefined && one.options.accumulate === undefined) rule = sam(rule, { radius: scheduled(one.sam) });
  if (one.precision === 'bfloat16' && one.type === 'float32') options.precision = 'bfloat16';
  if (resting && one.inputs !== 'numbers' && !one.freezesFirst && takes(rule, { sparse: resting }))
    options.sparse = resting;
  return { rule, options };
}

const frozenOf = (one: TrainerCase, model: Network) =>
  one.freezesFirst ? { groups: [{ tensors: [[...model.tensors.keys()][0]!], frozen: true }] } : {};

function modelOf(one: TrainerCase): Network {
  const layers = one.hidden.map((width) => dense(width, { activation: 'tanh' }));
  const inputs = {
    numbers: one.width,
    columns: { sparse: one.width },
    categories: { categories: [one.width, 5] },
  }[one.inputs];
  const first = one.inputs === 'categories' ? [embedding({ dimensions: [3, 2] })] : [];
  return network({ inputs, layers: [...first, ...layers, dense(one.outputs)], type: one.type, seed: one.seed });
}

interface Data {
  all: Dataset;
  inputs: (rows: number[]) => Inputs;
  targets: number[][];
  examples: Example[];
}

function dataOf(one: TrainerCase): Data {
  const [number, uniform] = [normal(one.seed + 1), random(one.seed + 2)];
  const targets = range(one.rows).map(() => range(one.outputs).map(() => Math.fround(number())));
  const pick = () => Math.floor(one.width * uniform() ** 2);
  const rows = range(one.rows).map(() =>
    one.inputs === 'numbers'
      ? range(one.width).map(() => Math.fround(number()))
      : one.inputs === 'categories'
        ? [pick(), Math.floor(5 * uniform())]
        : [...new Set(range(5).map(pick))].map((column): SparseEntry => [column, Math.fround(number())]),
  );
  const inputs = (some: number[]): Inputs => {
    const list = some.map((i) => rows[i]!);
    if (one.inputs === 'numbers') return list as number[][];
    if (one.inputs === 'columns') return sparse({ columns: one.width, rows: list as SparseEntry[][] });
    return categories({ values: list as number[][], cardinalities: [one.width, 5] });
  };
  const every = range(one.rows);
  const type = one.inputs === 'numbers' ? { type: 'float64' as const } : {};
  return {
    all: new DatasetClass({ inputs: inputs(every), targets, ...type }),
    inputs,
    targets,
    examples: one.inputs === 'numbers' ? rows.map((row, i) => ({ inputs: row as number[], targets: targets[i]! })) : [],
  };
}

/** The steps that a run took before it ended early, by the number of its action. */
type Ended = Map<number, number>;

interface Led {
  model: Network;
  trainer: Trainer;
  seen: FloatArray[];
}

const minibatch = (one: TrainerCase, { from, rows }: { from: number; rows: number }) =>
  range(rows).map((i) => (from + i) % one.rows);

const change = (one: TrainerCase, model: Network, number: number) => {
  const draw = normal(one.seed + number);
  model.parameters.forEach((theta, i) => {
    model.parameters[i] = theta + 0.01 * draw();
  });
};

/** Runs a case. The undisturbed run uses one thread, and ends runs after the steps in `ended`. */
async function lead(one: TrainerCase, data: Data, ended: Ended, isDisturbed: boolean): Promise<Led> {
  useThreads(1);
  const { rule, options } = ready(one);
  const model = modelOf(one);
  const trainer = new Trainer(model, {
    loss: 'squared',
    optimizer: rule,
    seed: one.seed,
    ...options,
    ...frozenOf(one, model),
  });
  const seen: FloatArray[] = [];
  const step = (rows: number[]) =>
    trainer.step(
      data.inputs(rows),
      rows.map((i) => data.targets[i]!),
    );
  let threads = 1;
  let bytes: number | undefined;
  for (const [number, action] of one.actions.entries()) {
    if (isDisturbed) useThreads(threads);
    if (action.what === 'threads') threads = action.number;
    if (action.what === 'predict') seen.push(model.predict(data.all) as FloatArray);
    if (action.what === 'change') change(one, model, number);
    if (action.what === 'starve' && isDisturbed) bytes = 1024 * action.kilobytes;
    if (action.what === 'refuse' && isDisturbed) {
      const [before, steps] = [model.parameters.slice(), trainer.steps];
      if (!(await refusal(() => trainer.step(data.inputs([0]), [[1], [2]])))) throw new Error('a row has two targets');
      sameArray(model.parameters, before, 'parameters after a refused step');
      same(trainer.steps, steps, 'steps after a refused step');
    }
    if (action.what === 'step') {
      const rows = minibatch(one, action);
      const [before, steps] = [model.parameters.slice(), trainer.steps];
      if (bytes === undefined) step(rows);
      else if (!(await starved(bytes, () => step(rows)))) {
        sameArray(model.parameters, before, 'parameters after a step without memory');
        same(trainer.steps, steps, 'steps after a step without memory');
        step(rows);
      }
      bytes = undefined;
    }
    if (action.what === 'fit') {
      const { epochs, batchSize, sampling } = action;
      await trainer.fit(data.all, { epochs, batchSize, sampling });
    }
    if (action.what === 'stop' || action.what === 'abort') await endEarly(one, data, trainer, action, number, ended);
  }
  return { model, trainer, seen };
}

/** Ends a run early and notes its steps, or repeats a run of the steps noted before. */
async function endEarly(
  one: TrainerCase,
  data: Data,
  trainer: Trainer,
  { what, after, batchSize }: { what: 'stop' | 'abort'; after: number; batchSize: number },
  number: number,
  ended: Ended,
): Promise<void> {
  const size = Math.min(batchSize, one.rows);
  const steps = ended.get(number);
  if (steps !== undefined) {
    const rows = range(steps * size).map((i) => i % one.rows);
    if (rows.length > 0) await trainer.fit(data.all.select(rows), { batchSize: size, shuffle: false });
    else await trainer.fit(data.all, { batchSize: size, signal: AbortSignal.abort('nothing') }).catch(() => {});
    return;
  }
  const before = trainer.steps;
  const controller = new AbortController();
  // Usually longer than it takes to end the run.
  const long = data.all.select(range(size * (after + 300)).map((i) => i % one.rows));
  const run = trainer.fit(long, { batchSize: size, shuffle: false, signal: controller.signal });
  let isOver = false;
  const end = Promise.resolve(run)
    .catch((reason) => {
      if (reason !== 'enough') throw reason;
    })
    .finally(() => {
      isOver = true;
    });
  end.catch(() => {}); // until it is awaited
  while (!isOver && run.progress.steps < after) await new Promise((resolve) => setTimeout(resolve, 1));
  if (what === 'stop') run.stop();
  else controller.abort('enough');
  await end;
  ended.set(number, trainer.steps - before);
  long.dispose();
}

/** The parameters after the same steps of a plain network, from initial parameters times 1 + `off`. */
function byHand(one: TrainerCase, data: Data, ended: Ended, off: number): Float64Array {
  const { rule, options } = ready(one);
  const model = modelOf(one);
  model.parameters.forEach((theta, i) => {
    model.parameters[i] = theta * (1 + off);
  });
  const driven = new HandDriven(model, rule, { ...options, ...frozenOf(one, model) } as never);
  const batches = (rows: number[], size: number) =>
    range(Math.ceil(rows.length / size)).map((i) => rows.slice(i * size, (i + 1) * size));
  for (const [number, action] of one.actions.entries()) {
    const every = range(one.rows);
    let taken: number[][] = [];
    if (action.what === 'step') taken = [minibatch(one, action)];
    if (action.what === 'fit')
      taken = range(action.epochs).flatMap(() => batches(every, Math.min(one.rows, action.batchSize)));
    if (action.what === 'stop' || action.what === 'abort') {
      const size = Math.min(action.batchSize, one.rows);
      taken = batches(
        range(ended.get(number)! * size).map((i) => i % one.rows),
        size,
      );
    }
    for (const rows of taken) driven.step(rows.map((i) => data.examples[i]!));
  }
  return driven.evaluated();
}

/** Compares with a plain network. The bound allows for the growth of a relative error of 1e-13 in the start. */
function followsPlainNetwork(one: TrainerCase, data: Data, ended: Ended, parameters: FloatArray): void {
  const expected = byHand(one, data, ended, 0).slice();
  const growth = greatestError(byHand(one, data, ended, 1e-13), expected);
  closeArray(parameters, expected, 1e-7 + 10 * growth, 'beside a plain network, parameters');
}

/** Whether the plain network can compute the case, within a second. */
function isPlain(one: TrainerCase, steps: number): boolean {
  const does = (what: Action['what']) => one.actions.some((action) => action.what === what);
  const isInOrder = one.actions.every((action) => action.what !== 'fit' || action.sampling === 'sequential');
  return (
    one.type === 'float64' &&
    one.inputs === 'numbers' &&
    one.isSmooth &&
    isInOrder &&
    !hasPlateau(one) &&
    one.options.accumulate === undefined &&
    one.options.state === undefined &&
    !does('change') &&
    steps * one.width * (1 + one.hidden.reduce((a, b) => a + b, 0)) < 2e6
  );
}

export const trainers: Suite<TrainerCase> = {
  cases,
  async run(one) {
    const data = dataOf(one);
    const ended: Ended = new Map();
    let disturbed: Led | undefined;
    const failure = await refusal(async () => {
      disturbed = await lead(one, data, ended, true);
    });
    const undisturbed = await (failure ? undefined : lead(one, data, ended, false));
    // Steps to non-finite numbers are refused, which other tests cover.
    if (failure?.code === 'ERR_NON_FINITE') return;
    if (failure) throw new Error(`${failure.code}: ${failure.message}`);
    same(disturbed!.trainer.steps, undisturbed!.trainer.steps, 'steps');
    sameArray(disturbed!.model.parameters, undisturbed!.model.parameters, 'parameters');
    for (const [i, array] of undisturbed!.seen.entries()) sameArray(disturbed!.seen[i]!, array, `prediction ${i}`);
    if (isPlain(one, undisturbed!.trainer.steps))
      followsPlainNetwork(one, data, ended, undisturbed!.model.parameters as FloatArray);
  },
};
