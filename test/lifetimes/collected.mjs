// node --expose-gc collected.mjs: jobs with the last references to their objects, under garbage collection.
// Prints their results, beside those of the same jobs undisturbed.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { adam, Optimizer, Trainer } from 'glissade';
import { examples, newModel } from './works.mjs';

const training = { loss: 'crossEntropy', optimizer: adam(), seed: 1 };
const hashOf = (array) => createHash('sha256').update(array).digest('hex').slice(0, 12);
const shared = (array) => {
  const copy = new Float32Array(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
};

/** Each starts jobs and keeps none of their objects; its return value has the results alone. */
const jobs = {
  fit: () => {
    const data = examples();
    const run = newModel().fit(data, {
      ...training,
      epochs: 30,
      batchSize: 16,
      validation: examples(),
      metrics: ['accuracy'],
    });
    data.dispose();
    return run.then(({ epochs }) => JSON.stringify(epochs.map(({ loss, validation }) => [loss, validation])));
  },
  'fit of a trainer': () => {
    const trainer = new Trainer(newModel(), training);
    const { parameters } = trainer.model;
    return trainer.fit(examples(), { epochs: 30, batchSize: 16 }).then(() => hashOf(parameters));
  },
  'stepAsync of a trainer': () => {
    const trainer = new Trainer(newModel(), training);
    const { parameters } = trainer.model;
    const steps = Array.from({ length: 20 }, (_, i) =>
      trainer.stepAsync(new Float32Array(50 * 64).fill(i), new Uint8Array(64)),
    );
    return Promise.all(steps).then((reports) => reports.map(({ loss }) => loss) + hashOf(parameters));
  },
  'stepAsync of an optimizer': async () => {
    const steps = Array.from({ length: 10 }, async (_, i) => {
      const theta = i % 2 ? new Float32Array(1 << 18) : shared(new Float32Array(1 << 18));
      await new Optimizer([theta], adam()).stepAsync([shared(new Float32Array(1 << 18).fill(i + 1))]);
      return hashOf(theta);
    });
    return String(await Promise.all(steps));
  },
  predict: async () => {
    const hashes = [];
    for (let i = 0; i < 10; ++i) {
      hashes.push(hashOf(newModel(128).predict(examples(5000))));
      await sleep(1);
    }
    return String(hashes);
  },
  evaluate: async () =>
    JSON.stringify(newModel(128).evaluate(examples(5000), { loss: 'crossEntropy', metrics: ['accuracy'] })),
};

const undisturbed = {};
for (const [name, job] of Object.entries(jobs)) undisturbed[name] = await job();

let isOver = false;
const collecting = (async () => {
  while (!isOver) {
    gc();
    await sleep(1);
  }
})();
const disturbed = await Promise.all(Object.values(jobs).flatMap((job) => [job(), job()]));
isOver = true;
await collecting;
for (const [i, [name, expected]] of Object.entries(undisturbed).entries())
  console.log(`${name}: ${disturbed[2 * i] === expected && disturbed[2 * i + 1] === expected}`);
