import { Dataset } from '../../lib/data/dataset';
import { type SparseEntry, sparse } from '../../lib/data/sparse';
import type { LossLike } from '../../lib/losses/loss';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ftrl } from '../../lib/optimizers/ftrl';
import { lion } from '../../lib/optimizers/lion';
import { momentum } from '../../lib/optimizers/momentum';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { linear } from '../../lib/training/linear';
import { greatestError } from '../support/closeness';
import { dataOf, type Task, task, weighted } from '../support/examples';
import { isClassifier, targetsOfLoss, targetsOfOptions } from '../support/loss_examples';
import { normal, range } from '../support/numbers';
import { PlainLinear } from '../support/plain_linear';
import type { Example } from '../support/reference_network';

const columns = 12;
const outputs = 4;
const rows = 40;

/** A task as sparse columns, with two thirds of the inputs omitted. */
function sparseTask({ examples }: Task, hasValues = true): Task {
  const entries = examples.map(({ inputs }, i) =>
    range(columns)
      .filter((j) => (i + j * j) % 3 === 0)
      .map((j): SparseEntry => (hasValues ? [j, Math.fround(inputs[j]!)] : j)),
  );
  const few = examples.map((example, i) => {
    const inputs = new Float64Array(columns);
    for (const entry of entries[i]!) {
      const [column, value] = typeof entry === 'number' ? [entry, 1] : entry;
      inputs[column] = value;
    }
    return { ...example, inputs };
  });
  const targets = examples.map((example) => example.targets);
  const weights = examples[0]!.weight === undefined ? undefined : examples.map(({ weight }) => weight!);
  return { examples: few, data: new Dataset({ inputs: sparse({ columns, rows: entries }), targets, weights }) };
}

interface Case {
  isSparse: boolean;
  loss: LossLike;
  optimizer: Rule;
  bias?: boolean;
  size?: number;
}

/** Trains for some epochs, one example at a time, and expects the results of plain loops. */
async function expectPlainSteps({ examples, data }: Task, { isSparse, loss, optimizer, bias, size = outputs }: Case) {
  const model = linear({ inputs: isSparse ? { sparse: columns } : columns, outputs: size, bias, type: 'float64' });
  const number = normal(3);
  model.parameters.forEach((_, i) => {
    model.parameters[i] = 0.3 * number();
  });
  const plain = new PlainLinear(model, loss, optimizer);
  const options = { loss, optimizer, batchSize: 1, shuffle: false, epochs: 3 };
  const metrics = isClassifier(loss) ? (['accuracy'] as const) : [];
  const { epochs, steps } = await model.fit(data, { ...options, metrics });
  for (const epoch of epochs) expect(epoch.loss).toBeCloseTo(plain.epoch(examples), 11);
  expect(greatestError(model.parameters, plain.parameters)).toBeLessThan(1e-11);
  expect(steps).toBe(3 * examples.length);
}

const inTurn: [string, boolean][] = [
  ['numbers', false],
  ['sparse columns', true],
];

const of = (given: Task, isSparse: boolean, hasValues = true) => (isSparse ? sparseTask(given, hasValues) : given);
const optimizer = sgd({ learningRate: 0.02 });

describe.each(inTurn)('a linear model of %s takes one example at a time', (_, isSparse) => {
  test.each([...targetsOfLoss, ...targetsOfOptions])('under %p of %s', (loss, targets) =>
    expectPlainSteps(of(task(rows, columns, outputs, loss, targets), isSparse), { isSparse, loss, optimizer }),
  );

  test.each([...targetsOfLoss, ...targetsOfOptions])('under %p of %s with weights', (loss, targets) =>
    expectPlainSteps(of(weighted(task(rows, columns, outputs, loss, targets)), isSparse), {
      isSparse,
      loss,
      optimizer: adagrad({ learningRate: 0.05, initialAccumulator: 0.1 }),
    }),
  );

  test.each([true, false])('with one output, and bias: %p', async (bias) => {
    for (const [loss, targets] of targetsOfLoss.filter(([, kind]) => kind !== 'classes' && kind !== 'distributions'))
      await expectPlainSteps(of(task(rows, columns, 1, loss, targets), isSparse), {
        isSparse,
        loss,
        optimizer,
        bias,
        size: 1,
      });
  });

  test('without values', () =>
    expectPlainSteps(of(task(rows, columns, outputs, 'crossEntropy', 'classes'), isSparse, false), {
      isSparse,
      loss: 'crossEntropy',
      optimizer,
    }));

  const rate = { learningRate: 0.05 };
  const falling = { learningRate: cosine({ from: 0.05, to: 0.001, steps: 100 }) };
  const begins = piecewiseSchedule({ values: [0, 0.2], boundaries: [31] });
  const ends = piecewiseSchedule({ values: [0.2, 0], boundaries: [31] });
  const inBetween = piecewiseSchedule({ values: [0, 0.2, 0], boundaries: [31, 64] });
  const rules: [string, Rule][] = [
    ['sgd under a schedule', sgd(falling)],
    ['sgd with weight decay', sgd({ ...rate, weightDecay: 0.1 })],
    ['sgd whose weight decay begins', sgd({ ...rate, weightDecay: begins })],
    ['sgd whose weight decay ends', sgd({ ...falling, weightDecay: ends })],
    ['sgd whose weight decay begins and ends', sgd({ ...rate, weightDecay: inBetween })],
    ['sgd with momentum', sgd({ learningRate: 0.02, momentum: 0.6, dampening: 0.2 })],
    ['sgd that maximises', sgd({ learningRate: 0.001, maximize: true })],
    ['adagrad', adagrad(rate)],
    ['adagrad with an initial accumulator', adagrad({ ...rate, initialAccumulator: 0.3, learningRateDecay: 0.01 })],
    [
      'adagrad whose weight decay begins and ends',
      adagrad({ ...rate, initialAccumulator: 0.3, weightDecay: inBetween }),
    ],
    ['ftrl', ftrl({ ...rate, l1: 0.02, l2: 0.1 })],
    ['ftrl with an initial accumulator', ftrl({ ...rate, beta: 0, initialAccumulator: 0.3 })],
    ['ftrl under a schedule', ftrl({ ...falling, l1: 0.02 })],
    ['momentum', momentum({ learningRate: 0.02, decay: 0.6 })],
    ['adam', adam({ ...rate, epsilon: 1e-3 })],
    ['adamw', adamw({ ...rate, epsilon: 1e-3, weightDecay: 0.1 })],
    ['rmsprop', rmsprop({ ...rate, epsilon: 1e-3 })],
    ['lion', lion({ learningRate: 0.01 })],
  ];

  const given = task(rows, columns, outputs, 'squared', 'numbers');

  test.each(rules)('by %s', (_, optimizer) =>
    expectPlainSteps(of(given, isSparse), { isSparse, loss: 'squared', optimizer }),
  );

  // Examples of weight 0 have no gradient, but still a step each.
  const some = {
    ...given,
    examples: given.examples.map((example, i) => ({ ...example, weight: i % 4 === 0 ? 0 : 1 })),
  };
  const ofNoWeight = { ...some, data: dataOf(some.examples as Example[]) };

  test.each(rules)('by %s, with some weights of zero', (_, optimizer) =>
    expectPlainSteps(of(ofNoWeight, isSparse), { isSparse, loss: 'squared', optimizer }),
  );
});
