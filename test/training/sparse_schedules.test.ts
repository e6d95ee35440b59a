import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { adagrad } from '../../lib/optimizers/adagrad';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { linear } from '../../lib/training/linear';
import { Trainer } from '../../lib/training/trainer';
import { expectRefusal } from '../support/refusals';

type Entries = [column: number, value: number][];

const columns = 4;
const dense = (entries: Entries) =>
  Array.from({ length: columns }, (_, j) => entries.find(([column]) => column === j)?.[1] ?? 0);

/** Trains the same steps on sparse and on dense inputs, and returns both sets of parameters. */
function twins(rule: Rule, steps: Entries[], start = 0) {
  return [true, false].map((isSparse) => {
    const model = linear({ inputs: isSparse ? { sparse: columns } : columns, bias: false, type: 'float64' });
    model.parameters.fill(start);
    const trainer = new Trainer(model, { loss: 'squared', optimizer: rule });
    for (const entries of steps) trainer.step(isSparse ? sparse({ columns, rows: [entries] }) : [dense(entries)], [1]);
    return Array.from(model.parameters);
  });
}

const from = (boundary: number, before: number, after: number) =>
  piecewiseSchedule({ boundaries: [boundary], values: [before, after] });

/** Column 0 occurs in the first and the last step, column 1 in between, column 2 only in the last. */
const steps: Entries[] = [
  [[0, 1]],
  ...Array.from({ length: 8 }, (): Entries => [[1, 0.5]]),
  [
    [0, 1],
    [2, 1],
  ],
];

const rules: [string, Rule][] = [
  ['momentum that begins', sgd({ learningRate: 0.1, momentum: from(4, 0, 0.9) })],
  ['momentum that ends', sgd({ learningRate: 0.1, momentum: from(4, 0.9, 0) })],
  ['weight decay that begins', sgd({ learningRate: 0.1, weightDecay: from(3, 0, 0.5) })],
  ['weight decay that ends', sgd({ learningRate: 0.1, weightDecay: from(6, 0.5, 0) })],
  ['weight decay of adagrad that begins', adagrad({ learningRate: 0.1, weightDecay: from(3, 0, 0.5) })],
];

test.each(rules)('untouched rows follow %s', (_, rule) => {
  const [bySparse, byDense] = twins(rule, steps, 0.3);
  for (let j = 0; j < columns; ++j) expect(bySparse![j]).toBeCloseTo(byDense![j]!, 12);
});

test('a step that is rolled back leaves no trace in the history of steps', () => {
  const learningRate = piecewiseSchedule({ boundaries: [2, 4, 6, 8], values: [5, 2, 4, 2.5, 5] });
  const rule = sgd({ learningRate, momentum: 0.9 });
  const run = (fails: boolean) => {
    const model = linear({ inputs: { sparse: columns }, bias: false });
    const trainer = new Trainer(model, { loss: 'squared', optimizer: rule });
    for (const entries of steps) {
      const small = entries.map(([column, value]): [number, number] => [column, value / 10]);
      trainer.step(sparse({ columns, rows: [small] }), [1]);
      if (fails)
        expectRefusal(() => trainer.step(sparse({ columns, rows: [[[3, 1.25e19]]] }), [1.25e19]), 'ERR_NON_FINITE');
    }
    return Array.from(model.parameters);
  };
  expect(run(true)).toEqual(run(false));
});

test('a linear model on single numbers never ends with parameters that are not finite', async () => {
  const model = linear({ inputs: 1, bias: false });
  const rule = sgd({
    learningRate: piecewiseSchedule({ boundaries: [1], values: [1e-35, 1e3] }),
    momentum: 0.9,
  });
  const data = new Dataset({ inputs: [[1e18], [0], [0], [0]], targets: [-1e18, 0, 0, 0] });
  const run = model.fit(data, { loss: 'squared', optimizer: rule, batchSize: 1, shuffle: false });
  await expect(run).rejects.toMatchObject({ code: 'ERR_NON_FINITE' });
  expect(Number.isFinite(model.parameters[0])).toBe(true);
});
