import fc from 'fast-check';
import type { FloatArray, FloatType } from '../../lib/addon';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import type { Gradient } from '../../lib/optimizers/gradient';
import { lookahead } from '../../lib/optimizers/lookahead';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Clip, OptimizerOptions } from '../../lib/optimizers/plan';
import type { Rule } from '../../lib/optimizers/rule';
import { sam } from '../../lib/optimizers/sam';
import { from as fromSchedule, type ScheduleDescription } from '../../lib/schedules/schedule';
import { Composition } from '../support/composition';
import { bfloat16Code, bfloat16Value } from '../support/encodings';
import { floatClass, gradients, parameters, range } from '../support/numbers';
import { referenceTrajectory } from '../support/trajectories';
import { anyRule, hasPlateau, hyperparameter, takes, within } from './arbitrary_rules';
import { closeArray, refusal, same, sameArray } from './comparisons';
import { contents, restored, sameContents, unmoved } from './contents';
import { type Disturbance, disturbances, useThreads } from './disturbances';
import { observed } from './observed';
import { starved } from './starving';
import type { Suite } from './suite';

/** An optimizer with dense gradients. */
interface DenseCase {
  type: FloatType;
  shapes: number[][];
  seed: number;
  rule: Rule;
  sam?: unknown;
  lookahead?: { steps: number; alpha: number };
  options: OptimizerOptions;
  /** Options of each array's group. Default: a single group. */
  groups?: { frozen: boolean; learningRate?: unknown }[];
  /** Whether gradients are bfloat16. */
  bfloat16: boolean;
  steps: number;
  /** Steps before which evaluationParameters() is called. */
  looks: number[];
  threads: number;
  disturbances: Disturbance[];
}

const small = fc.array(
  fc.oneof(
    fc.tuple(fc.nat(40)),
    fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 9 })),
    fc.constantFrom([4096], [1025], [64, 65]),
  ),
  { minLength: 1, maxLength: 4 },
);
/** Shapes of more than 2¹⁷ numbers, on which a team works. */
const large = fc.constantFrom(
  [[300, 450]],
  [[140_001]],
  [[70_001], [3], [256, 257]],
  [[131_072], [1]],
  [
    [5, 7],
    [9, 15_000],
  ],
);

const clip = fc.oneof(
  fc.record({ norm: hyperparameter(0.1, 3) }),
  fc.record({ value: hyperparameter(0.01, 1) }),
  fc.record(
    { adaptive: hyperparameter(0.01, 0.5), units: fc.constantFrom('rows', 'columns'), epsilon: fc.constant(0.01) },
    { requiredKeys: ['adaptive'] },
  ),
) as fc.Arbitrary<Clip>;
const average = fc.oneof(
  fc.record({ name: fc.constant('polyak' as const), start: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ name: fc.constant('ema' as const), decay: within(0.1, 0.95) }),
  fc.record({
    name: fc.constant('swa' as const),
    start: fc.integer({ min: 1, max: 5 }),
    every: fc.integer({ min: 1, max: 3 }),
  }),
);
const options: fc.Arbitrary<OptimizerOptions> = fc.oneof(
  fc.constant({}),
  fc.record(
    {
      clip,
      average,
      accumulate: fc.integer({ min: 1, max: 3 }),
      onNonFinite: fc.constantFrom('throw' as const, 'skip' as const),
      state: fc.constantFrom('bfloat16' as const, 'uint8' as const),
      maximize: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
);

const cases: fc.Arbitrary<DenseCase> = fc
  .tuple(fc.oneof({ weight: 3, arbitrary: small }, { weight: 1, arbitrary: large }), fc.integer({ min: 1, max: 14 }))
  .chain(([shapes, wished]) => {
    const steps = lengthOf(shapes) > 10_000 ? Math.min(4, wished) : wished;
    return fc.record(
      {
        type: fc.constantFrom<FloatType>('float32', 'float64'),
        shapes: fc.constant(shapes as number[][]),
        seed: fc.nat(10_000),
        rule: anyRule,
        sam: hyperparameter(0, 0.3),
        lookahead: fc.record({
          steps: fc.integer({ min: 1, max: 4 }),
          alpha: within(0.1, 0.9),
        }),
        options,
        groups: fc.array(
          fc.record({ frozen: fc.boolean(), learningRate: hyperparameter(0, 0.1) }, { requiredKeys: ['frozen'] }),
          { minLength: shapes.length, maxLength: shapes.length },
        ),
        bfloat16: fc.boolean(),
        steps: fc.constant(steps),
        looks: fc.array(fc.nat(steps), { maxLength: 2 }),
        threads: fc.integer({ min: 1, max: 5 }),
        disturbances: disturbances(steps),
      },
      {
        requiredKeys: [
          'type',
          'shapes',
          'seed',
          'rule',
          'options',
          'bfloat16',
          'steps',
          'looks',
          'threads',
          'disturbances',
        ],
      },
    );
  });

const lengthOf = (shapes: readonly (readonly number[])[]) =>
  shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

const scheduled = (value: unknown) =>
  (value !== null && typeof value === 'object' ? fromSchedule(value as ScheduleDescription) : value) as number;

/** A clip with schedules as functions, as the plain composition needs them. */
const readyClip = (clip: Clip): Clip =>
  Object.fromEntries(Object.entries(clip).map(([key, value]) => [key, scheduled(value)])) as unknown as Clip;

/** The rule and options of a case, ready for an optimizer. */
function ready(one: DenseCase) {
  const { state, ...others } = one.options;
  let { rule } = new Optimizer([{ data: new Float32Array(1), shape: [1, 1] }], one.rule);
  if (one.lookahead) rule = lookahead(rule, one.lookahead);
  if (one.sam !== undefined) rule = sam(rule, { radius: scheduled(one.sam) });
  const keepsMoments = state !== undefined && takes(one.rule, { state });
  const options: OptimizerOptions = { ...others, ...(keepsMoments && { state }) };
  if (options.clip) options.clip = readyClip(options.clip);
  return { rule, options };
}

function optimizerOf(one: DenseCase, arrays: readonly FloatArray[]): Optimizer {
  const { rule, options } = ready(one);
  const list = arrays.map((data, i) => ({ data, shape: one.shapes[i]! }));
  const grouped = one.groups?.map(({ frozen, learningRate }, i) => ({
    parameters: [list[i]!],
    frozen,
    ...(learningRate !== undefined && { learningRate: scheduled(learningRate) }),
  }));
  return new Optimizer(grouped ?? list, rule, options);
}

type Points = readonly ArrayLike<number>[];
interface Leads {
  gradientPoints(gradients?: FloatArray[]): Points;
}

/** Gradients at some points, different ones for each call. */
function gradientsAt(one: DenseCase, points: Points, call: number): FloatArray[] {
  const Float = floatClass[one.type];
  return points.map((point, k) => {
    const drawn = gradients(one.type, point.length, one.seed + 1000 * call + k);
    const size = [1, 0.2, 3, 0.1, 0.5, 2, 0.3][call % 7]!;
    const found = new Float(point.length);
    for (let i = 0; i < found.length; ++i)
      found[i] = (i + call) % 9 === 0 ? drawn[i]! : size * Math.sin(point[i]! + 1.7 * i + 0.9 * k + 0.4 * call);
    return one.bfloat16 ? (found.map((g) => normalValue(bfloat16Code(g))) as FloatArray) : found;
  });
}

const normalValue = (code: number) => {
  const value = bfloat16Value(code);
  return Math.abs(value) < 2 ** -126 ? 0 * value : value;
};

/** The gradients of a call, at the gradient points of the optimizer. */
function readyGradients(one: DenseCase, optimizer: Leads, call: number): FloatArray[] {
  let points = optimizer.gradientPoints();
  if (one.sam !== undefined) points = optimizer.gradientPoints(gradientsAt(one, points, call));
  return gradientsAt(one, points, call);
}

const asBits = (one: DenseCase, list: FloatArray[]): Gradient[] =>
  one.bfloat16 ? list.map((array) => bfloat16(Uint16Array.from(array, bfloat16Code))) : list;

const start = (one: DenseCase) =>
  one.shapes.map((shape, i) => parameters(one.type, lengthOf([shape]), one.seed + 17 * i));

/** Reports a metric that decreases at first. */
function observe(one: DenseCase, optimizer: Optimizer, call: number): void {
  observed(optimizer, Math.max(1, 5 - call) + (one.seed % 3));
}

/** Takes the steps of a case on one thread, without disturbances. */
function undisturbed(one: DenseCase, arrays: FloatArray[]): { optimizer: Optimizer; seen: FloatArray[][] } {
  useThreads(1);
  const optimizer = optimizerOf(one, arrays);
  const seen: FloatArray[][] = [];
  for (const call of range(one.steps)) {
    if (one.looks.includes(call)) seen.push(optimizer.evaluationParameters());
    optimizer.step(readyGradients(one, optimizer, call));
    observe(one, optimizer, call);
  }
  seen.push(optimizer.evaluationParameters());
  return { optimizer, seen };
}

async function disturbed(
  one: DenseCase,
  arrays: FloatArray[],
): Promise<{ optimizer: Optimizer; seen: FloatArray[][] }> {
  let { threads } = one;
  let optimizer = optimizerOf(one, arrays);
  const seen: FloatArray[][] = [];
  for (const call of range(one.steps)) {
    if (one.looks.includes(call)) seen.push(optimizer.evaluationParameters());
    useThreads(threads); // so that busy processors reduce the team for one step at most
    let waits = false;
    let bytes: number | undefined;
    for (const { what, number } of one.disturbances.filter(({ at }) => at === call)) {
      if (what === 'threads') threads = number;
      if (what === 'await') waits = true;
      if (what === 'starve') bytes = 1024 * number;
      if (what === 'save') await unmoved(optimizer, 'saving', () => optimizer.save());
      if (what === 'restore') optimizer = restored(optimizer, (arrays) => optimizerOf(one, arrays));
      if (what === 'refuse')
        await unmoved(optimizer, 'a refused step', async () => {
          const refused = await refusal(() => optimizer.step([new Float32Array(3), new Float64Array(99)]));
          if (!refused) throw new Error('a step with other arrays was taken');
        });
      if (what === 'spoil' && one.options.onNonFinite)
        await unmoved(optimizer, 'a gradient that is not finite', async () => {
          const spoiled = readyGradients(one, optimizer, call);
          const at = spoiled.findIndex((array, i) => array.length > 0 && !one.groups?.[i]?.frozen);
          if (at < 0) return;
          spoiled[at]![spoiled[at]!.length - 1] = Number.NaN;
          const refused = await refusal(() => optimizer.step(spoiled));
          same(refused?.code, one.options.onNonFinite === 'throw' ? 'ERR_NON_FINITE' : undefined, 'its code');
        });
    }
    const ready = asBits(one, readyGradients(one, optimizer, call));
    if (bytes !== undefined) {
      const before = contents(optimizer);
      if (!(await starved(bytes, () => optimizer.step(ready)))) {
        sameContents(contents(optimizer), before, 'after a step without memory');
        optimizer.step(asBits(one, readyGradients(one, optimizer, call)));
      }
    } else if (waits) await optimizer.stepAsync(ready);
    else optimizer.step(ready);
    observe(one, optimizer, call);
  }
  seen.push(optimizer.evaluationParameters());
  return { optimizer, seen };
}

/** Checks that each number follows the scalar formula, for a rule that nothing wraps. */
function followsScalars(one: DenseCase): void {
  const { rule } = ready(one);
  const lengths = one.shapes.map((shape) => lengthOf([shape]));
  const expected = referenceTrajectory(rule, one.type, lengths, one.steps);
  const pieces = (array: FloatArray): FloatArray[] => {
    let end = 0;
    return lengths.map((length) => {
      end += length;
      return array.subarray(end - length, end);
    });
  };
  useThreads(one.threads);
  const theta = pieces(expected.initial.slice());
  const optimizer = new Optimizer(theta, rule);
  for (const gradient of expected.gradients) optimizer.step(pieces(gradient));
  for (const [i, array] of pieces(expected.parameters).entries())
    sameArray(theta[i]!, array, `beside scalars, parameters[${i}]`);
  for (const [name, values] of expected.states)
    for (const [i, array] of pieces(values).entries())
      sameArray(optimizer.state.get(name)![i]!, array, `beside scalars, ${name}[${i}]`);
}

/** Checks in float64 that wrappers equal their plain composition around the rule. */
function followsComposition(one: DenseCase, parameters: readonly FloatArray[], evaluated: FloatArray[]): void {
  const { rule, options } = ready(one);
  const shaped = start(one).map((data, i) => ({ data: data as Float64Array, shape: one.shapes[i]! }));
  const frozen = range(one.shapes.length).filter((i) => one.groups?.[i]?.frozen);
  const composition = new Composition(shaped, rule, options, frozen);
  for (const call of range(one.steps))
    composition.step(readyGradients(one, composition as unknown as Leads, call) as Float64Array[]);
  for (const [i, array] of composition.parameters.entries())
    closeArray(parameters[i]!, array, 1e-8, `beside a composition, parameters[${i}]`);
  for (const [i, array] of composition.evaluationParameters().entries())
    closeArray(evaluated[i]!, array, 1e-8, `beside a composition, evaluated[${i}]`);
}

const withoutScalars = ['adafactor', 'muon', 'rowWiseAdagrad'];
/** Rules with steps that jump when a gradient, or a sum of gradients, changes its sign. */
const jumping = ['lion', 'rprop', 'prodigy', 'muon'];

export const optimizers: Suite<DenseCase> = {
  cases,
  async run(one) {
    const plain = undisturbed(one, start(one));
    const other = await disturbed(one, start(one));
    sameContents(contents(other.optimizer), contents(plain.optimizer), 'beside the undisturbed one');
    for (const [k, arrays] of plain.seen.entries())
      for (const [i, array] of arrays.entries()) sameArray(other.seen[k]![i]!, array, `evaluated[${i}], look ${k}`);
    const looksAhead = one.rule.name === 'momentum' && one.rule.nesterov === true;
    const isBare = one.sam === undefined && !one.lookahead && !one.groups && Object.keys(one.options).length === 0;
    const size = lengthOf(one.shapes);
    if (hasPlateau(one)) return; // the references observe no metrics
    if (isBare && !looksAhead && !withoutScalars.includes(one.rule.name) && size < 200_000) followsScalars(one);
    const isComposed =
      one.type === 'float64' &&
      one.options.state === undefined &&
      size < 10_000 &&
      !jumping.includes(one.rule.name) &&
      !one.groups?.some(({ learningRate }) => learningRate !== undefined) &&
      !one.groups?.every(({ frozen }) => frozen);
    if (isComposed) followsComposition(one, plain.optimizer.parameters, plain.seen.at(-1)!);
  },
};
