// Buffers that are transferred before, during and after a call.

import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import * as glissade from 'glissade';
import * as tables from 'glissade/tables';
import { curvature } from '../../lib/curvature/curvature';
import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { DatasetBuilder } from '../../lib/data/dataset_builder';
import { DatasetWriter } from '../../lib/data/dataset_writer';
import { SparseBuilder, sparse } from '../../lib/data/sparse';
import { whiten } from '../../lib/data/whiten';
import { dense } from '../../lib/layers/dense';
import { gradientFlow } from '../../lib/minimize/gradient_flow';
import { minimize } from '../../lib/minimize/minimize';
import { calibrate } from '../../lib/models/calibrate';
import { score } from '../../lib/models/score';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sgd } from '../../lib/optimizers/sgd';
import { readIDX } from '../../lib/tables/idx';
import { readLibsvm } from '../../lib/tables/libsvm';
import { readNpy } from '../../lib/tables/npy';
import { loadTableModel, type TableModel } from '../../lib/tables/table_model';
import { loadONNX } from '../../lib/training/load_onnx';
import { loadModel, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { inputsOf, targetsOf } from '../support/contents';
import { folders } from '../support/folders';
import { range } from '../support/numbers';
import { modelFor } from '../support/people';

const newFolder = folders();

type AnyArray = Float32Array | Float64Array | Uint8Array | Uint16Array | Uint32Array;
/** Copies an array into its own buffer, which is transferred at some moment. */
type Lend = <T extends AnyArray>(array: T) => T;

/** A user of arrays, made anew for each test. */
interface Subject {
  call(): unknown;
  /** The value to compare afterwards: by default the result of the call. */
  look?(result: never): unknown;
}

const floats = (...numbers: number[]) => Float32Array.from(numbers);
const newModel = () => network({ inputs: 2, layers: [dense(2)], seed: 1 });
const data = new Dataset({ inputs: range(12).map(Math.sin), columns: 2, targets: [0, 1, 0, 1, 1, 0] });
const options = { loss: 'crossEntropy', optimizer: adam() } as const;
const contentsOf = (made: Dataset) => [inputsOf(made), targetsOf(made)];
const rowsOf = (table: { rows: number; row(i: number): unknown }) => range(table.rows).map((i) => table.row(i));
const npy = (() => {
  const header = `${"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".padEnd(117)}\n`;
  return Uint8Array.from([
    ...Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'),
    ...Buffer.from(header),
    ...new Uint8Array(floats(1, 2).buffer),
  ]);
})();
/** An array of the user's, unless it was transferred. */
function present<T extends AnyArray>(array: T): T {
  if (array.length === 0) throw Object.assign(new Error('the array is gone'), { code: 'ERR_DETACHED' });
  return array;
}

/** Half of the squared norm. */
const bowl = (theta: ArrayLike<number>, gradient: glissade.FloatArray): number => {
  gradient.set(theta);
  return Array.from(theta).reduce((sum, x) => sum + (x * x) / 2, 0);
};
const withOptimizer = (use: (optimizer: Optimizer, lend: Lend) => unknown) => (lend: Lend) => {
  const theta = floats(1, 2, 3);
  const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }));
  return { call: () => use(optimizer, lend), look: () => theta };
};
const withTrainer = (use: (trainer: Trainer, lend: Lend) => unknown) => (lend: Lend) => {
  const trainer = new Trainer(newModel(), options);
  return { call: () => use(trainer, lend), look: () => trainer.model.parameters };
};
const writers: DatasetWriter[] = [];
afterEach(() => Promise.all(writers.splice(0).map((writer) => writer.abandon())));

let tableModel: TableModel;
let forecastBytes: Uint8Array;
beforeAll(async () => {
  tableModel = await modelFor('plan', 60);
  const months = await tables.table(range(40).map((i) => ({ month: new Date(Date.UTC(2020, i, 1)), sales: i % 12 })));
  const methods = ['exponentialSmoothing'] as const;
  const { model } = await tables.forecast(months, { time: 'month', target: 'sales', horizon: 2, methods });
  const file = path.join(newFolder(), 'forecast');
  await model.save(file);
  forecastBytes = Uint8Array.from(fs.readFileSync(file));
});

/** Everything exported that accepts typed arrays. */
const subjects: Record<string, (lend: Lend) => Subject> = {
  bfloat16: (lend) => {
    const theta = floats(1, 2);
    const gradient = bfloat16(lend(Uint16Array.of(0x3f80, 0x4000)));
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }));
    return { call: () => optimizer.stepAsync([gradient]), look: () => theta };
  },
  'new Optimizer': (lend) => {
    const theta = lend(floats(1, 2));
    const copy = floats(1, 2);
    return {
      call: () => new Optimizer([theta], sgd({ learningRate: 1 })),
      look: (optimizer: Optimizer) => {
        optimizer.step([copy]);
        return present(theta);
      },
    };
  },
  'optimizer.stepAsync on its parameters': (lend) => {
    const theta = lend(floats(1, 2));
    const gradient = floats(1, 2);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }));
    return { call: () => optimizer.stepAsync([gradient]), look: () => present(theta) };
  },
  'optimizer.step': withOptimizer((optimizer, lend) => optimizer.step([lend(floats(1, 2, 3))])),
  'optimizer.step, lent before': (lend) => {
    const theta = floats(1, 2, 3);
    const gradient = lend(floats(1, 2, 3));
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }));
    optimizer.step([gradient]);
    return { call: () => optimizer.step([gradient]), look: () => theta };
  },
  'optimizer.stepAsync': withOptimizer((optimizer, lend) => optimizer.stepAsync([lend(floats(1, 2, 3))])),
  'optimizer.stepAsync on rows': (lend) => {
    const theta = floats(1, 2, 3, 4);
    const optimizer = new Optimizer([{ data: theta, shape: [2, 2] }], sgd({ learningRate: 1 }));
    const gradient = { rows: lend(Uint32Array.of(1)), values: lend(floats(1, 2)), columns: 2 };
    return { call: () => optimizer.stepAsync([gradient]), look: () => theta };
  },
  'optimizer.gradientPoints': (lend) => {
    const optimizer = new Optimizer([floats(1, 2)], glissade.sam(sgd({ learningRate: 1 }), { radius: 1 }));
    const gradient = lend(floats(1, 2));
    return { call: () => optimizer.gradientPoints([gradient]) };
  },
  'optimizer.restore': (lend) => {
    const newOptimizer = () => new Optimizer([floats(1, 2)], adam());
    const other = newOptimizer();
    other.step([floats(1, 2)]);
    const [optimizer, saved] = [newOptimizer(), lend(other.save())];
    return { call: () => optimizer.restore(saved), look: () => optimizer.state.get('m') };
  },
  'new Dataset': (lend) => {
    const given = {
      inputs: lend(floats(1, 2, 3, 4)),
      columns: 2,
      targets: lend(Uint8Array.of(0, 1)),
      weights: lend(floats(1, 2)),
    };
    return { call: () => new Dataset(given), look: contentsOf };
  },
  'new Dataset of blocks': (lend) => {
    const offsets = lend(Uint32Array.of(0, 1, 2));
    const indices = lend(Uint32Array.of(3, 4));
    const values = lend(floats(5, 6));
    const codes = lend(Uint32Array.of(0, 1));
    return {
      call: () =>
        new Dataset({
          inputs: { words: sparse({ columns: 9, offsets, indices, values }), places: categories({ values: codes }) },
        }),
      look: (made: Dataset) => made.columns,
    };
  },
  'data.select': (lend) => {
    const rows = lend(Uint32Array.of(1, 0));
    return { call: () => data.select(rows), look: contentsOf };
  },
  sparse: (lend) => {
    const given = {
      columns: 9,
      offsets: lend(Uint32Array.of(0, 1, 2)),
      indices: lend(Uint32Array.of(3, 4)),
      values: lend(floats(5, 6)),
    };
    return { call: () => sparse(given), look: rowsOf };
  },
  'SparseBuilder.add': (lend) => {
    const [indices, values] = [lend(Uint32Array.of(3, 4)), lend(floats(5, 6))];
    return {
      call: () => new SparseBuilder({ columns: 9 }).add(indices, values),
      look: (builder: SparseBuilder) => rowsOf(builder.build()),
    };
  },
  categories: (lend) => {
    const values = lend(Uint32Array.of(0, 1, 2));
    return {
      call: () => categories({ values, cardinalities: [3] }),
      look: (made: object) => new Dataset({ inputs: made as never }).rows,
    };
  },
  'DatasetBuilder.append': (lend) => {
    const [inputs, targets] = [lend(floats(1, 2, 3, 4)), lend(floats(0, 1))];
    const builder = new DatasetBuilder({ inputs: 2, targetColumns: 1 });
    return { call: () => builder.append({ inputs, targets }), look: () => contentsOf(builder.build()) };
  },
  'DatasetWriter.append': (lend) => {
    const [inputs, targets] = [lend(floats(1, 2, 3, 4)), lend(floats(0, 1))];
    const writer = new DatasetWriter(path.join(newFolder(), 'rows'), { inputs: 2, targetColumns: 1 });
    writers.push(writer);
    return { call: () => writer.append({ inputs, targets }), look: async () => contentsOf(await writer.close()) };
  },
  whiten: (lend) => {
    const values = lend(Float64Array.of(1, 2, 3, 5, 0, 1, 2, 2));
    return {
      call: () => whiten(values, { columns: 2, method: 'zca' } as never),
      look: (made: { mean: unknown }) => made.mean,
    };
  },
  'model.predict': (lend) => {
    const [model, x] = [newModel(), lend(floats(1, 2))];
    return { call: () => model.predict(x) };
  },
  'model.predictProbabilities': (lend) => {
    const [model, x] = [newModel(), lend(floats(1, 2))];
    return { call: () => model.predictProbabilities(x, { by: 'softmax' }) };
  },
  'model.hessianVectorProduct': (lend) => {
    const [model, vector] = [newModel(), lend(new Float32Array(6).fill(1))];
    return { call: () => model.hessianVectorProduct(data, vector, { loss: 'crossEntropy' }) };
  },
  'model.load': (lend) => {
    const other = network({ inputs: 2, layers: [dense(2)], seed: 9 });
    const [model, bytes] = [newModel(), lend(other.toBytes())];
    return { call: () => model.load(bytes), look: () => model.parameters };
  },
  loadModel: (lend) => {
    const bytes = lend(newModel().toBytes());
    return { call: () => loadModel(bytes), look: (model: glissade.Network) => model.parameters };
  },
  loadONNX: (lend) => {
    const bytes = lend(newModel().toONNX());
    return { call: () => loadONNX(bytes), look: (model: glissade.Network) => model.parameters };
  },
  'model.appendTo': (lend) => {
    const bytes = lend(network({ inputs: 3, layers: [dense(2)], seed: 2 }).toONNX());
    const model = newModel();
    return { call: () => model.appendTo(bytes) };
  },
  'trainer.step': withTrainer((trainer, lend) =>
    trainer.step(lend(floats(1, 2, 3, 4)), lend(Uint8Array.of(0, 1)), { weights: lend(floats(1, 2)) }),
  ),
  'trainer.stepAsync': withTrainer((trainer, lend) =>
    trainer.stepAsync(lend(floats(1, 2, 3, 4)), lend(Uint8Array.of(0, 1)), { weights: lend(floats(1, 2)) }),
  ),
  'trainer.stepAsync during a run': (lend) => {
    const trainer = new Trainer(newModel(), options);
    const [x, y] = [lend(floats(1, 2, 3, 4)), lend(Uint8Array.of(0, 1))];
    return {
      call: async () => {
        const run = trainer.fit(data, { epochs: 1e6 });
        const step = trainer.stepAsync(x, y);
        try {
          const { loss } = await step;
          return Number.isFinite(loss);
        } finally {
          run.stop();
          await run;
        }
      },
    };
  },
  'Trainer.resume': (lend) => {
    const trainer = new Trainer(newModel(), options);
    trainer.step([1, 2], [1]);
    const bytes = lend(trainer.toBytes());
    return { call: () => Trainer.resume(bytes), look: (again: Trainer) => again.model.parameters };
  },
  'model.fit with weights of classes': (lend) => {
    const classWeights = lend(Float64Array.of(1, 2));
    const model = newModel();
    return {
      call: () =>
        model.fit(data, {
          loss: glissade.losses.crossEntropy({ classWeights: classWeights as never }),
          optimizer: adam(),
          epochs: 3,
          seed: 1,
        }),
      look: () => model.parameters,
    };
  },
  score: (lend) => {
    const [predictions, targets] = [lend(floats(0.2, 0.7, 0.4)), lend(Uint8Array.of(0, 1, 1))];
    return { call: () => score('auc', predictions, targets, { of: 'probabilities', weights: lend(floats(1, 2, 3)) }) };
  },
  minimize: (lend) => {
    const start = lend(Float64Array.of(1, 2));
    return { call: () => minimize(bowl, start, { maxSteps: 5 }), look: ({ theta }: glissade.Minimum) => theta };
  },
  gradientFlow: (lend) => {
    const start = lend(Float64Array.of(1, 2));
    return { call: () => gradientFlow(bowl, start, { time: 1 }), look: (flow: glissade.GradientFlow) => flow.at(1) };
  },
  curvature: (lend) => {
    const at = lend(Float64Array.of(1, 2));
    return { call: () => curvature({ objective: bowl }, at), look: ({ loss }: { loss: number }) => loss };
  },
  calibrate: (lend) => {
    const model = newModel();
    const held = new Dataset({ inputs: lend(floats(1, 2, 3, 4)), columns: 2, targets: lend(Uint8Array.of(0, 1)) });
    return { call: () => calibrate(model, held, { method: 'temperature' }), look: () => model.calibration };
  },
  readNpy: (lend) => {
    const bytes = lend(npy);
    return { call: () => readNpy(bytes), look: ({ data }: { data: unknown }) => data };
  },
  readIDX: (lend) => {
    const bytes = lend(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 8));
    return { call: () => readIDX(bytes), look: ({ data }: { data: unknown }) => data };
  },
  readLibsvm: (lend) => {
    const bytes = lend(Uint8Array.from(Buffer.from('1 1:2 3:4\n0 2:5\n')));
    return { call: () => readLibsvm(bytes), look: ({ targets }: { targets: unknown }) => targets };
  },
  loadForecastModel: (lend) => {
    const bytes = lend(forecastBytes);
    return {
      call: () => tables.loadForecastModel(bytes),
      look: (model: tables.ForecastModel) => model.forecast(),
    };
  },
  loadTableModel: (lend) => {
    const bytes = lend(tableModel.toBytes());
    return {
      call: () => loadTableModel(bytes),
      look: (model: TableModel) => model.predict([{ age: 41, city: 'Bern', income: 5000 }]),
    };
  },
};

type Resizable = ArrayBuffer & { resize(bytes: number): void };

interface Taking {
  isResizable: boolean;
  take(buffer: ArrayBuffer): void;
}

const takings: Record<string, Taking> = {
  transferred: { isResizable: false, take: (buffer) => structuredClone(buffer, { transfer: [buffer] }) },
  'transferred, though resizable': {
    isResizable: true,
    take: (buffer) => structuredClone(buffer, { transfer: [buffer] }),
  },
  'shrunk to nothing': { isResizable: true, take: (buffer) => (buffer as Resizable).resize(0) },
  'shrunk by a few bytes': {
    isResizable: true,
    take: (buffer) => (buffer as Resizable).resize(Math.max(0, buffer.byteLength - 9)),
  },
  'shrunk and grown again': {
    isResizable: true,
    take: (buffer) => {
      const bytes = buffer.byteLength;
      (buffer as Resizable).resize(0);
      (buffer as Resizable).resize(bytes);
    },
  },
};

/** Provides arrays in buffers of one kind, and transfers all or one of them later. */
function lender(isResizable: boolean) {
  const buffers: ArrayBuffer[] = [];
  const lend: Lend = (array) => {
    const Buffer = ArrayBuffer as unknown as new (bytes: number, options?: object) => ArrayBuffer;
    const buffer = new Buffer(array.byteLength, isResizable ? { maxByteLength: 2 * array.byteLength } : undefined);
    new Uint8Array(buffer).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    buffers.push(buffer);
    return new (array.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => never)(
      buffer,
      0,
      array.length,
    );
  };
  return { lend, buffers };
}

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (_, item) => (ArrayBuffer.isView(item) ? Array.from(item as Float32Array) : item)),
  );
/** The result of a subject, or the code of its error. */
async function outcomeOf(act: () => Promise<unknown>): Promise<{ result: unknown } | { code: unknown }> {
  try {
    return { result: await act() };
  } catch (error) {
    return { code: (error as { code?: unknown }).code ?? String(error) };
  }
}

const codes = /^ERR_(DETACHED|SHAPE|OUT_OF_RANGE|INVALID_ARGUMENT|CORRUPT_FILE|NON_FINITE)$/;

type Moment = 'before' | 'at once' | 'a turn later' | 'after';

/** The outcome of a call after all or one of its buffers are transferred at a moment. */
function disturbed(make: (lend: Lend) => Subject, taking: Taking, which: number | 'all', moment: Moment | 'never') {
  const { lend, buffers } = lender(taking.isResizable);
  const take = (now: Moment) => {
    if (now !== moment) return;
    for (const buffer of which === 'all' ? buffers : buffers.slice(which, which + 1)) taking.take(buffer);
  };
  return outcomeOf(async () => {
    const subject = make(lend);
    take('before');
    const pending = Promise.resolve(subject.call());
    pending.catch(() => {});
    take('at once');
    await turn();
    take('a turn later');
    const result = await pending;
    take('after');
    return plain(await (subject.look ? subject.look(result as never) : result));
  });
}

function buffersOf(make: (lend: Lend) => Subject): number {
  const { lend, buffers } = lender(false);
  make(lend);
  return buffers.length;
}

const cases = Object.entries(subjects).flatMap(([name, make]) =>
  Object.entries(takings).map(([how, taking]) => ({ name, make, how, taking })),
);

describe('transferred buffers', () => {
  test.each(cases)('$name: $how', async ({ make, how, taking }) => {
    const expected = await disturbed(make, taking, 'all', 'never');
    // Parameters of an optimizer may not be resizable.
    if (!taking.isResizable) expect(expected).toHaveProperty('result');
    for (const which of ['all', ...range(buffersOf(make))] as const)
      for (const moment of ['before', 'at once', 'a turn later', 'after'] as const) {
        const outcome = await disturbed(make, taking, which, moment);
        const holdsZeros = how === 'shrunk and grown again' && moment !== 'after';
        if ('code' in outcome) expect(outcome.code).toMatch(codes);
        else if (!holdsZeros) expect([moment, which, outcome]).toEqual([moment, which, expected]);
      }
  });
});

test('the list covers all functions that take typed arrays', () => {
  const named = Object.keys(subjects).join(' ');
  const takers = [...Object.keys(glissade), ...Object.keys(tables)].filter((name) => /^(load|read(?!y))/.test(name));
  const others = ['readVectors']; // of files only
  expect(takers.filter((name) => !named.includes(name) && !others.includes(name))).toEqual([]);
});
