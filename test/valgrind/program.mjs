// The program of `npm run check:valgrind`: a training, its evaluation, predictions, files and derivatives, each short.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  adamw,
  conv2d,
  Dataset,
  DatasetBuilder,
  dense,
  dropout,
  flatten,
  ftrl,
  loadModel,
  maxPool,
  network,
  Optimizer,
  sgd,
  sparse,
  Trainer,
} from 'glissade';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-valgrind-'));
const [rows, columns] = [150, 9];
const inputs = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
const targets = Uint8Array.from({ length: rows }, (_, i) => i % 3);
const data = new Dataset({ inputs, targets, columns });
const [train, validation] = data.split({ validation: 0.2, seed: 1 });

const model = network({
  inputs: columns,
  layers: [dense(17, { activation: 'gelu' }), dropout(0.1), dense(3)],
  seed: 1,
});
const options = {
  loss: 'crossEntropy',
  optimizer: adamw({ learningRate: 0.01, weightDecay: 0.01 }),
  seed: 1,
  metrics: ['accuracy', 'auc'],
};
const { epochs } = await model.fit(train, {
  ...options,
  batchSize: 16,
  epochs: 3,
  validation,
  clip: { norm: 1 },
  checkpoint: { folder: path.join(folder, 'checkpoints'), everySteps: 5 },
});
assert.equal(epochs.length, 3);
const predictions = model.predict(inputs);
assert.equal(model.predict(inputs.subarray(0, columns)).length, 3);

await model.save(path.join(folder, 'model.safetensors'));
const loaded = await loadModel(path.join(folder, 'model.safetensors'));
assert.deepEqual(loaded.predict(inputs), predictions);
assert.ok(model.toONNX().length > 0);

const trainer = new Trainer(model, options);
trainer.step(inputs.subarray(0, 5 * columns), targets.subarray(0, 5));
await trainer.stepAsync(Array.from(inputs.subarray(0, columns)), [1]);
trainer.dispose();

const builder = new DatasetBuilder({ inputs: columns, targetColumns: 1 });
builder.append({ inputs, targets });
assert.equal(
  model.evaluate(builder.build(), { loss: 'crossEntropy' }).loss,
  model.evaluate(data, { loss: 'crossEntropy' }).loss,
);

const parameters = [new Float32Array(300_001).fill(1)]; // on the team
const optimizer = new Optimizer(parameters, sgd({ learningRate: 0.5 }));
optimizer.step([new Float32Array(300_001).fill(1)]);
await optimizer.stepAsync([new Float32Array(300_001).fill(1)]);
assert.equal(parameters[0][300_000], 0);
optimizer.restore(optimizer.save());

/** An epoch of training on some data. */
const epochOf = (model, data, rule = adamw()) =>
  model.fit(data, { loss: 'squared', optimizer: rule, batchSize: 7, epochs: 1 });
const numbers = (length) => Float32Array.from({ length }, (_, i) => Math.cos(i));
const image = { height: 6, width: 5, channels: 2 };
await epochOf(
  network({ inputs: image, layers: [conv2d(3, { activation: 'relu' }), maxPool(), flatten(), dense(1)], seed: 1 }),
  new Dataset({ inputs: numbers(20 * 60), targets: numbers(20), columns: 60 }),
);
const indices = Uint32Array.from({ length: 60 }, (_, i) => (i % 3) * 10 + ((i * 7) % 10));
const offsets = Uint32Array.from({ length: 21 }, (_, i) => 3 * i);
await epochOf(
  network({ inputs: { sparse: 30 }, layers: [dense(1)], seed: 1 }),
  new Dataset({ inputs: sparse({ columns: 30, offsets, indices, values: numbers(60) }), targets: numbers(20) }),
  ftrl(),
);

const thread = new Worker(new URL('worker.mjs', import.meta.url));
await once(thread, 'message');
await thread.terminate();

fs.rmSync(folder, { recursive: true });
console.log('all work');
