// node callbacks.mjs <place> <ending> [worker]: ends this thread within a function that glissade calls.
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { adam, losses, minimize, Optimizer, sgd, Trainer } from 'glissade';
import { examples, newModel } from './works.mjs';

const [place, ending, inWorker] = isMainThread ? process.argv.slice(2) : workerData;

let calls = 0;
/** Ends the thread at the third call. */
function end() {
  if (++calls < 3) return;
  if (ending === 'exit') process.exit(7);
  if (ending === 'throw') throw new Error('on purpose');
  for (;;); // until the Worker is terminated
}

const lossThatEnds = losses.custom({
  value: ({ outputs }) => {
    end();
    return outputs[0];
  },
  gradient: (_, gradient) => void gradient.fill(1),
  check: false,
});
const options = { loss: 'crossEntropy', optimizer: adam() };
const endless = { batchSize: 16, epochs: 1e6 };

const places = {
  'onEpoch of fit': () => newModel().fit(examples(), { ...options, ...endless, onEpoch: end }),
  'loop over epochs': async () => {
    for await (const _ of newModel().fit(examples(), { ...options, ...endless })) end();
  },
  'onWritten of a checkpoint': () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
    const checkpoint = { folder, everySteps: 1, onWritten: end };
    return new Trainer(newModel(), options).fit(examples(), { ...endless, checkpoint });
  },
  'custom loss of fit': () => newModel().fit(examples(), { ...options, ...endless, loss: lossThatEnds }),
  'custom loss of a validation': () =>
    newModel().fit(examples(), { ...options, ...endless, loss: lossThatEnds, validation: examples(), batchSize: 320 }),
  'custom loss of step': () => {
    const trainer = new Trainer(newModel(), { ...options, loss: lossThatEnds });
    for (;;) trainer.step(new Float32Array(50), [1]);
  },
  'custom loss of stepAsync': async () => {
    const trainer = new Trainer(newModel(), { ...options, loss: lossThatEnds });
    trainer.fit(examples(), endless);
    for (;;)
      await Promise.all([trainer.stepAsync(new Float32Array(50), [1]), trainer.stepAsync(new Float32Array(50), [1])]);
  },
  'custom loss of evaluate': () => {
    for (;;) newModel().evaluate(examples(), { loss: lossThatEnds });
  },
  'objective of minimize': () =>
    minimize(
      ([x], gradient) => {
        end();
        gradient[0] = x;
        return x * x;
      },
      [1],
      { rule: sgd({ learningRate: 1e-3 }), maxSteps: 1e6 },
    ),
  'getter among gradients': () => {
    const optimizer = new Optimizer([new Float32Array(4), new Float32Array(4)], sgd());
    newModel().fit(examples(), { ...options, ...endless });
    const gradients = Object.defineProperty([new Float32Array(4), 0], 1, {
      get: () => {
        end();
        return new Float32Array(4);
      },
    });
    for (;;) optimizer.step(gradients);
  },
};

if (place === undefined) console.log(JSON.stringify(Object.keys(places)));
else if (inWorker && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: [place, ending] });
  worker.on('error', ({ message }) => console.log(message));
  if (ending === 'loop') setTimeout(() => worker.terminate(), 600);
  const code = await new Promise((resolve) => worker.once('exit', resolve));
  // The engine still works.
  const { status } = await newModel().fit(examples(), { ...options, epochs: 2 });
  console.log(`${code} ${status}`);
} else await places[place]();
