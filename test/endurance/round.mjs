// One round of the work of a long-lived server: each kind of work once, some kinds in some rounds only.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { adam, adamw, Dataset, DatasetWriter, dense, dropout, loadModel, network, Optimizer, Trainer } from 'glissade';

const [rows, columns] = [600, 50];
const inputs = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
const targets = Uint8Array.from({ length: rows }, (_, i) => i % 10);
const options = { loss: 'crossEntropy', optimizer: adam(), batchSize: 32 };

export const newModel = (seed) =>
  network({ inputs: columns, layers: [dense(300, { activation: 'relu' }), dropout(0.1), dense(10)], seed });

/** @param {number} number Of the round, from 0. @param {string} folder For its files. */
export async function round(number, folder) {
  const data = new Dataset({ inputs, targets, columns });
  const [train, validation] = data.split({ validation: 0.2, seed: number });

  // A short run with checkpoints, a run that resumes from the last of them, and one that is abandoned in the middle.
  const model = newModel(number);
  const checkpoints = path.join(folder, 'checkpoints');
  const checkpoint = { folder: checkpoints, everySteps: 10 };
  await model.fit(train, { ...options, epochs: 3, validation, metrics: ['accuracy', 'auc'], checkpoint });
  fs.rmSync(checkpoints, { recursive: true });
  const left = model.fit(train, { ...options, epochs: 1e6 });
  for await (const epoch of left) if (epoch.epoch === 2) break;
  left.stop();
  await left;
  const stopped = model.fit(train, { ...options, epochs: 1e6 });
  await assert.rejects(async () => model.fit(train, { ...options, epochs: 1 }), { code: 'ERR_BUSY' });
  stopped.stop();
  await stopped;

  // Files, predictions, single steps.
  const file = path.join(folder, 'model.safetensors');
  await model.save(file);
  const loaded = await loadModel(file);
  assert.deepEqual(loaded.predict(inputs), model.predict(inputs));
  loaded.evaluate(validation, { loss: 'crossEntropy' });
  const trainer = new Trainer(loaded, { loss: 'crossEntropy', optimizer: adamw() });
  for (let i = 0; i < 20; ++i) trainer.step(inputs.subarray(0, 32 * columns), targets.subarray(0, 32));
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      trainer.stepAsync(inputs.subarray(i * columns, (i + 1) * columns), [targets[i]]),
    ),
  );
  if (number % 2 === 0) trainer.dispose(); // otherwise the garbage collector does it

  // An optimizer with steps that run on the team.
  const parameters = [new Float32Array(200_000)];
  const optimizer = new Optimizer(parameters, adam());
  const gradients = [new Float32Array(200_000).fill(1)];
  for (let i = 0; i < 5; ++i) optimizer.step(gradients);
  await optimizer.stepAsync(gradients);
  optimizer.restore(optimizer.save());

  if (number % 5 === 0) {
    const writer = new DatasetWriter(path.join(folder, 'rows.dataset'), { inputs: columns, targetColumns: 1 });
    await writer.append({ inputs, targets });
    const mapped = await writer.close();
    await newModel(1).fit(mapped, { ...options, epochs: 1, sampling: 'blocks' });
    if (number % 10 === 0) mapped.dispose();
  }
  if (number % 5 === 1) {
    const thread = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { epochs: 3 } }); // ends by itself
    await once(thread, 'exit');
  }
  if (number % 5 === 3) {
    const thread = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { epochs: 1e6 } });
    await once(thread, 'message');
    await thread.terminate();
  }
  if (number % 3 === 0) data.dispose();
}
