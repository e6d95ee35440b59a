import { quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import type { GraphBuilder, ValueType } from '../onnx/graph_builder.js';
import type { Surroundings } from '../onnx/write.js';
import { costMatrix, type ModelDecision } from './decision.js';
import { binsOf } from './onnx_bins.js';
import { datePartsOf, intervalCodesOf } from './onnx_date.js';
import { type CategoryFound, type CategoryStep, encodeOf } from './pipeline/category.js';
import type { DateFound } from './pipeline/date.js';
import type { FittedPipeline } from './pipeline/fitted_pipeline.js';
import { columnsOf, type FittedStep } from './pipeline/fitted_steps.js';
import type { DateIntervalStep, IntervalFound } from './pipeline/interval.js';
import { farBeyond, type NumberFound, type NumberStep, smoothBound } from './pipeline/number.js';
import type { Step } from './pipeline/step.js';
import type { ClassTarget, NumberTarget } from './target.js';

/** The type of a step's input. */
const inputTypes: Partial<Record<Step['kind'], ValueType>> = {
  number: 'float',
  date: 'double',
  interval: 'double',
  category: 'string',
};

/**
 * A pipeline as a graph. Each column is an input [batch, 1]. A number is a float32, and a date is a float64, its seconds since 1970;
 * NaN stands for missing values. A category is a string, empty if it is missing. The output `prediction` is a number or the name of
 * a class, [batch, 1], or quantiles, [batch, quantiles]. Classes also have the output `probabilities`, [batch, classes].
 *
 * @param decision How a class is chosen. Undefined: the most probable one.
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names the columns for whose steps ONNX has no operator.
 */
export function surroundingsOf({ steps, target }: FittedPipeline, decision: ModelDecision | undefined): Surroundings {
  checkSteps(steps);
  let inputs: Map<string, string> | undefined;
  /** All inputs are made first, so that they get the names of their columns. */
  const inputOf = (builder: GraphBuilder, { name: ofStep, step: read }: FittedStep) => {
    if (inputs === undefined) {
      inputs = new Map();
      for (const { name, step } of steps) {
        const [column] = columnsOf(name, step) as [string];
        if (!inputs.has(column)) inputs.set(column, builder.input(column, inputTypes[step.kind]!, ['batch', 1]));
      }
    }
    return inputs.get(columnsOf(ofStep, read)[0]!)!;
  };
  return {
    input(builder, name) {
      const parts = steps.flatMap((step) => {
        const input = inputOf(builder, step);
        if (step.step.kind === 'interval')
          return name === 'codes'
            ? [intervalCodesOf(builder, step.name, step.step as DateIntervalStep, step.found as IntervalFound, input)]
            : [];
        if (name === 'codes') return isEmbedded(step) ? [codesOf(builder, step, input)] : [];
        if (isEmbedded(step)) return [];
        if (step.step.kind === 'date') return datePartsOf(builder, step.name, step.found as DateFound, input);
        return step.step.kind === 'number' ? numbersOf(builder, step, input) : [oneHotOf(builder, step, input)];
      });
      const whole = parts.length === 1 ? parts[0]! : builder.node('Concat', parts, name, { axis: 1 });
      return name === 'codes' ? { codes: whole } : { flat: whole };
    },
    outputs: (builder, last) =>
      target.task === 'regression'
        ? numberOutput(builder, last, target)
        : classOutputs(builder, last, target, decision),
  };
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` that names the columns, and the option that trains a model without them. */
function checkSteps(steps: readonly FittedStep[]): void {
  const refused = steps.flatMap((step) => {
    const what = missingOperator(step);
    return what === undefined ? [] : [{ name: step.name, what, columns: columnsOf(step.name, step.step) }];
  });
  if (refused.length === 0) return;
  const list = refused.map(({ name, what }) => `${what} (${quoted(name)})`).join(' and ');
  const columns = [...new Set(refused.flatMap((one) => one.columns))].map((name) => JSON.stringify(name)).join(', ');
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    `ONNX has no operator for ${list}; train a model without ${refused.length === 1 ? 'this column' : 'these columns'} (train(…, { without: [${columns}] }), or --without), leave such steps out of your pipeline, or write the network alone (network.toONNX(), or --network-only)`,
  );
}

/** What a step does that no operator of ONNX does. */
function missingOperator({ step, found }: FittedStep): string | undefined {
  if (step.kind === 'text') return 'hashed words';
  if (step.kind === 'cross') return 'hashed combinations';
  if (step.kind === 'number' && 'knots' in found) return 'ranks among quantiles';
  if (step.kind !== 'category') return undefined;
  if (encodeOf(step as CategoryStep, found as CategoryFound) === 'hash') return 'hashed categories';
  return (step as CategoryStep).unseen === 'error' ? 'errors of unseen categories' : undefined;
}

const wordsOf = ({ found }: FittedStep): readonly string[] => (found as CategoryFound).words;

const isEmbedded = ({ step, found }: FittedStep): boolean =>
  step.kind === 'category' && encodeOf(step as CategoryStep, found as CategoryFound) === 'embedding';

function numbersOf(builder: GraphBuilder, { name, step, found }: FittedStep, input: string): string[] {
  const { fill, flag, low, high, offset, factor, edges = [] } = found as NumberFound;
  const missing = builder.node('IsNaN', [input], `${name}.missing`);
  let x = input;
  if ((step as NumberStep).log) {
    const shifted = builder.node(
      'Add',
      [builder.node('Abs', [x], `${name}.size`), builder.constant(1)],
      `${name}.shifted`,
    );
    const size = builder.node('Log', [shifted], `${name}.logarithm`);
    x = builder.node('Mul', [builder.node('Sign', [x], `${name}.sign`), size], `${name}.compressed`);
  }
  if (low !== null) x = builder.node('Max', [x, builder.constant(low)], `${name}.atLeast`);
  if (high !== null) x = builder.node('Min', [x, builder.constant(high)], `${name}.atMost`);
  const known = builder.node('Where', [missing, builder.constant(fill), x], `${name}.filled`);
  const centred = builder.node('Sub', [known, builder.constant(offset)], `${name}.centred`);
  const scaled = builder.node('Mul', [centred, builder.constant(factor)], `${name}.scaled`);
  return [
    (step as NumberStep).scale === 'robust' ? smoothlyClipped(builder, name, scaled) : scaled,
    ...(flag ? [builder.node('Cast', [missing], `${name}.flag`, { to: 1 })] : []),
    ...(edges.length > 1 ? [binsOf(builder, name, known, edges)] : []),
  ];
}

/** z/√(1 + (z/b)²), b the bound. */
function smoothlyClipped(builder: GraphBuilder, name: string, z: string): string {
  const atLeast = builder.node('Max', [z, builder.constant(-farBeyond)], `${name}.above`);
  const near = builder.node('Min', [atLeast, builder.constant(farBeyond)], `${name}.near`);
  const part = builder.node('Div', [near, builder.constant(smoothBound)], `${name}.part`);
  const square = builder.node('Mul', [part, part], `${name}.square`);
  const length = builder.node(
    'Sqrt',
    [builder.node('Add', [square, builder.constant(1)], `${name}.sum`)],
    `${name}.length`,
  );
  return builder.node('Div', [near, length], `${name}.smooth`);
}

/** The code of each category: those of the training rows, then unseen ones, then missing ones. */
function codesOf(builder: GraphBuilder, step: FittedStep, input: string): string {
  const words = wordsOf(step).filter((word) => word !== ''); // an empty string is a missing value
  const places = words.map((word) => wordsOf(step).indexOf(word));
  const unseen = wordsOf(step).length;
  return builder.mlNode('LabelEncoder', [input], `${step.name}.code`, {
    keys_strings: { strings: [...words, ''] },
    values_int64s: { ints: [...places, unseen + 1] },
    default_int64: unseen,
  });
}

function oneHotOf(builder: GraphBuilder, step: FittedStep, input: string): string {
  const all = builder.integers(Array.from({ length: wordsOf(step).length + 2 }, (_, place) => place));
  const isPlace = builder.node('Equal', [codesOf(builder, step, input), all], `${step.name}.isPlace`);
  return builder.node('Cast', [isPlace], `${step.name}.oneHot`, { to: 1 });
}

/** Renames the output of the last node and makes it an output of the graph. */
function finish(builder: GraphBuilder, name: string, width: number, type: 'float' | 'string'): void {
  const free = builder.name(name);
  builder.graph.node.at(-1)!.output = [free];
  builder.output(free, ['batch', width], type);
}

function numberOutput(builder: GraphBuilder, last: string, { mean, deviation, loss, quantiles }: NumberTarget): void {
  if (loss === 'poisson') {
    const factor = builder.node('Exp', [last], 'outputs.factor');
    builder.node('Mul', [factor, builder.constant(mean)], 'outputs.rate');
  } else {
    const scaled = builder.node('Mul', [last, builder.constant(deviation)], 'outputs.scaled');
    const shifted = builder.node('Add', [scaled, builder.constant(mean)], 'outputs.shifted');
    if (quantiles) sort(builder, shifted, quantiles.length);
  }
  finish(builder, 'prediction', quantiles?.length ?? 1, 'float');
}

/** The numbers of each row in ascending order. */
function sort(builder: GraphBuilder, rows: string, width: number): void {
  const options = { axis: 1, largest: 0, sorted: 1 };
  const sorted = builder.node('TopK', [rows, builder.integers([width])], 'outputs.sorted', options);
  builder.graph.node.at(-1)!.output = [sorted, builder.name('outputs.order')];
  builder.node('Identity', [sorted], 'outputs.ascending');
}

function classOutputs(
  builder: GraphBuilder,
  last: string,
  target: ClassTarget,
  decision: ModelDecision | undefined,
): void {
  const { classes } = target;
  const isTwo = classes.length === 2;
  const place = decision
    ? decidedPlace(builder, probabilitiesOf(builder, last, target), classes.map(String), decision)
    : isTwo
      ? builder.node(
          'Cast',
          [builder.node('Greater', [last, builder.constant(0)], 'outputs.isSecond')],
          'outputs.place',
          { to: 7 },
        )
      : builder.node('ArgMax', [last], 'outputs.place', { axis: 1, keepdims: 1 });
  builder.mlNode('LabelEncoder', [place], 'outputs.class', {
    keys_int64s: { ints: classes.map((_, i) => i) },
    values_strings: { strings: classes.map(String) },
    default_string: '',
  });
  finish(builder, 'prediction', 1, 'string');
  probabilitiesOf(builder, last, target);
  finish(builder, 'probabilities', classes.length, 'float');
}

/** The place of the class with the least expected cost. A threshold stands for costs: missing a row of the second class costs 1 − t. */
function decidedPlace(
  builder: GraphBuilder,
  probabilities: string,
  classes: readonly string[],
  { threshold, costs }: ModelDecision,
): string {
  const matrix =
    threshold === undefined
      ? costMatrix(classes, costs!)
      : [
          [0, threshold],
          [1 - threshold, 0],
        ];
  const gains = Float32Array.from(matrix.flat(), (cost) => -cost);
  const table = builder.floats('outputs.gains', [classes.length, classes.length], gains);
  const expected = builder.node('MatMul', [probabilities, table], 'outputs.expected');
  return builder.node('ArgMax', [expected], 'outputs.place', { axis: 1, keepdims: 1 });
}

/** The probabilities of all classes, for the rows as they are. */
function probabilitiesOf(builder: GraphBuilder, last: string, target: ClassTarget): string {
  const learnt =
    target.classes.length === 2
      ? bothOf(builder, last)
      : builder.node('Softmax', [last], 'outputs.softmax', { axis: 1 });
  return target.weights || target.loss === 'focal' ? correct(builder, learnt, target) : learnt;
}

/** The probabilities of two classes. */
function bothOf(builder: GraphBuilder, logit: string): string {
  const second = builder.node('Sigmoid', [logit], 'outputs.second');
  const first = builder.node('Sub', [builder.constant(1), second], 'outputs.first');
  return builder.node('Concat', [first, second], 'outputs.both', { axis: 1 });
}

/** The probabilities of the rows as they are, as class_head.ts computes them. */
function correct(builder: GraphBuilder, probabilities: string, { weights, loss, classes }: ClassTarget): string {
  const odds = loss === 'focal' ? focalOdds(builder, probabilities) : probabilities;
  const factors = Float32Array.from(classes, (_, place) => 1 / (weights ? weights[place]! : 1));
  const weighted = builder.node(
    'Mul',
    [odds, builder.floats('outputs.factors', [1, classes.length], factors)],
    'outputs.weighted',
  );
  const sum = builder.node('ReduceSum', [weighted, builder.integers([1])], 'outputs.sum', { keepdims: 1 });
  return builder.node('Div', [weighted, sum], 'outputs.corrected');
}

function focalOdds(builder: GraphBuilder, p: string): string {
  const apart = builder.node('Sub', [builder.constant(1), p], 'outputs.apart');
  const rest = builder.node('Max', [apart, builder.constant(1e-6)], 'outputs.rest');
  const logarithm = builder.node(
    'Log',
    [builder.node('Max', [p, builder.constant(1e-30)], 'outputs.positive')],
    'outputs.logarithm',
  );
  const entropy = builder.node('Mul', [p, logarithm], 'outputs.entropy');
  const twice = builder.node('Mul', [entropy, builder.constant(2)], 'outputs.twice');
  const slope = builder.node('Sub', [rest, twice], 'outputs.slope');
  return builder.node('Div', [p, builder.node('Mul', [rest, slope], 'outputs.phi')], 'outputs.odds');
}
