// node actions.mjs <name>: makes each allocation of the addon fail once, in an action that is repeated each time.
// Prints how many there were. Preloaded: failing_allocations.cpp.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  adam,
  adamw,
  batchNorm,
  categories,
  conv2d,
  Dataset,
  DatasetBuilder,
  dense,
  dropout,
  ema,
  embedding,
  flatten,
  loadModel,
  losses,
  network,
  Optimizer,
  score,
  sparse,
  Trainer,
} from 'glissade';
import { columns, openSource, pipeline, readLibsvm, table } from 'glissade/tables'; // biome-ignore format: a list

const inputs = Float32Array.from({ length: 120 }, (_, i) => Math.sin(i * i));
const targets = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
const newData = () => new Dataset({ inputs, targets, columns: 3, weights: Array.from(targets, (x) => 1 + x) });
const layers = () => [dense(8, { activation: 'relu' }), dropout(0.5), batchNorm(), dense(2)];
const newModel = () => network({ inputs: 3, layers: layers(), seed: 1 });
const rule = () => adamw({ learningRate: 0.01 });
const newTrainer = (options = {}) =>
  new Trainer(newModel(), { loss: 'crossEntropy', optimizer: rule(), average: ema(), clip: { norm: 1 }, ...options });
const rows = Array.from({ length: 40 }, (_, i) => [[i % 9, 0.1], [9 + (i % 3), 2]]); // biome-ignore format: a row
const newSparse = () => new Dataset({ inputs: sparse({ rows, columns: 12 }), targets });
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-memory-'));
process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'rows.dataset');
await newData().spill(file);
const data = newData();
const text = path.join(folder, 'rows.csv');
fs.writeFileSync(text, `x,w\n${Array.from({ length: 99 }, (_, i) => `${i / 7},word number ${i % 50}\n`).join('')}`);

const codes = categories({ values: Array.from({ length: 20 }, (_, i) => [i % 5, i % 7]), cardinalities: [5, 7] });
const mixedBlocks = {
  inputs: { a: 3, b: { categories: [5, 7] }, c: { sparse: 12 } },
  targetColumns: 1,
  weights: true,
};
const mixedRows = {
  inputs: { a: inputs.slice(0, 60), b: codes, c: sparse({ rows: rows.slice(0, 20), columns: 12 }) },
  targets: targets.slice(0, 20),
  weights: Array.from({ length: 20 }, () => 2),
};

const sparseTrainer = () =>
  new Trainer(network({ inputs: newSparse(), layers: [dense(4), dense(2)], seed: 1 }), {
    loss: 'crossEntropy', optimizer: adam({ learningRate: 0.01 }), sparse: 'lazy' }); // biome-ignore format: short

/** Each action: its preparations; the action; what must not change if it is refused. */
const actions = {
  dataset: { does: () => newData() },
  'dataset of sparse rows': { does: () => newSparse() },
  'dataset of categories': {
    does: () => new Dataset({ inputs: categories({ values: [[0, 1], [1, 2]], cardinalities: [2, 3] }), targets: [0, 1] }),
  }, // biome-ignore format: rows
  'append of a builder': {
    make: () => new DatasetBuilder(mixedBlocks),
    does: (builder) => builder.append(mixedRows),
    state: (builder) => builder.rows,
  },
  'build of a builder': {
    make() {
      const builder = new DatasetBuilder(mixedBlocks);
      builder.append(mixedRows);
      return builder;
    },
    does: (builder) => {
      if (builder.build().rows !== 20) throw new Error('rows are missing');
    },
    state: (builder) => builder.rows,
  },
  network: { does: () => newModel() },
  'network of images': {
    does: () => network({ inputs: { height: 4, width: 4, channels: 1 }, layers: [conv2d(2), flatten(), dense(2)] }),
  },
  optimizer: { does: () => new Optimizer([new Float32Array(9)], rule(), { average: ema() }) },
  'step of an optimizer': {
    make: () => new Optimizer([new Float32Array(200_000)], rule(), { clip: { norm: 1 } }),
    does: (optimizer) => optimizer.step([new Float32Array(200_000).fill(1)]),
    state: (optimizer) => [optimizer.steps, optimizer.parameters[0][0]],
  },
  'stepAsync of an optimizer': {
    make: () => new Optimizer([new Float32Array(9)], rule()),
    does: (optimizer) => optimizer.stepAsync([new Float32Array(9).fill(1)]),
    state: (optimizer) => [optimizer.steps, optimizer.parameters[0][0]],
  },
  'sparse step of an optimizer': {
    make: () => new Optimizer([{ data: new Float32Array(40), shape: [20, 2] }], adam(), { sparse: 'lazy' }),
    does: (optimizer) => optimizer.step([{ rows: Uint32Array.of(1, 7), columns: 2, values: new Float32Array(4).fill(1) }]),
    state: (optimizer) => [optimizer.steps, [...optimizer.parameters[0].data ?? optimizer.parameters[0]].join()],
  },
  predict: { make: newModel, does: (model) => model.predict(inputs) },
  'predict of a dataset in bfloat16': { make: newModel, does: (model) => model.predict(data, { precision: 'bfloat16' }) },
  evaluate: {
    make: newModel,
    does: (model) => model.evaluate(data, { loss: 'crossEntropy', metrics: ['accuracy', 'auc', 'f1'] }),
  },
  gradient: { make: newModel, does: (model) => model.gradient(data, { loss: 'crossEntropy' }) },
  'Hessian-vector product': {
    make: () => network({ inputs: 3, layers: [dense(4, { activation: 'tanh' }), dense(2)], seed: 1 }),
    does: (model) => model.hessianVectorProduct(data, new Float32Array(26), { loss: 'crossEntropy' }),
  },
  score: { does: () => score('auc', [0.2, 0.7, 0.4], [0, 1, 1]) },
  fit: {
    make: newModel,
    does: (model) =>
      model.fit(data, { loss: 'crossEntropy', optimizer: rule(), epochs: 2, batchSize: 8, validation: data, metrics: ['accuracy'] }),
  },
  'fit in bfloat16': {
    make: newModel,
    does: (model) => model.fit(data, { loss: 'crossEntropy', optimizer: rule(), epochs: 1, batchSize: 8, precision: 'bfloat16' }),
  },
  'fit of sparse rows': {
    make: () => [sparseTrainer(), newSparse()],
    does: ([trainer, data]) => trainer.fit(data, { epochs: 2, batchSize: 8, validation: data }),
  },
  'fit of categories': {
    make: () => network({ inputs: { categories: [5, 7] }, layers: [embedding(), dense(2)] }),
    does: (model) => {
      return model.fit(new Dataset({ inputs: codes, targets: targets.slice(0, 20) }), { loss: 'crossEntropy', optimizer: rule(), epochs: 1 });
    },
  },
  'fit over a file': {
    make: async () => [newModel(), await Dataset.open(file)],
    does: ([model, data]) => model.fit(data, { loss: 'crossEntropy', optimizer: rule(), epochs: 2, batchSize: 8 }),
  },
  'fit with a loss of one\'s own': {
    make: newModel,
    does: (model) =>
      model.fit(data, {
        loss: losses.custom({ value: () => 1, gradient: ({ outputs }, into) => void into.set(outputs), check: false }),
        optimizer: rule(), epochs: 1, batchSize: 8 }),
  }, // biome-ignore format: short
  'fit with checkpoints': {
    make: () => newTrainer(),
    does: (trainer) => trainer.fit(data, { epochs: 2, batchSize: 8, checkpoint: { folder: path.join(folder, 'checkpoints'), everySteps: 2 }, earlyStopping: { patience: 2 }, validation: data }),
  },
  trainer: { does: () => newTrainer() },
  'step of a trainer': {
    make: () => newTrainer(),
    does: (trainer) => trainer.step(inputs, targets),
    state: (trainer) => [trainer.steps, [...trainer.model.parameters].join()],
  },
  'stepAsync of a trainer': {
    make: () => newTrainer(),
    does: (trainer) => trainer.stepAsync(inputs, targets),
    state: (trainer) => [trainer.steps, [...trainer.model.parameters].join()],
  },
  'Trainer.resume': { make: () => newTrainer().toBytes(), does: (bytes) => Trainer.resume(bytes) },
  loadModel: { make: () => newModel().toBytes(), does: (bytes) => loadModel(bytes) },
  'model.toBytes': { make: newModel, does: (model) => model.toBytes() },
  'Dataset.open': { does: () => Dataset.open(file) },
  'spill': { does: () => data.spill(path.join(folder, 'other.dataset')) },
  'table of a file': { does: () => table(text, { engine: 'small' }) },
  'table by DuckDB': { does: () => table(text, { engine: 'duckdb' }) },
  'rows of a source': { does: async () => { for await (const _ of (await openSource(text, { engine: 'small' })).chunks()); } }, // biome-ignore format: short
  pipeline: {
    make: () => table(text, { engine: 'small' }),
    does: async (rows) => (await pipeline({ w: columns.text({ columns: 64 }) }).fit(rows, { target: 'x' })).dataset(rows),
  },
  libsvm: { does: () => readLibsvm(new TextEncoder().encode('1 1:0.1 2:3\n0 2:1\n')) },
}; // biome-ignore format: one action a line where it fits

const counts = fs.openSync(process.env.GLISSADE_ALLOCATIONS, 'r+');
const allow = (left) => fs.writeSync(counts, new BigInt64Array([BigInt(left), 0n]), 0, 16, 0);
function seen() {
  const read = new BigInt64Array(2);
  fs.readSync(counts, read, 0, 16, 0);
  return Number(read[1]);
}

const [name] = process.argv.slice(2);
if (name === '--list') console.log(JSON.stringify(Object.keys(actions)));
else {
  const { make = () => undefined, does, state } = actions[name];
  await does(await make()); // made only once: the engine, its threads
  let refused = 0;
  for (let n = 0; ; ++n) {
    const given = await make();
    const before = JSON.stringify(state?.(given));
    let error;
    allow(n);
    try {
      await does(given);
    } catch (thrown) {
      error = thrown;
    }
    const count = seen();
    allow(-1);
    if (error !== undefined) {
      refused += 1;
      if (error.code !== 'ERR_OUT_OF_RANGE')
        throw new Error(`allocation ${n}: ${error.code}: ${error.message}`, { cause: error });
      if (JSON.stringify(state?.(given)) !== before) throw new Error(`allocation ${n}: a partial change`);
      await does(state ? given : await make()); // it continues afterwards
    }
    if (count <= n) {
      console.log(JSON.stringify({ allocations: n, refused }));
      break;
    }
    if (n > 5000) throw new Error('there is no end of allocations');
  }
}
process.exit();
