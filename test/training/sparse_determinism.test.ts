import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { momentum } from '../../lib/optimizers/momentum';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { withThreads } from '../support/instruction_sets';
import { random, range } from '../support/numbers';
import { reached } from '../support/progress';

const rows = 20_000;
const columns = 8000;
const uniform = random(1);
const entries = range(rows).map(() => range(6).map(() => Math.floor(columns * uniform() ** 3)));
const data = new Dataset({ inputs: sparse({ columns, rows: entries }), targets: entries.map(([first]) => first! % 2) });

const rules: [string, Rule][] = [
  ['sgd with weight decay', sgd({ learningRate: 0.01, weightDecay: 0.1 })],
  ['momentum', momentum({ learningRate: 0.01 })],
  ['adamw', adamw({ learningRate: 0.01, weightDecay: 0.1 })],
  ['adam under a schedule', adam({ learningRate: linearSchedule({ from: 0.01, to: 0.001, steps: 5000 }) })],
];

// Snapshots bring lagging rows up to date, and must not change the bits of training, whenever they are taken.
describe('a run over sparse columns', () => {
  test.each(rules)('reaches the same bits with any timing, by %s', async (_, optimizer) => {
    const trained = [];
    for (const [threads, pause] of [
      [1, 0],
      [1, 30],
      [2, 10],
    ] as const) {
      const model = network({ inputs: { sparse: columns }, layers: [dense(4), dense(1)], seed: 1 });
      await withThreads(threads, async () => {
        const run = model.fit(data, { loss: 'logistic', optimizer, batchSize: 4 });
        const end = performance.now() + pause;
        while (performance.now() < end);
        await run;
      });
      trained.push(model.parameters);
    }
    for (const parameters of trained) expectSameBits(parameters, trained[0]!);
  });

  test.each(rules)('is read at a recent step, by %s', async (_, optimizer) => {
    const model = network({ inputs: { sparse: columns }, layers: [dense(4), dense(1)], seed: 1 });
    const before = model.evaluate(data, { loss: 'logistic' }).loss;
    const run = model.fit(data, { loss: 'logistic', optimizer, batchSize: 4, epochs: 100 });
    await reached(run, 3000);
    const look = () => [model.evaluate(data, { loss: 'logistic' }).loss, model.predict(data)] as const;
    let [loss, outputs] = look();
    while (loss >= before) {
      await new Promise((resolve) => setTimeout(resolve, 10)); // snapshots are published about every 50 ms
      [loss, outputs] = look();
    }
    run.stop();
    await run;
    expect(outputs.every(Number.isFinite)).toBe(true);
    expect(loss).toBeLessThan(before);
  });
});
