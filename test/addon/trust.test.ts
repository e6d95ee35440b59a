import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sgd } from '../../lib/optimizers/sgd';
import { configure, runtime } from '../../lib/runtime';
import { type FitOptions, type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { detach } from '../support/buffers';
import { inputsOf } from '../support/contents';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';
import { expectUnmoved } from '../support/unmoved';

/** Gives an object own properties that contradict its class. */
const pretending = <T extends object>(object: T, properties: { [name: string]: unknown }): T =>
  Object.defineProperties(
    object,
    Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, { value }])),
  );

const data = new Dataset({ inputs: range(20).map((i) => [i, -i, 1]), targets: range(20).map((i) => i % 2) });
const options: FitOptions = { loss: 'crossEntropy', optimizer: sgd() };
const trainerOptions: TrainerOptions = { loss: 'crossEntropy', optimizer: sgd() };
const make = (): Network => network({ inputs: 3, layers: [dense(2)], seed: 1 });

// The native side decides what it reads and writes from its own knowledge, whatever JavaScript reports.

describe('a network with a wrong', () => {
  test.each<[string, object]>([
    ['number of inputs', { inputs: 1 }],
    ['number of outputs', { outputs: 1 }],
    ['type', { type: 'float64' }],
  ])('%s predicts nothing', (_, properties) => {
    expectRefusal(() => pretending(make(), { ...properties }).predict(new Float32Array(1)), 'ERR_SHAPE');
  });
});

describe('a minibatch with wrong lengths, or for a network with a wrong width', () => {
  test('takes no step', () => {
    const [model, narrow] = [make(), pretending(make(), { inputs: 1 })];
    const trainer = new Trainer(model, trainerOptions);
    expectRefusal(() => new Trainer(narrow, trainerOptions).step(new Float32Array(1), [1]), 'ERR_SHAPE', 'x', '3');
    const long = pretending(new Float32Array(3), { length: 300 });
    expectRefusal(() => trainer.step(long, new Float32Array(100)), 'ERR_SHAPE', 'targets have 100 columns');
    const many = pretending(new Float32Array(1), { length: 2 });
    expectRefusal(() => trainer.step(new Float32Array(6), many), 'ERR_SHAPE', 'targets has 1 elements', '2 rows');
    expectSameBits(model.parameters, make().parameters);
  });
});

describe('a dataset with a wrong number of columns', () => {
  const narrow = pretending(new Dataset({ inputs: [[1], [0]], targets: [0, 1] }), { columns: 3 });

  test('is not used for training, evaluation or prediction', () => {
    const model = make();
    expectRefusal(() => model.predict(narrow), 'ERR_SHAPE', '1 column', '3 columns');
    expectRefusal(() => model.evaluate(narrow, { loss: 'crossEntropy' }), 'ERR_SHAPE', '1 column', '3 columns');
    expectRefusal(() => model.fit(narrow, options), 'ERR_SHAPE', '1 column', '3 columns');
    expectRefusal(() => model.fit(data, { ...options, validation: narrow }), 'ERR_SHAPE', '1 column', '3 columns');
    expectSameBits(model.parameters, make().parameters);
  });
});

describe('columns of a dataset with a wrong size', () => {
  test('are used at their true size', () => {
    const words = () => sparse({ columns: 10, rows: [[1], [2]] });
    const places = () => categories({ values: [0, 1] });
    const numbers = [[1], [2], [3]];
    for (const block of [pretending(words(), { rows: 3 }), pretending(places(), { rows: 3 })])
      expectRefusal(() => new Dataset({ inputs: { numbers, block } }), 'ERR_SHAPE', 'rows');
    const narrow = pretending(places(), { cardinalities: [1] });
    expectRefusal(() => new Dataset({ inputs: narrow }), 'ERR_OUT_OF_RANGE', 'row 1, column 0', 'category 1');
    expectRefusal(() => pretending(words(), { rows: 9 }).row(5), 'ERR_OUT_OF_RANGE', 'row 5');
  });

  test('are made of arrays at their true length', () => {
    const long = <T extends object>(array: T): T => pretending(array, { length: 9 });
    const [offsets, indices] = [[0, 9], long(new Uint32Array(3))];
    expectRefusal(() => sparse({ columns: 10, offsets, indices }), 'ERR_SHAPE', 'offsets', '3 elements');
    const values = long(new Float32Array(3));
    const nine = new Uint32Array(9);
    expectRefusal(() => sparse({ columns: 10, offsets, indices: nine, values }), 'ERR_SHAPE', 'values');
    const short = pretending(new Float64Array([0, 9]), { length: 3 });
    expect(sparse({ columns: 10, offsets: short, indices: nine })).toMatchObject({ rows: 1, entries: 1 });
  });

  test('can come from shared memory', () => {
    const indices = new Uint32Array(new SharedArrayBuffer(8)).fill(3);
    const table = sparse({ columns: 10, offsets: [0, 2], indices });
    indices.fill(99);
    expect(table.row(0)).toEqual({ indices: Uint32Array.of(3), values: Float32Array.of(2) });
  });
});

describe('a dataset with a wrong number of rows', () => {
  test('is used at its true size, or not at all', async () => {
    const more = pretending(data.select(range(20)), { rows: 1000 });
    const [model, alone] = [make(), make()];
    expectRefusal(() => model.predict(more), 'ERR_SHAPE');
    await model.fit(more, { ...options, batchSize: 1000 });
    await alone.fit(data, { ...options, batchSize: 20 });
    expectSameBits(model.parameters, alone.parameters);
  });
});

describe('an array with a wrong element size', () => {
  test('is updated at its true size', () => {
    const buffer = new Float32Array(8).fill(1);
    const theta = pretending(buffer.subarray(0, 4), { BYTES_PER_ELEMENT: 8 });
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }));
    expectRefusal(() => optimizer.step([new Float64Array(4)]), 'ERR_INVALID_ARGUMENT', 'gradients[0]', 'Float64Array');
    optimizer.step([new Float32Array(4).fill(0.5)]);
    expect([...buffer]).toEqual([0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1]);
  });
});

describe('a list of rows', () => {
  test('is checked, whatever its methods return', () => {
    const rows = pretending(new Uint32Array([0, 20]), { findIndex: () => -1 });
    expectRefusal(() => data.select(rows), 'ERR_OUT_OF_RANGE', '20');
  });
});

describe('memory', () => {
  test('is shared only if it is shared memory, whatever a property says', () => {
    const inputs = pretending(new Float32Array([1, 2]), { buffer: new SharedArrayBuffer(8) });
    const copied = new Dataset({ inputs, columns: 1 });
    inputs.fill(7);
    expect(inputsOf(copied)).toEqual([[1], [2]]);
  });

  test('can be detached by a getter among the gradients, which are then refused', async () => {
    const optimizer = new Optimizer([new Float32Array(4), new Float32Array(4)], sgd());
    await expectUnmoved(optimizer, () => {
      const first = new Float32Array(4).fill(1);
      const gradients = [first, first];
      const detaching = () => {
        detach(first);
        return new Float32Array(4);
      };
      Object.defineProperty(gradients, 1, { get: detaching });
      expectRefusal(() => optimizer.step(gradients), 'ERR_DETACHED', 'gradients[0]');
    });
  });
});

describe('options that change during reading', () => {
  test('apply as first read', () => {
    const { threads } = runtime();
    let reads = 0;
    configure({
      get threads() {
        return ++reads === 1 ? threads : 1e9;
      },
    });
    expect([reads, runtime().threads]).toEqual([1, threads]);
  });

  test('and train the model meanwhile find it busy', async () => {
    const model = make();
    const runs: PromiseLike<unknown>[] = [];
    const reentrant = {
      ...options,
      get seed() {
        runs.push(model.fit(data, options));
        return 0;
      },
    };
    expectRefusal(() => model.fit(data, reentrant), 'ERR_BUSY', 'model');
    expect(runs).toHaveLength(1);
    await runs[0];
    await model.fit(data, options);
  });
});
