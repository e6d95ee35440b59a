import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ftrl } from '../../lib/optimizers/ftrl';
import { momentum } from '../../lib/optimizers/momentum';
import { radam } from '../../lib/optimizers/radam';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { linear } from '../../lib/training/linear';
import { greatestError } from '../support/closeness';
import { range } from '../support/numbers';

// Two columns occur only in the first, a late and the last row. They catch up with more steps than the history has.
const rows = 9000;
const late = 7000;
const columnsOf = (i: number) => [...([0, late, rows - 1].includes(i) ? [0, 1] : []), 2 + (i % 3), 5 + ((i * 7) % 4)];
const entries = range(rows).map(columnsOf);
const targets = range(rows).map((i) => Math.sin(0.37 * i));
const few = new Dataset({ inputs: sparse({ columns: 10, rows: entries }), targets });
const all = new Dataset({ inputs: entries.map((row) => range(10).map((j) => Number(row.includes(j)))), targets });

const rate = { learningRate: 0.005 };
const falling = { learningRate: cosine({ from: 0.02, to: 0.001, steps: rows }) };
const decay = { weightDecay: 0.05 };
const rules: [string, Rule][] = [
  ['adamw', adamw({ ...rate, ...decay })],
  ['adamw under a schedule', adamw({ ...falling, ...decay })],
  ['adamw with amsgrad under a schedule', adamw({ ...falling, ...decay, amsgrad: true })],
  ['adam with weight decay', adam({ ...rate, ...decay })],
  ['adam with weight decay under a schedule', adam({ ...falling, ...decay })],
  ['radam under a schedule', radam(falling)],
  ['sgd with slow momentum', sgd({ ...falling, momentum: 0.99, weightDecay: 0.01 })],
  ['sgd whose decay begins', sgd({ ...rate, weightDecay: linearSchedule({ from: 0, to: 0.1, steps: rows }) })],
  ['momentum', momentum({ ...falling, decay: 0.95 })],
  ['adagrad with weight decay', adagrad({ learningRate: 0.1, weightDecay: 0.01 })],
  ['ftrl under a schedule', ftrl({ learningRate: linearSchedule({ from: 0.3, to: 0.01, steps: rows }), l1: 0.05 })],
];

describe.each([
  ['float64', 1e-12],
  ['float32', 1e-6],
] as const)('columns without entries for thousands of steps, in %s', (type, bound) => {
  test.each(rules)('reach the values of step-by-step updates, by %s', async (_, optimizer) => {
    const [lazy, eager] = await Promise.all(
      (
        [
          [few, { sparse: 10 }],
          [all, 10],
        ] as const
      ).map(async ([data, inputs]) => {
        const model = linear({ inputs, type });
        model.parameters.forEach((_, i) => {
          model.parameters[i] = 0.5 + 0.1 * i;
        });
        await model.fit(data, { loss: 'squared', optimizer, batchSize: 1, shuffle: false });
        return model.parameters;
      }),
    );
    expect(greatestError(lazy!, eager!)).toBeLessThan(bound);
  });
});
