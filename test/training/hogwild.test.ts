import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { type SparseEntry, sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { ema } from '../../lib/optimizers/average';
import { ftrl } from '../../lib/optimizers/ftrl';
import { momentum } from '../../lib/optimizers/momentum';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { linear } from '../../lib/training/linear';
import { type FitOptions, type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { withThreads } from '../support/instruction_sets';
import { normal, random, range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';

const columns = 2000;
const rows = 20_000;

/** Clicks whose log odds are linear in a few of many columns. */
function clicks() {
  const [uniform, number] = [random(1), normal(2)];
  const weights = range(columns).map(() => number());
  const entries = range(rows).map(() => range(12).map(() => Math.floor(columns * uniform() ** 2)));
  const targets = entries.map((row) => {
    const odds = row.reduce((sum, j) => sum + weights[j]!, 0);
    return Number(uniform() < 1 / (1 + Math.exp(-odds)));
  });
  return { entries: entries as SparseEntry[][], targets };
}

const { entries, targets } = clicks();
const data = new Dataset({ inputs: sparse({ columns, rows: entries }), targets });
const [train, held] = data.split({ validation: 0.2 });
const make = () => linear({ inputs: { sparse: columns } });
const options = { loss: 'logistic', batchSize: 1, epochs: 3 } as const;

const rules: [string, Rule][] = [
  ['sgd', sgd({ learningRate: 0.1 })],
  ['sgd under a schedule', sgd({ learningRate: linearSchedule({ from: 0.3, to: 0.02, steps: 48_000 }) })],
  ['adagrad', adagrad({ learningRate: 0.2 })],
  ['ftrl', ftrl({ learningRate: 0.3 })],
];

describe.each(rules)('hogwild by %s', (_, optimizer) => {
  test.each([1, 2, 3])('learns as well as without, with %i threads', async (threads) => {
    const [wild, tame] = [make(), make()];
    const { steps, epochs, status } = await withThreads(threads, () =>
      wild.fit(train, { ...options, optimizer, parallel: 'hogwild', validation: held, metrics: ['accuracy'] }),
    );
    await tame.fit(train, { ...options, optimizer });
    const [ofWild, ofTame] = [wild, tame].map((model) => model.evaluate(held, { loss: 'logistic' }).loss);
    expect(ofTame).toBeLessThan(0.9 * Math.log(2)); // it has learnt
    expect(Math.abs(ofWild! / ofTame! - 1)).toBeLessThan(0.03);
    expect([steps, status]).toEqual([3 * train.rows, 'completed']);
    expect(epochs.map((epoch) => epoch.steps)).toEqual([1, 2, 3].map((epoch) => epoch * train.rows));
    expect(epochs[2]!.validation!.loss).toBeCloseTo(ofWild!, 12);
    expect(epochs[2]!.accuracy).toBeGreaterThan(0.6);
    expect(epochs[2]!.loss).toBeLessThan(epochs[0]!.loss);
  });

  test('equals plain training with one thread', async () => {
    const [wild, tame] = [make(), make()];
    await withThreads(1, () => wild.fit(train, { ...options, optimizer, parallel: 'hogwild' }));
    await withThreads(1, () => tame.fit(train, { ...options, optimizer }));
    expectSameBits(wild.parameters, tame.parameters);
  });
});

describe('hogwild', () => {
  const optimizer = sgd({ learningRate: 0.05 });

  test('takes several outputs', async () => {
    const number = normal(4);
    const rows = range(4000).map(() => range(20).map(number));
    const classes = rows.map((row) => Number(row[0]! + row[1]! > 0) + Number(row[2]! > 1));
    const inputs = sparse({ columns: 20, rows: rows.map((row) => row.map((x, j) => [j, x] as const)) });
    const numbers = new Dataset({ inputs, targets: classes });
    const told = { loss: 'crossEntropy', optimizer, batchSize: 1, epochs: 2 } as const;
    const [wild, tame] = range(2).map(() => linear({ inputs: { sparse: 20 }, outputs: 3 }));
    await withThreads(2, () => wild!.fit(numbers, { ...told, parallel: 'hogwild' }));
    await tame!.fit(numbers, told);
    const [ofWild, ofTame] = [wild, tame].map((model) => model!.evaluate(numbers, { loss: 'crossEntropy' }).loss);
    expect(ofWild! / ofTame!).toBeLessThan(1.1);
  });

  test.each([1, 2])('stops on request, with %i threads', (threads) =>
    withThreads(threads, async () => {
      const model = make();
      const long = endless(train);
      const run = model.fit(long, { ...options, optimizer, parallel: 'hogwild' });
      await reached(run, 100);
      run.stop();
      const { status, steps } = await run;
      expect(status).toBe('stopped');
      expect(steps).toBeGreaterThanOrEqual(100);
      expect(steps).toBeLessThan(3 * long.rows);
      expect(run.progress.steps).toBe(steps);
      expect(model.parameters.some((x) => x !== 0)).toBe(true);
    }),
  );

  test('works in a trainer, which counts its steps', async () => {
    const trainer = new Trainer(make(), { loss: 'logistic', optimizer: adagrad({ learningRate: 0.1 }) });
    await withThreads(2, () => trainer.fit(train, { batchSize: 1, parallel: 'hogwild' }));
    expect(trainer.steps).toBe(train.rows);
    trainer.step(sparse({ columns, rows: entries.slice(0, 5) }), targets.slice(0, 5));
    await trainer.fit(train, { batchSize: 100 });
    expect(trainer.steps).toBe(train.rows + 1 + train.rows / 100);
    expect(trainer.model.evaluate(held, { loss: 'logistic' }).loss).toBeLessThan(0.9 * Math.log(2));
  });

  test('fails where numbers overflow, or skips them', async () => {
    const numbers = targets.slice(0, 2000).map((y, i) => (i === 1234 ? 3e38 : y));
    const few = new Dataset({ inputs: sparse({ columns, rows: entries.slice(0, 2000) }), targets: numbers });
    const told = {
      loss: 'squared',
      optimizer: sgd({ learningRate: 0.01 }),
      batchSize: 1,
      parallel: 'hogwild',
    } as const;
    await withThreads(2, async () => {
      const model = make();
      await expectRejection(model.fit(few, told), 'ERR_NON_FINITE', 'parameters are as after');
      expect(model.parameters.every(Number.isFinite)).toBe(true);
      const { steps, epochs } = await make().fit(few, { ...told, onNonFinite: 'skip', epochs: 2 });
      expect(steps).toBe(2 * 1999);
      expect(epochs.map(({ skipped }) => skipped)).toEqual([1, 2]);
    });
  });

  test('visits each example once an epoch', async () => {
    // Each row has its own column, whose parameter shows how often the row was visited.
    const count = 9000;
    const own = new Dataset({
      inputs: sparse({ columns: count, rows: range(count).map((i) => [i]) }),
      targets: range(count).map(() => 1),
    });
    const model = linear({ inputs: { sparse: count }, bias: false, type: 'float64' });
    await withThreads(2, () =>
      model.fit(own, {
        loss: 'squared',
        optimizer: sgd({ learningRate: 0.05 }),
        batchSize: 1,
        epochs: 2,
        parallel: 'hogwild',
      }),
    );
    for (const theta of model.parameters) expect(theta).toBeCloseTo(1 - 0.9 ** 2, 12);
  });
});

describe('hogwild is refused', () => {
  const message = 'parallel "hogwild"';
  const optimizer = sgd({ learningRate: 0.1 });
  const wild = { loss: 'logistic', optimizer, batchSize: 1, parallel: 'hogwild' } as const;

  const refused: [string, Partial<FitOptions>][] = [
    ['minibatches', { batchSize: 2 }],
    ['adam', { optimizer: adam() }],
    ['momentum', { optimizer: momentum() }],
    ['sgd with momentum', { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) }],
    ['weight decay', { optimizer: sgd({ learningRate: 0.1, weightDecay: 0.1 }) }],
    ['adagrad with weight decay', { optimizer: adagrad({ weightDecay: 0.1 }) }],
    ['rmsprop', { optimizer: rmsprop() }],
    ['clip: { norm }', { clip: { norm: 1 } }],
    ['clip: { value }', { clip: { value: 1 } }],
    ['an average', { average: ema({ decay: 0.9 }) }],
    ['accumulate', { accumulate: 2 }],
    ['states of fewer bits', { optimizer: momentum(), state: 'bfloat16' }],
    ['the default batch size', { batchSize: undefined }],
  ];

  test.each(refused)('with %s', (_, options) => {
    const model = make();
    expectRefusal(() => model.fit(train, { ...wild, ...options }), 'ERR_INVALID_ARGUMENT', message);
    expect(model.parameters.every((x) => x === 0)).toBe(true);
  });

  test('for numeric inputs, which touch all weights', () => {
    const numbers = new Dataset({ inputs: [[1], [2]], targets: [0, 1] });
    expectRefusal(() => linear({ inputs: 1 }).fit(numbers, wild), 'ERR_INVALID_ARGUMENT', message, 'sparse columns');
  });

  test('for networks of several layers, or with an activation', () => {
    const deep: Network[] = [
      network({ inputs: { sparse: columns }, layers: [dense(2), dense(1)] }),
      network({ inputs: { sparse: columns }, layers: [dense(1, { activation: 'tanh' })] }),
    ];
    for (const model of deep) expectRefusal(() => model.fit(train, wild), 'ERR_INVALID_ARGUMENT', message);
    const places = new Dataset({ inputs: categories({ values: [0, 1] }), targets: [0, 1] });
    const tables = network({ inputs: places, layers: [embedding({ dimensions: 1 })] });
    expectRefusal(() => tables.fit(places, wild), 'ERR_INVALID_ARGUMENT', message);
  });

  test('with a misspelled name', () => {
    const parallel = 'hogwyld' as 'hogwild';
    expectRefusal(() => make().fit(train, { ...wild, parallel }), 'ERR_INVALID_ARGUMENT', 'Did you mean "hogwild"?');
  });

  test('without blocking later training of the model', async () => {
    const model = make();
    expectRefusal(() => model.fit(train, { ...wild, batchSize: 2 }), 'ERR_INVALID_ARGUMENT');
    expect((await model.fit(train, wild)).status).toBe('completed');
  });
});
