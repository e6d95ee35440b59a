// A thread that is ended in the middle of a training.
import { parentPort } from 'node:worker_threads';
import { adam, Dataset, dense, network } from 'glissade';

const model = network({ inputs: 4, layers: [dense(8, { activation: 'relu' }), dense(1)], seed: 1 });
const run = model.fit(
  new Dataset({
    inputs: Float32Array.from({ length: 400 }, (_, i) => Math.cos(i)),
    targets: new Float32Array(100),
    columns: 4,
  }),
  { loss: 'squared', optimizer: adam(), batchSize: 10, epochs: 1e6 },
);
parentPort.postMessage('running');
await run;
