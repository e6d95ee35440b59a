// node --expose-gc limited.mjs <name>: runs an action with as little memory as possible (RLIMIT_AS, as by
// ulimit -v), then with more and more, until it succeeds. Prints how often memory ran out.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  adam,
  categories,
  Dataset,
  DatasetBuilder,
  dense,
  embedding,
  loadModel,
  loadONNX,
  network,
  Optimizer,
  sgd,
  sparse,
  Trainer,
} from 'glissade';
import { readNpy } from 'glissade/tables'; // biome-ignore format: a list

const million = 1_000_000;
const floats = (length) => Float32Array.from({ length }, (_, i) => (i % 7) - 3);
const wide = () => network({ inputs: 16, layers: [dense(4096, { activation: 'relu' }), dense(2)], seed: 1 });
const large = () => network({ inputs: 4096, layers: [dense(4096), dense(2)], seed: 1 });
const rows = 16_384;
const data = new Dataset({ inputs: floats(16 * rows), columns: 16, targets: new Uint8Array(rows) });
const training = { loss: 'crossEntropy', optimizer: adam(), batchSize: rows, epochs: 1, precision: 'full' };
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-limited-'));
process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

/** Each action: its preparations, and the action. */
const actions = {
  // The first use of the engine: the stacks of its threads need memory too.
  'first use of 32 threads': { does: () => wide().fit(data, training) },
  network: { does: large },
  'an embedding': { does: () => network({ inputs: { categories: [million] }, layers: [embedding({ dimensions: 32 }), dense(2)] }) },
  optimizer: {
    make: () => new Float32Array(16 * million),
    does: (parameters) => new Optimizer([parameters], adam()).step([parameters]),
  },
  dataset: { make: () => floats(16 * million), does: (inputs) => new Dataset({ inputs, columns: 16 }) },
  'sparse rows': {
    make: () => ({ offsets: Float64Array.from({ length: million + 1 }, (_, i) => 8 * i), indices: new Uint32Array(8 * million).map((_, i) => i % 8), values: floats(8 * million) }),
    does: (arrays) => new Dataset({ inputs: sparse({ ...arrays, columns: 9 }) }),
  },
  categories: {
    make: () => new Uint32Array(16 * million),
    does: (values) => new Dataset({ inputs: categories({ values, columns: 4, cardinalities: [2, 2, 2, 2] }) }),
  },
  'rows of a dataset': { make: () => new Uint32Array(16 * million), does: (list) => data.select(list) },
  builder: {
    make: () => floats(16 * million),
    does(inputs) {
      const builder = new DatasetBuilder({ inputs: 16 });
      builder.append({ inputs });
      builder.append({ inputs });
      builder.build();
    },
  },
  fit: { make: wide, does: (model) => model.fit(data, training) },
  'fit in bfloat16': { make: wide, does: (model) => model.fit(data, { ...training, precision: 'bfloat16' }) },
  'fit of a large network': { make: large, does: (model) => model.fit(new Dataset({ inputs: new Float32Array(4096 * 4), columns: 4096, targets: [0, 1, 0, 1] }), { ...training, batchSize: 4 }) },
  'step of a trainer': {
    make: () => new Trainer(wide(), { loss: 'crossEntropy', optimizer: sgd() }),
    does: (trainer) => trainer.step(floats(16 * rows), new Uint8Array(rows)),
  },
  'stepAsync of a trainer': {
    make: () => new Trainer(wide(), { loss: 'crossEntropy', optimizer: sgd() }),
    does: (trainer) => trainer.stepAsync(floats(16 * rows), new Uint8Array(rows)),
  },
  predict: {
    make: () => [network({ inputs: 1, layers: [dense(16)], seed: 1 }), new Float32Array(2 * million)],
    does: ([model, inputs]) => model.predict(inputs),
  },
  gradient: { make: large, does: (model) => model.gradient(new Dataset({ inputs: new Float32Array(4096), columns: 4096, targets: [1] }), { loss: 'crossEntropy' }) },
  loadModel: { make: () => large().toBytes(), does: (bytes) => loadModel(bytes) },
  'loadModel of a file': {
    async make() {
      const file = path.join(folder, 'model');
      await large().save(file);
      return file;
    },
    does: (file) => loadModel(file),
  },
  loadONNX: { make: () => large().toONNX(), does: (bytes) => loadONNX(bytes) },
  'model.toBytes': { make: large, does: (model) => model.toBytes() },
  'model.toONNX': { make: large, does: (model) => model.toONNX() },
  'Trainer.resume': {
    make: () => new Trainer(large(), { loss: 'crossEntropy', optimizer: adam() }).toBytes(),
    does: (bytes) => Trainer.resume(bytes),
  },
  npy: {
    make: () => Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order': False, 'shape': (16000000,), }".padEnd(80), 'latin1'), Buffer.alloc(64 * million)]),
    does: (bytes) => readNpy(bytes),
  },
}; // biome-ignore format: one action a line where it fits

const limit = (bytes) => execFileSync('prlimit', ['--pid', String(process.pid), `--as=${bytes}:`]);
const size = () => 1024 * Number(/VmSize:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);
const MB = 2 ** 20;
/**
 * Frees unreferenced memory, in a separate thread of V8. Node itself needs enough memory: it ends when it has too
 * little.
 */
async function freed() {
  for (let i = 0; i < 3; ++i) {
    gc();
    await setTimeout(20);
  }
}

const [name] = process.argv.slice(2);
if (name === '--list') console.log(JSON.stringify(Object.keys(actions)));
else {
  const { make = () => undefined, does } = actions[name];
  const isFirst = name.startsWith('first');
  if (!isFirst) await does(await make());
  let refused = 0;
  for (let spare = (isFirst ? 8 : 40) * MB; ; spare *= 1.4) {
    const given = await make();
    await freed();
    let error;
    limit(Math.round(size() + spare));
    try {
      await does(given);
    } catch (thrown) {
      error = thrown;
    }
    limit('unlimited');
    if (error === undefined) break;
    if (error.code !== 'ERR_OUT_OF_RANGE') throw new Error(`with ${spare / MB} MB: ${error.code}`, { cause: error });
    refused += 1;
  }
  console.log(JSON.stringify({ refused }));
}
process.exit();
